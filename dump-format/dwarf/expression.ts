/** What a location expression comes to: a place, pieces of one, or a number. */
import { ExpressionMachine, registerValue } from './expression-machine.ts';
import type { Allowance, ExpressionContext, ExpressionResult } from './expression-machine.ts';
import { run } from './expression-operators.ts';
import { Unavailable, integerOf, makeValue, numberOf } from './expression-values.ts';

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
 * Runs an expression whose outcome is a number: a frame base, a canonical frame address, the value of an argument.
 *
 * @throws Unavailable, FaultError or FormatError when it has none
 */
export function runForNumber(
  expression: Uint8Array,
  context: ExpressionContext,
  allowance: Allowance,
  initial: readonly bigint[] = [],
): bigint {
  const result = runExpression(expression, context, allowance, initial);
  switch (result.kind) {
    case 'memory':
      return result.address;
    case 'stack':
      return BigInt.asUintN(64, integerOf(result.value));
    case 'register':
      return registerValue(context, result.register);
    case 'implicit':
      if (result.bytes.length <= 8) return numberOf(result.bytes, context.byteOrder);
      throw new Unavailable(`a number of ${result.bytes.length} bytes`);
    default:
      throw new Unavailable('an expression that gives no number');
  }
}
