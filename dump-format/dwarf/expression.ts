/** What a location expression comes to: a place, pieces of one, a value or an address. */
import { ExpressionMachine, registerValue } from './expression-machine.ts';
import type { Allowance, ExpressionContext, ExpressionResult } from './expression-machine.ts';
import { run } from './expression-operators.ts';
import { Unavailable, addressOf, makeValue, numberOf } from './expression-values.ts';
import type { StackValue, ValueType } from './expression-values.ts';

/**
 * Runs an expression.
 *
 * @param initial what the stack holds at the start, unsigned
 * @throws Unavailable, FaultError or FormatError when it can't be computed
 */
export function runExpression(
  expression: Uint8Array,
  context: ExpressionContext,
  allowance: Allowance,
  initial: readonly bigint[] = [],
): ExpressionResult {
  const machine = new ExpressionMachine(context, allowance);
  for (const value of initial) machine.push(makeValue(machine.generic, value));
  run(machine, expression);
  return machine.result();
}

/**
 * Runs an expression whose outcome is a value, such as the one of an argument.
 *
 * @throws Unavailable, FaultError or FormatError when it has none
 */
export function runForValue(
  expression: Uint8Array,
  context: ExpressionContext,
  allowance: Allowance,
  initial: readonly bigint[] = [],
): StackValue {
  const result = runExpression(expression, context, allowance, initial);
  const generic: ValueType = { size: context.addressSize, encoding: 'generic' };
  switch (result.kind) {
    case 'memory':
      return result.address;
    case 'stack':
      return result.value;
    case 'register':
      return makeValue(generic, registerValue(context, result.register));
    case 'implicit': {
      const size = result.bytes.length;
      if (size > 16) throw new Unavailable(`a number of ${size} bytes`);
      const type: ValueType = { size, encoding: 'unsigned' };
      return makeValue(type, numberOf(result.bytes, context.byteOrder));
    }
    default:
      throw new Unavailable('an expression that gives no value');
  }
}

/**
 * Runs an expression whose outcome is an address: a frame base, a canonical frame address, a slot.
 *
 * @throws Unavailable, FaultError or FormatError when it has none
 */
export function runForAddress(
  expression: Uint8Array,
  context: ExpressionContext,
  allowance: Allowance,
  initial: readonly bigint[] = [],
): bigint {
  return addressOf(runForValue(expression, context, allowance, initial));
}
