/** Patterns that choose among names: `::dcmds`, `::walkers`, `::apropos`. */
import { UsageError } from '../../dump-format/errors.ts';
import type { Argument } from './command.ts';

/** Longest pattern; a person types no longer one. */
const maximumLength = 100;

/**
 * A regular expression from an optional argument; all match without one.
 *
 * @throws UsageError for what is no regular expression
 */
export function patternOf(argument: Argument | undefined): RegExp {
  if (argument === undefined) return /(?:)/;
  if (argument.kind !== 'word' || argument.text.length > maximumLength) throw new UsageError('');
  try {
    return new RegExp(argument.text);
  } catch {
    throw new UsageError(`invalid pattern: ${argument.text}`);
  }
}
