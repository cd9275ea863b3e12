/** `::pgrep` and `::pid2proc`: illumos processes by name and by number. */
import { LookupError, UsageError } from '../../../dump-format/errors.ts';
import type { Dcmd, Invocation } from '../../commands/command.ts';
import { heading, pointer } from '../../facts/cells.ts';
import { commandName, processes } from '../../facts/illumos/kernel.ts';
import { namePattern } from '../../target/name-pattern.ts';
import { processRows, psHeading } from './processes.ts';

export const pgrep: Dcmd = {
  name: 'pgrep',
  address: 'none',
  synopsis: 'pattern',
  summary: 'pattern match against all processes',
  description:
    'The pattern is a regular expression that may match anywhere in the name of the command.',
  options: [
    { letter: 'n', argument: 'none', help: 'only the one that was made last' },
    { letter: 'o', argument: 'none', help: 'only the one that was made first' },
    { letter: 'x', argument: 'none', help: 'the whole name' },
  ],
  origin: 'mdb',
  examples: [
    { line: '::pgrep bash | ::walk thread | ::findstack', explains: 'the stacks of bash' },
  ],
  *run(invocation) {
    let isFirst = invocation.isFirst;
    for (const address of matching(invocation)) {
      if (invocation.isPipeOut) {
        yield { spans: [pointer(address)], value: address };
        continue;
      }
      if (isFirst) yield { spans: [heading(psHeading)] };
      isFirst = false;
      yield* processRows(invocation, address);
    }
  },
};

export const pid2proc: Dcmd = {
  name: 'pid2proc',
  address: 'required',
  summary: 'convert PID to proc_t address',
  options: [],
  origin: 'mdb',
  examples: [{ line: '1::pid2proc | ::print proc_t p_user.u_psargs', explains: 'what init runs' }],
  *run({ target, address: pid }) {
    for (const process of processes(target)) {
      if (target.value('proc_t', process).path('p_pidp->pid_id').unsigned() !== pid) continue;
      yield {
        spans: [{ kind: 'address', text: process.toString(16), address: process }],
        value: process,
        object: { address: process, type: target.type('proc_t') },
        data: { pid, address: process },
      };
      return;
    }
    throw new LookupError(`PID 0t${pid} not found`);
  },
};

/** In the order of the list of processes, which begins with the newest. */
function matching({ target, arguments: [word, extra], options }: Invocation): readonly bigint[] {
  if (word?.kind !== 'word' || extra !== undefined) throw new UsageError('');
  if (options.has('n') && options.has('o')) throw new UsageError('');
  if (word.text.length > patternLimit) throw new UsageError('');
  const pattern = namePattern(options.has('x') ? `^(?:${word.text})$` : word.text);
  const found = [...processes(target)].filter((address) =>
    pattern.test(commandName(target, address) ?? ''),
  );
  if (options.has('n')) return found.slice(0, 1);
  return options.has('o') ? found.slice(-1) : found;
}

/** Longest pattern; a name of a command has fewer characters. */
const patternLimit = 100;
