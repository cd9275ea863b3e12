/** Quotes of the mdb language: C escapes in strings, packed character constants, quoted shell commands. */
import { LineError } from './line-error.ts';

const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
};

/** The text of a string body: C escapes and up to three octal digits; any other backslash stays as it is. */
export function unescapeString(body: string): string {
  if (!body.includes('\\')) return body;
  return body.replace(/\\([0-7]{1,3}|[^])/g, (whole, escape: string) =>
    /^[0-7]/.test(escape)
      ? String.fromCharCode(Number.parseInt(escape, 8) & 0xff)
      : (letters[escape] ?? whole),
  );
}

/** A word of an argument list that reads as the text: for lines that are made of file names. */
export function quoteWord(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/**
 * The value of a character constant: up to eight bytes, the first one most significant.
 *
 * A quote can't be escaped: `'\''` is a backslash and a quote, as in mdb.
 *
 * @throws LineError for more than eight bytes
 */
export function characterValue(body: string): bigint {
  const bytes = new TextEncoder().encode(unescapeString(body));
  if (bytes.length > 8) throw new LineError('character constant may not exceed 8 bytes');
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** What the shell gets: single quotes keep all but `\'`; double quotes undo C escapes first. */
export function unquoteShell(quoted: string): string {
  const body = quoted.slice(1, -1);
  return (quoted.startsWith('"') ? unescapeString(body) : body).replaceAll("\\'", "'");
}
