/** A core with a hole: one more segment of zeros, as long as is wanted, that takes no room on the disk. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** ELF64: where the header says that program headers are, how many, and how long one is. */
const programHeaders = { offsetAt: 0x20, countAt: 0x38, size: 56 };
const loadSegment = 1;
const readWrite = 6;
const pageSize = 4096;

/** Writes the core with its program headers moved to the end, one more among them, and the hole behind. */
export function writeSparseCore(
  path: string,
  core: Uint8Array,
  hole: { readonly virtualAddress: bigint; readonly size: number },
): void {
  const header = new DataView(core.slice().buffer);
  const { offsetAt, countAt, size } = programHeaders;
  const start = Number(header.getBigUint64(offsetAt, true));
  const count = header.getUint16(countAt, true);
  const table = new Uint8Array((count + 1) * size);
  table.set(core.subarray(start, start + count * size));
  const tableStart = align(core.length);
  const holeStart = align(tableStart + table.length);
  const added = new DataView(table.buffer, count * size);
  added.setUint32(0, loadSegment, true);
  added.setUint32(4, readWrite, true);
  const physicalAddress = 0n;
  const fields = [holeStart, hole.virtualAddress, physicalAddress, hole.size, hole.size, pageSize];
  for (const [index, value] of fields.entries())
    added.setBigUint64(8 + index * 8, BigInt(value), true);
  header.setBigUint64(offsetAt, BigInt(tableStart), true);
  header.setUint16(countAt, count + 1, true);
  const file = openSync(path, 'w');
  writeSync(file, new Uint8Array(header.buffer), 0, undefined, 0);
  writeSync(file, table, 0, undefined, tableStart);
  ftruncateSync(file, holeStart + hole.size);
  closeSync(file);
}

function align(offset: number): number {
  return Math.ceil(offset / pageSize) * pageSize;
}
