/** Looks for bytes in the memory of a dump, hole after hole; a match never lies across one. */
import type { Memory } from '../../dump-format/memory.ts';

/** Bytes looked at in one step. */
const chunkSize = 1 << 18;

/** Bytes that can be looked for. */
export const patternLimit = 256;

/** An address where the bytes are, or undefined after a step without one: whoever takes them can stop in between. */
export function* searchMemory(
  memory: Memory,
  pattern: Uint8Array,
  from: bigint,
): Generator<bigint | undefined> {
  if (pattern.length === 0 || pattern.length > patternLimit) return;
  const wanted = Buffer.from(pattern);
  for (let address = from; ;) {
    const range = memory.rangeAtOrAbove(address);
    if (range === undefined) return;
    let at = range.start > address ? range.start : address;
    while (at < range.end) {
      const left = range.end - at;
      const length = left < BigInt(chunkSize) ? Number(left) : chunkSize;
      const view = memory.readAvailable(at, length);
      const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
      for (let place = bytes.indexOf(wanted); place >= 0; place = bytes.indexOf(wanted, place + 1))
        yield at + BigInt(place);
      yield undefined;
      if (bytes.length < pattern.length || at + BigInt(bytes.length) >= range.end) break;
      at += BigInt(bytes.length - pattern.length + 1);
    }
    if (range.end <= address) return;
    address = range.end;
  }
}
