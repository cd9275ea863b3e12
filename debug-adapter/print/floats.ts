/** Floating-point formats of a dump as JavaScript numbers. */

/** The number in the bytes of IEEE single or double, or of x87 extended; undefined for another size. */
export function floatAt(
  bytes: Uint8Array,
  size: number,
  byteOrder: 'little' | 'big',
): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = byteOrder === 'little';
  switch (size) {
    case 4:
      return view.getFloat32(0, isLittle);
    case 8:
      return view.getFloat64(0, isLittle);
    case 10:
    case 12:
    case 16:
      return isLittle ? extended(view) : undefined;
    default:
      return undefined;
  }
}

/** x87: 64 bits of significand with its leading one, then sign and exponent. Rounds to a double. Source: Intel SDM, volume 1, 4.2.2. */
function extended(view: DataView): number {
  const significand = view.getBigUint64(0, true);
  const top = view.getUint16(8, true);
  const sign = top & 0x8000 ? -1 : 1;
  const exponent = top & 0x7fff;
  if (exponent === 0x7fff) return significand << 1n === 1n << 64n ? sign * Infinity : NaN;
  if (significand === 0n) return sign < 0 ? -0 : 0;
  const power = exponent - 16383 - 63;
  // In two factors, so that neither overflows before their product does.
  const half = Math.trunc(power / 2);
  return sign * Number(significand) * 2 ** half * 2 ** (power - half);
}
