/** `::filter`: the elements of a pipeline for which a C expression is true. Ours. */
import { FaultError, LookupError, UsageError } from '../../dump-format/errors.ts';
import { isTrueC } from '../language/c-expression.ts';
import { errorRow, type Dcmd, type Row } from './command.ts';
import { compile, scopeOf, typeOfOption, typeOption } from './lib-c.ts';
import { onlyWord } from './lib-types.ts';

/** Elements whose expression could not be read that are told of one by one. */
export const toldFaults = 20;

export const filter: Dcmd = {
  name: 'filter',
  address: 'optional',
  synopsis: 'expression',
  summary: 'let through the elements of a pipe for which a C expression is true',
  description:
    'It is C: 10 is ten, && and < work, casts and -> too. A bare name is a member of the element first, then a global variable, function or enumerator; ' +
    'dot is a pointer to the element, $rax a register. Comparing text with "..." compares the text. ' +
    'An element whose expression can not be read is told of and left out.',
  options: [typeOption, { letter: 'v', argument: 'none', help: 'those for which it is false' }],
  examples: [
    { line: "::walk thread | ::filter 't_pri > 50'", explains: 'threads by a member' },
    {
      line: "::walk thread | ::print t_procp | ::filter -t proc_t 'p_stat == SRUN'",
      explains: 'with the type given',
    },
  ],
  origin: 'corewalk',
  completes: ['member'],
  run() {
    throw new UsageError('');
  },
  *runPipe(invocation, input) {
    const { target, session, options } = invocation;
    const expression = compile(invocation, onlyWord(invocation.arguments));
    const type = typeOfOption(invocation);
    const wanted = !options.has('v');
    let faults = 0;
    let count = 0;
    for (const row of input) {
      if ((++count & 0xff) === 0) session.checkpoint({ done: count, what: 'filtering' });
      const verdict = judge(() => {
        const scope = scopeOf(invocation, row, type);
        return isTrueC(target, expression.evaluate(target, scope));
      });
      if (typeof verdict === 'boolean') {
        if (verdict === wanted) yield row;
      } else if (faults++ < toldFaults) yield complaint(row, verdict);
    }
    if (faults > toldFaults) yield errorRow(`... and ${faults - toldFaults} more like these`);
  },
};

function judge(evaluate: () => boolean): boolean | Error {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof FaultError || error instanceof LookupError) return error;
    throw error;
  }
}

function complaint({ value }: Row, { message }: Error): Row {
  return errorRow(`${(value ?? 0n).toString(16)}: ${message}`);
}
