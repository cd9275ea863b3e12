/** The memory of a dump as blocks in address order, present and absent, few enough for a picture. */
import type { MemoryRange } from '../../debug-adapter/dap/protocol.ts';

/** A run of addresses that is all present or all absent. */
export interface MemoryBlock {
  readonly isPresent: boolean;
  /** In the address space of its strip. */
  readonly start: bigint;
  /** Bytes. */
  readonly size: bigint;
  readonly access: string;
  /** Present ranges in the block: more than one when neighbours were joined to keep the picture readable. */
  readonly ranges: number;
}

/** Blocks that a picture can hold before they are thinner than a line. */
export const maximumBlocks = 160;

/** The blocks of one address space. */
export interface MemoryStrip {
  readonly space: 'virtual' | 'physical';
  readonly blocks: readonly MemoryBlock[];
}

/** Ranges with a virtual address, and those that have a physical one alone: no axis holds both. A strip without ranges is left out. */
export function stripsOf(ranges: readonly MemoryRange[]): MemoryStrip[] {
  const mapped = ranges.filter((each) => each.virtualAddress !== undefined);
  const unmapped = ranges.filter((each) => each.virtualAddress === undefined);
  const strips: MemoryStrip[] = [
    { space: 'virtual', blocks: blocksOf(mapped) },
    { space: 'physical', blocks: blocksOf(unmapped) },
  ];
  return strips.filter((each) => each.blocks.length > 0);
}

/** Present ranges of one address space and the gaps between them, by address. */
export function blocksOf(ranges: readonly MemoryRange[]): MemoryBlock[] {
  const present = ranges
    .map((range) => ({
      start: BigInt(range.virtualAddress ?? range.physicalAddress ?? '0x0'),
      size: BigInt(range.size),
      access: range.access,
    }))
    .filter((range) => range.size > 0n)
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const blocks: MemoryBlock[] = [];
  let end: bigint | undefined;
  for (const { start, size, access } of present) {
    if (end !== undefined && start > end)
      blocks.push({ isPresent: false, start: end, size: start - end, access: '', ranges: 0 });
    blocks.push({ isPresent: true, start, size, access, ranges: 1 });
    if (end === undefined || start + size > end) end = start + size;
  }
  return blocks;
}

/** Joins present blocks over the smallest gaps until there are few enough to see. */
export function joinNear(blocks: readonly MemoryBlock[]): MemoryBlock[] {
  if (blocks.length <= maximumBlocks) return [...blocks];
  const gaps = blocks.filter((each) => !each.isPresent);
  const largestFirst = gaps.sort((a, b) => (a.size > b.size ? -1 : a.size < b.size ? 1 : 0));
  const kept = new Set(largestFirst.slice(0, maximumBlocks / 2 - 1));
  const joined: MemoryBlock[] = [];
  for (const block of blocks) {
    const last = joined.at(-1);
    if (kept.has(block)) joined.push(block);
    else if (last?.isPresent) joined[joined.length - 1] = join(last, block);
    else joined.push(block);
  }
  return joined;
}

function join(first: MemoryBlock, second: MemoryBlock): MemoryBlock {
  return {
    ...first,
    size: second.start + second.size - first.start,
    access: first.access === second.access || !second.isPresent ? first.access : 'mixed',
    ranges: first.ranges + second.ranges,
  };
}

/** Bytes as people say them: `3.4 MiB`. */
export function sizeText(bytes: bigint): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}
