/** Char arrays that hold text. */
import type { ArrayType } from '../../dump-format/ctype.ts';
import type { Value } from '../target/value.ts';
import { escapeBytes, isPrintable, isText } from './escape.ts';
import { isCharacter } from './scalars.ts';
import type { PrintStyle } from './style.ts';

/** Bytes that must look like text before the rest is read. */
const probeLength = 8;

/**
 * The text of a char array, escaped, or undefined when it is to be printed element by element: not of `char`, longer than
 * the limit, empty, or with something else than text before its NUL.
 *
 * @throws FaultError when its bytes are absent
 */
export function stringInArray(
  value: Value,
  array: ArrayType,
  style: Pick<PrintStyle, 'stringLimit'>,
): string | undefined {
  if (!isCharacter(array.element) || array.count === undefined) return undefined;
  if (style.stringLimit !== undefined && array.count > style.stringLimit) return undefined;
  const bytes = value.bytes();
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  if (text.length === 0 || !text.subarray(0, probeLength).every(isPrintable)) return undefined;
  return isText(text) ? escapeBytes(text) : undefined;
}
