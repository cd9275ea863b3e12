/** Numbers and times as mdb prints them. */

/** mdb's `%#x`: `0x2a`, and `0` for zero. */
export function hexNumber(value: bigint): string {
  return value === 0n ? '0' : `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** mdb's `%#d`: `0t` before what would read otherwise in hexadecimal: `5`, `0t16`, `-0t20`. */
export function decimalNumber(value: bigint): string {
  const magnitude = value < 0n ? -value : value;
  const prefix = magnitude > 9n ? '0t' : '';
  return `${value < 0n ? '-' : ''}${prefix}${magnitude}`;
}

/** mdb's `%e` and `%g`: always a sign, one digit before the point, an exponent of two digits or more. */
export function floatNumber(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [mantissa = '0', exponent = '+0'] = Math.abs(value).toExponential(digits).split('e');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '+';
  const exponentSign = exponent.startsWith('-') ? '-' : '+';
  return `${sign}${mantissa}e${exponentSign}${exponent.replace(/^[+-]/, '').padStart(2, '0')}`;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Seconds a `Date` can hold, either way. */
const dateLimit = 8_640_000_000_000n;

/** mdb's `%Y`: `2020 Apr 16 19:19:12`, in UTC; the number itself when no calendar has such a day. */
export function timeText(seconds: bigint): string {
  if (seconds > dateLimit || seconds < -dateLimit) return decimalNumber(seconds);
  const date = new Date(Number(seconds) * 1000);
  const two = (value: number, fill: string): string => value.toString().padStart(2, fill);
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const day = two(date.getUTCDate(), ' ');
  return `${date.getUTCFullYear()} ${months[date.getUTCMonth()] ?? ''} ${day} ${clock
    .map((part) => two(part, '0'))
    .join(':')}`;
}

/** mdb's `%H`: up to three significant digits and a unit: `10.0K`, `1020K`, `4K`. */
export function sizeText(bytes: bigint): string {
  const units = ['', 'K', 'M', 'G', 'T', 'P', 'E'];
  let unit = 0;
  let scale = 1n;
  while (unit < units.length - 1 && bytes / scale >= 1024n) {
    scale *= 1024n;
    unit++;
  }
  const whole = bytes / scale;
  if (bytes % scale === 0n) return `${whole}${units[unit] ?? ''}`;
  const digits = whole >= 100n ? 0 : whole >= 10n ? 1 : 2;
  const power = 10n ** BigInt(digits);
  const rounded = (bytes * power + scale / 2n) / scale;
  const text =
    digits === 0
      ? rounded.toString()
      : `${rounded / power}.${(rounded % power).toString().padStart(digits, '0')}`;
  return `${text}${units[unit] ?? ''}`;
}
