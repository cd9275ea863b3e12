/** Text of a dump as characters that are safe to print: C escapes for everything else. */

const named: Readonly<Record<number, string>> = {
  0: '\\0',
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  92: '\\\\',
};

/** One byte as C writes it inside single quotes: `A`, `\n`, `\252`. */
export function escapeByte(byte: number): string {
  if (byte === 39) return "\\'";
  return named[byte] ?? (isPrintable(byte) ? String.fromCharCode(byte) : octal(byte));
}

/** Bytes as C writes them inside double quotes. */
export function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte === 34 ? '\\"' : (named[byte] ?? plain(byte));
  return text;
}

/** Text for a line of output: control characters escaped, so that a dump can't drive the terminal or add lines. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (found) => {
    const code = found.codePointAt(0) ?? 0;
    return named[code] ?? (code < 0x100 ? octal(code) : `\\u{${code.toString(16)}}`);
  });
}

export function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

/** True for bytes that people would call text: printable ones, tabs and line ends. */
export function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => isPrintable(byte) || byte === 9 || byte === 10 || byte === 13);
}

function plain(byte: number): string {
  return isPrintable(byte) ? String.fromCharCode(byte) : octal(byte);
}

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`;
}
