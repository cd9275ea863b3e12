/** Makes the core for the list benchmarks: a real kernel image, one CPU, and a million `struct ctxop` on one list. */
import { writeCore } from '../../dump-format/core-writer.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { writeFile } from '../../dump-format/file-sink.ts';
import { openFile } from '../../dump-format/file-source.ts';

/** Address of the first node; the last one's `next` is NULL. */
export const listStart = 0xfffffe1000000000n;

/** Distance of two nodes, as kmem_alloc_96 would place them. */
export const nodeSize = 96;

const nextOffset = 0x38;
const saveOffset = 0x40;

/** Writes the core. `isShuffled` links the nodes in a fixed pseudo-random order instead of in address order. */
export function writeListCore(
  path: string,
  imagePath: string,
  count: number,
  isShuffled: boolean,
): void {
  const image = openFile(imagePath);
  const bytes = new Uint8Array(count * nodeSize);
  const view = new DataView(bytes.buffer);
  const order = isShuffled ? shuffled(count) : undefined;
  for (let position = 0; position < count; position++) {
    const node = order?.[position] ?? position;
    const following = position + 1 < count ? (order?.[position + 1] ?? position + 1) : undefined;
    const next = following === undefined ? 0n : listStart + BigInt(following * nodeSize);
    view.setBigUint64(node * nodeSize + nextOffset, next, true);
    view.setBigUint64(node * nodeSize + saveOffset, BigInt(position), true);
  }
  writeFile(
    path,
    writeCore({
      image: openElf(image),
      imageName: 'unix',
      cpus: [{ cpu: 0, registers: new Map(), fxsave: undefined }],
      panickingCpu: 0,
      signal: 6,
      segments: [
        {
          virtualAddress: listStart,
          physicalAddress: undefined,
          size: bytes.length,
          flags: 6,
          contents: bytes,
        },
      ],
      info: new Map([['OSRELEASE', 'bench']]),
      notes: [],
      sources: new Map(),
    }),
  );
  image.close();
}

/** 0 first, then the others in an order that a linear congruential generator gives; the same on every run. */
function shuffled(count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  let state = 1;
  for (let index = count - 1; index > 1; index--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = 1 + (state % index);
    const kept = order[index] ?? 0;
    order[index] = order[other] ?? 0;
    order[other] = kept;
  }
  return order;
}
