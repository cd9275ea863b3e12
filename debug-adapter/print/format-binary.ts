/** The letter `j`: a number in binary, with each bit that is set named below. */

/**
 * The lines of a value: its digits, a row of bars under the ones, and a line per bit from the lowest up.
 *
 * ```
 * 1101
 * || |
 * || +-- bit 0 mask 0x1
 * |+---- bit 2 mask 0x4
 * +----- bit 3 mask 0x8
 * ```
 */
export function annotatedBinary(value: bigint): string[] {
  const digits = value.toString(2);
  const width = digits.length;
  const bars = digits.replaceAll('1', '|').replaceAll('0', ' ');
  const lines = [digits];
  if (value === 0n) return lines;
  lines.push(bars);
  const maskWidth = (1n << BigInt(width - 1)).toString(16).length;
  for (let bit = 0; bit < width; bit++) {
    const column = width - 1 - bit;
    if (bars[column] !== '|') continue;
    const mask = (1n << BigInt(bit)).toString(16).padStart(maskWidth, '0');
    lines.push(`${bars.slice(0, column)}+${'-'.repeat(bit + 2)} bit ${bit} mask 0x${mask}`);
  }
  return lines;
}
