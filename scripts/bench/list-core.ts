/** Makes the core for the list benchmarks: a real kernel image, one CPU, and millions of `struct ctxop` on one list. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { writeCore } from '../../dump-format/core-writer.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { writeFile } from '../../dump-format/file-sink.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';

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
  const places = isShuffled ? shuffledPlaces(count) : undefined;
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
          size: count * nodeSize,
          flags: 6,
          contents: (offset, length) => nodes(offset, length, count, places),
        },
      ],
      info: new Map([['OSRELEASE', 'bench']]),
      notes: [],
      sources: new Map(),
    }),
  );
  image.close();
}

/** What follows a node, and which one it is, by the node's index in memory. */
interface Places {
  readonly next: Uint32Array;
  readonly position: Uint32Array;
}

/** The bytes of some of the nodes: a list of ten million never lies in memory whole. */
function nodes(offset: number, length: number, count: number, places?: Places): Uint8Array {
  const first = Math.floor(offset / nodeSize);
  const last = Math.min(count, Math.ceil((offset + length) / nodeSize));
  const bytes = new Uint8Array((last - first) * nodeSize);
  const view = new DataView(bytes.buffer);
  for (let node = first; node < last; node++) {
    const at = (node - first) * nodeSize;
    const next = places ? (places.next[node] ?? count) : node + 1;
    if (next < count) view.setBigUint64(at + nextOffset, listStart + BigInt(next * nodeSize), true);
    view.setBigUint64(at + saveOffset, BigInt(places?.position[node] ?? node), true);
  }
  return bytes.subarray(offset - first * nodeSize, offset - first * nodeSize + length);
}

function shuffledPlaces(count: number): Places {
  const order = shuffled(count);
  const next = new Uint32Array(count).fill(count);
  const position = new Uint32Array(count);
  for (const [index, node] of order.entries()) {
    position[node] = index;
    next[node] = order[index + 1] ?? count;
  }
  return { next, position };
}

/** Makes the last node of a list in address order lead back to another one. */
export function writeLoop(path: string, count: number, target: number): void {
  const dump = openDump(openFile(path));
  const last = listStart + BigInt((count - 1) * nodeSize);
  const segment = dump.segments.find(({ virtualAddress }) => virtualAddress === listStart);
  dump.close();
  if (!segment) throw new Error(`${path}: has no list`);
  const link = Buffer.alloc(8);
  link.writeBigUInt64LE(listStart + BigInt(target * nodeSize));
  const file = openSync(path, 'r+');
  writeSync(file, link, 0, 8, segment.fileOffset + Number(last - listStart) + nextOffset);
  closeSync(file);
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
