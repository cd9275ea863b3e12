/** Text of a trace entry: a kernel keeps a format of printf and the words for it. */
import { UsageError } from '../../dump-format/errors.ts';
import { escapeControls } from '../print/escape.ts';
import { parseFormat, type FormatPart } from '../print/printf.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';

/** Characters of a format, and of a string that it shows. */
const textLimit = 128;

/**
 * The text of an entry; `?` when its format can't be read.
 *
 * @param format a pointer to characters
 * @param words an array of 64-bit words
 * @throws FaultError when a word is absent
 */
export function traceText(target: Target, format: Value, words: Value): string {
  const text = format.text(textLimit);
  if (text === undefined) return '?';
  let next = 0n;
  try {
    return parseFormat(text)
      .map((part) =>
        escapeControls(
          part.kind === 'text'
            ? part.text
            : converted(target, part, words.index(next++).unsigned()),
        ),
      )
      .join('');
  } catch (error) {
    // A conversion that is not known: the format says at least what happened.
    if (error instanceof UsageError) return escapeControls(text);
    throw error;
  }
}

function converted(
  target: Target,
  { letter, isAlternate }: Extract<FormatPart, { kind: 'conversion' }>,
  word: bigint,
): string {
  if (letter === 's') return target.value(`char [${textLimit}]`, word).text(textLimit) ?? '?';
  if (letter === 'd') return BigInt.asIntN(32, word).toString();
  if (letter === 'u') return word.toString();
  return `${isAlternate ? '0x' : ''}${word.toString(16)}`;
}
