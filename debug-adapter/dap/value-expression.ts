/** C expressions where a frame stands: its locals and registers first, then the dump's own names. */
import { LookupError } from '../../dump-format/errors.ts';
import { evaluateC } from '../language/c-expression.ts';
import type { Inspector } from '../inspector.ts';
import { frameScopes } from '../target/locals.ts';
import type { Value } from '../target/value.ts';
import type { StackEntry } from './frames.ts';

/**
 * Evaluates what a watch, a hover or an `evaluateName` says. Nothing is read but what the expression follows; no side effect.
 *
 * @param entry undefined: globals alone
 * @throws LookupError for unknown names and what the compiler dropped, FaultError, UsageError for what is no C
 */
export function evaluateValue(
  { target, session }: Inspector,
  entry: StackEntry | undefined,
  expression: string,
): Value {
  const grammar = session.cGrammar;
  if (!grammar) throw new LookupError('C expressions need the C grammar, which is not here');
  const frame = entry?.frame;
  const scope = frame && entry && frameScopes(target, frame)[entry.scopeIndex];
  return evaluateC(target, grammar, expression, {
    variable(name) {
      const local = scope?.variables.findLast((each) => each.name === name);
      if (local?.unavailable !== undefined) throw new LookupError(`${name}: ${local.unavailable}`);
      return local?.value;
    },
    session: (name) => frame?.register(name),
  });
}
