/** The variable that `::walk`, `::list` and `::array` set for the stages behind them. */
import { LineError } from '../language/line-error.ts';
import type { Argument, Session } from './command.ts';

/**
 * Makes the variable that an optional last argument names. Returns how to set it, before each row is yielded.
 *
 * @throws LineError when it is read-only, or no name
 */
export function declareWalkVariable(
  argument: Argument | undefined,
  session: Session,
): ((value: bigint) => void) | undefined {
  if (argument === undefined) return undefined;
  const name = argument.kind === 'word' ? argument.text : argument.value.toString(session.radix);
  for (const known of session.variables.entries())
    if (known.name === name && known.isReadOnly)
      throw new LineError(`variable ${name} is read-only`);
  session.variables.set(name, session.variables.get(name) ?? 0n);
  return (value) => session.variables.set(name, value);
}
