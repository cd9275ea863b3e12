/** Turns the text of a form into a function, once per form. */
import { lockedRead, lockedWrite, slowRead, slowReadForWrite, slowWrite } from '../access.ts';
import type { Handler } from '../cpu.ts';
import { carry, isConditionMet } from '../flags.ts';
import { divideAccumulator, multiplyAccumulator } from './multiply.ts';
import { keepOtherFlags, rotate, rotated } from './shift.ts';

/** What handler text may call. */
const helpers = {
  slowRead,
  slowReadForWrite,
  slowWrite,
  lockedRead,
  lockedWrite,
  carry,
  isConditionMet,
  keepOtherFlags,
  rotate,
  rotated,
  multiplyAccumulator,
  divideAccumulator,
};

const compiled = new Map<string, Handler>();

/** The handler of a form. Text is made and compiled when its key is met for the first time in this process. */
export function compileForm(key: string, text: () => string): Handler {
  const known = compiled.get(key);
  if (known) return known;
  const name = key.replace(/\W/g, '_').replace(/^/, 'op_');
  const handler = compileText<Handler>(
    `return function ${name}(c, op) { const r = c.r;\n${text()}};`,
    {},
  );
  compiled.set(key, handler);
  return handler;
}

/**
 * Makes what the text of a function's body returns. It may use the helpers of handlers, and more by name.
 *
 * Text comes from our own tables and holds nothing of the kernel but operand shapes and numbers.
 */
export function compileText<Result>(text: string, more: Readonly<Record<string, unknown>>): Result {
  const named = { ...helpers, ...more };
  const make: unknown = new Function(
    'named',
    `'use strict';\nconst { ${Object.keys(named).join(', ')} } = named;\n${text}`,
  );
  if (typeof make !== 'function') throw new Error('a function constructor makes functions');
  return make(named);
}
