/** Number literals: prefixes, digits in the current radix, and the bits of a decimal fraction. */
import { LineError } from './line-error.ts';

const maximum = (1n << 64n) - 1n;

const prefixes: Readonly<Record<string, number>> = { i: 2, o: 8, t: 10, x: 16 };

/**
 * The value of a literal as mdb's scanner has it: `0t10`, `0i1011`, `0o17`, `0x1f`, `1f`, `0t1.5`.
 *
 * @param radix of digits without a prefix, 2 to 16
 * @throws LineError for a digit outside the radix and for what does not fit 64 bits
 */
export function parseNumber(text: string, radix: number): bigint {
  const prefix = text[0] === '0' ? prefixes[text[1]?.toLowerCase() ?? ''] : undefined;
  if (prefix === 10 && text.includes('.')) return floatBits(text.slice(2));
  return digits(prefix === undefined ? text : text.slice(2), prefix ?? radix);
}

/** True for the whole of a number literal, and nothing more. */
export function isNumber(text: string): boolean {
  return /^(0[iI][01][01_]*|0[oO][0-7][0-7_]*|0[tT][0-9][0-9_]*|0[xX][0-9a-fA-F][0-9a-fA-F_]*|[0-9a-fA-F][0-9a-fA-F_]*)$/.test(
    text,
  );
}

function digits(text: string, radix: number): bigint {
  if (radix === 16) {
    const value = BigInt(`0x${text.includes('_') ? text.replaceAll('_', '') : text}`);
    if (value > maximum) throw tooLarge();
    return value;
  }
  let value = 0n;
  for (const digit of text.replaceAll('_', '')) {
    const weight = Number.parseInt(digit, 16);
    if (weight >= radix) throw new LineError(`digit '${digit}' is invalid in current base`);
    value = value * BigInt(radix) + BigInt(weight);
    if (value > maximum) throw tooLarge();
  }
  return value;
}

function tooLarge(): LineError {
  return new LineError('specified value exceeds maximum immediate value');
}

/** A fraction's value is the pattern of its IEEE double, as `F` prints it back. */
function floatBits(text: string): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number(text.replaceAll('_', '')));
  return view.getBigUint64(0);
}
