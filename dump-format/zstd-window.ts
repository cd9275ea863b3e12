/** How much memory a zstd frame asks its reader to hold. Source: RFC 8878, section 3.1.1.1. */

/** Bytes of the longest header. */
const headerBytes = 18;

/**
 * The window of the frame at the beginning of `bytes`: what a decoder allocates before it has seen any data.
 * Undefined for another kind of frame.
 */
export function zstdWindow(bytes: Uint8Array): number | undefined {
  // A file that ends in its header is read as if zeros followed.
  const header = new Uint8Array(headerBytes);
  header.set(bytes.subarray(0, headerBytes));
  const view = new DataView(header.buffer);
  if (view.getUint32(0, true) !== 0xfd2fb528) return undefined;
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if (!isSingleSegment) {
    const window = view.getUint8(5);
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 7);
  }
  const sizes = 5 + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  switch (descriptor >> 6) {
    case 0:
      return view.getUint8(sizes);
    case 1:
      return view.getUint16(sizes, true) + 256;
    case 2:
      return view.getUint32(sizes, true);
    default:
      return Number(view.getBigUint64(sizes, true));
  }
}
