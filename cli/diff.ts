/** `corewalk diff`: what differs between two dumps of one kernel, by type and member. */
import { basename } from 'node:path';
import { UsageError } from '../dump-format/errors.ts';
import {
  compareDumps,
  type ObjectDifference,
  type Side,
} from '../debug-adapter/compare/compare.ts';
import { comparisonRows } from '../debug-adapter/compare/rows.ts';
import { textRow, type Row } from '../debug-adapter/commands/command.ts';
import { openInspector } from '../debug-adapter/dap/open-inspector.ts';
import type { Inspector } from '../debug-adapter/inspector.ts';
import { exitStatus, type Command, type OptionTable } from './command.ts';
import { RowWriter, usesColour } from './output.ts';
import { ProgressLine } from './progress-line.ts';
import { readWords } from './words.ts';

const options: OptionTable = {
  all: { type: 'boolean', short: 'a' },
  json: { type: 'boolean' },
  color: { type: 'string' },
};

export const command: Command = {
  usage: '[-a] [--json] FIRST SECOND',
  description:
    'Compares two dumps of one kernel: the buggy run with the fixed one, or one schedule with another.\n' +
    'What is compared are typed objects and not bytes: globals, what the walkers find, and what pointers of\n' +
    'those lead to. Objects that have the same place, or the same place in their walk, belong together;\n' +
    'pointers are equal when they lead to objects that do. Builds may differ: members are matched by name.\n' +
    'Stamps, counters, registers and hardware state are folded: two runs never agree on them.\n' +
    'Exit status 3 when something else differs, 0 when nothing does.',
  options: [
    { option: '-a, --all', help: 'with what is folded otherwise' },
    { option: '--json', help: 'an object per line; numbers of the dump as hexadecimal text' },
    { option: '--color WHEN', help: 'auto, always or never' },
  ],
  examples: [
    {
      line: 'corewalk diff kv01-hcall-gpr3.buggy.vmcore kv01-hcall-gpr3.reenter.vmcore',
      explains: 'what a reset has lost',
    },
    { line: 'corewalk diff -a first.vmcore second.vmcore', explains: 'everything' },
  ],
  async run(given, terminal) {
    const words = readWords(given, options);
    const [first, second, extra] = words.operands;
    if (first === undefined || second === undefined) throw new UsageError('two dumps are wanted');
    if (extra !== undefined) throw new UsageError(`two dumps at a time: '${extra}' is too much`);
    const showsNoise = words.isSet('all');
    const left = await openInspector(first, { allows: 'nothing' });
    const right = await openInspector(second, { allows: 'nothing' });
    checkSameKernel(left, right);
    const isJson = words.isSet('json');
    const format = usesColour(words.text('color'), terminal) ? 'coloured' : 'plain';
    const writer = new RowWriter(terminal, isJson ? 'json' : format);
    if (!isJson) await writer.rows(header([first, second], left, right));
    const rows = comparisonRows(
      watched(compareDumps(side(left), side(right)), new ProgressLine(terminal)),
      { showsNoise },
    );
    let differs = false;
    for (let step = rows.next(); ; step = rows.next()) {
      if (step.done === true) {
        differs = step.value.objects > 0;
        break;
      }
      if (!isJson || step.value.data) await writer.rows([step.value]);
    }
    left.target.dump.close();
    right.target.dump.close();
    return differs ? exitStatus.findings : exitStatus.ok;
  },
};

function side({ target, session }: Inspector): Side {
  return { target, walkers: [...session.walkers()] };
}

/** @throws UsageError when the dumps can have nothing in common */
function checkSameKernel(left: Inspector, right: Inspector): void {
  const [a, b] = [left.target.kernel?.name, right.target.kernel?.name];
  if (a !== b)
    throw new UsageError(
      `dumps of two kernels: ${a ?? 'an unknown one'} and ${b ?? 'an unknown one'}`,
    );
}

function* header(files: readonly string[], left: Inspector, right: Inspector): Generator<Row> {
  const [a = '', b = ''] = files.map((file) => basename(file));
  yield textRow(`< ${a}`);
  yield textRow(`> ${b}`);
  if (left.target.dump.buildId !== right.target.dump.buildId)
    yield textRow('two builds of the kernel: what only one of them has is left out');
}

function* watched(
  differences: Iterable<ObjectDifference>,
  progress: ProgressLine,
): Generator<ObjectDifference> {
  let done = 0;
  for (const each of differences) {
    progress.report({ done: ++done, what: 'differing objects' });
    progress.end();
    yield each;
  }
}
