/** Patterns that choose among names: `::dcmds`, `::walkers`, `::apropos`. */
import { UsageError } from '../../dump-format/errors.ts';
import { namePattern, type NamePattern } from '../target/name-pattern.ts';
import type { Argument } from './command.ts';

/** Longest pattern; a person types no longer one. */
const maximumLength = 100;

/**
 * A regular expression from an optional argument; all match without one.
 *
 * @throws UsageError for what is no regular expression
 */
export function patternOf(argument: Argument | undefined): NamePattern {
  if (argument === undefined) return namePattern('');
  if (argument.kind !== 'word' || argument.text.length > maximumLength) throw new UsageError('');
  return namePattern(argument.text);
}
