/** `::array`: the address of each element of an array. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { withPrefix } from '../target/symbolize.ts';
import type { Argument, Dcmd, Invocation } from './command.ts';
import { findTypeArgument, takeTypeArgument, typeOfAddress } from './lib-types.ts';
import { declareWalkVariable } from './lib-walk-variable.ts';

export const array: Dcmd = {
  name: 'array',
  address: 'required',
  synopsis: '[type count] [variable]',
  summary: 'print each array element address',
  description:
    'Without a type, that of the symbol at the address, which must be an array. The count is an expression. ' +
    'A word at the end names a variable that holds the element in the stages behind.',
  options: [],
  examples: [
    { line: 'cpu::array | ::print', explains: 'each element of a global array' },
    { line: '<thread::array uint64_t 4', explains: 'four words from the current thread on' },
  ],
  origin: 'mdb',
  completes: ['type', 'none', 'variable'],
  *run(invocation) {
    const { session, address } = invocation;
    const { element, count, variable } = readArguments(invocation);
    const set = declareWalkVariable(variable, session);
    for (let index = 0n; index < count; index++) {
      const at = BigInt.asUintN(64, address + index * BigInt(element.size));
      set?.(at);
      if ((index & 0xfffn) === 0xfffn) session.checkpoint();
      yield {
        spans: [{ kind: 'address', text: at.toString(16), address: at }],
        value: at,
        object: { address: at, type: element },
      };
    }
  },
};

interface Elements {
  readonly element: CType;
  readonly count: bigint;
  readonly variable: Argument | undefined;
}

/** @throws UsageError, LookupError in mdb's words */
function readArguments(invocation: Invocation): Elements {
  const { target, arguments: list, address, session } = invocation;
  const named = findTypeArgument(target, list);
  const [count, variable, more] = named?.rest ?? [];
  if (named && count !== undefined) {
    if (more !== undefined) throw new UsageError('');
    const value = count.kind === 'immediate' ? count.value : session.evaluate(count.text);
    return { element: named.type, count: value, variable };
  }
  if (list.length > 1) takeTypeArgument(target, list);
  const type = typeOfAddress(invocation);
  const base = type && strip(type);
  if (base?.kind !== 'array')
    throw new LookupError(
      base
        ? `${withPrefix(address, 16)} is not an array`
        : `no symbol information for ${withPrefix(address, 16)}`,
    );
  return { element: base.element, count: BigInt(base.count ?? 0), variable: list[0] };
}
