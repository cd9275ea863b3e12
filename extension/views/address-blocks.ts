/** Mapped ranges as blocks of a picture: a page and a terabyte are both to be seen, and gaps are no wider than they must be. */
import type { AddressSpaceBody } from '../../debug-adapter/dap/picture-protocol.ts';

/** Blocks that a picture can hold before they are thinner than a line. */
export const blockLimit = 120;

export interface AddressBlock {
  readonly start: bigint;
  /** Bytes, from the start of the first range to the end of the last. */
  readonly size: bigint;
  /** Of all its ranges; `mixed` where they differ. */
  readonly rights: string;
  /** Of its mapped bytes those that the dump has, 0 to 1. */
  readonly presentShare: number;
  readonly ranges: number;
  /** Bytes to the block before; undefined for the first. */
  readonly gapBefore: bigint | undefined;
}

/** The widest gaps part the blocks, as many as there is room for. */
export function addressBlocks(ranges: AddressSpaceBody['ranges']): AddressBlock[] {
  const list = ranges.map(({ start, size, rights, present }) => ({
    start: BigInt(start),
    size: BigInt(size),
    rights,
    present: BigInt(present),
  }));
  const gapBefore = (index: number): bigint => {
    const [one, other] = [list[index - 1], list[index]];
    return one === undefined || other === undefined ? 0n : other.start - one.start - one.size;
  };
  const isParted = partings(list.length, (index) =>
    list[index - 1]?.rights === list[index]?.rights ? gapBefore(index) : gapBefore(index) + 1n,
  );
  const blocks: (AddressBlock & { readonly mapped: bigint; readonly present: bigint })[] = [];
  for (const [index, { start, size, rights, present }] of list.entries()) {
    const last = blocks.at(-1);
    if (last === undefined || isParted.has(index)) {
      const gap = last === undefined ? undefined : gapBefore(index);
      const share = Number(present) / Number(size);
      const mapped = size;
      blocks.push({
        start,
        size,
        rights,
        mapped,
        present,
        presentShare: share,
        ranges: 1,
        gapBefore: gap,
      });
      continue;
    }
    const mapped = last.mapped + size;
    const allPresent = last.present + present;
    blocks[blocks.length - 1] = {
      ...last,
      size: start + size - last.start,
      rights: last.rights === rights ? rights : 'mixed',
      mapped,
      present: allPresent,
      presentShare: Number(allPresent) / Number(mapped),
      ranges: last.ranges + 1,
    };
  }
  return blocks;
}

/** Indexes that begin a block. */
function partings(count: number, weight: (index: number) => bigint): ReadonlySet<number> {
  const indexes = Array.from({ length: Math.max(0, count - 1) }, (_, index) => index + 1);
  const widest = indexes.sort((one, other) => {
    const [a, b] = [weight(one), weight(other)];
    return a > b ? -1 : a < b ? 1 : one - other;
  });
  return new Set(widest.slice(0, blockLimit - 1));
}

/** Width of a block and of a gap, in no unit: by the logarithm of their pages. */
export function widthOf({ size }: AddressBlock): number {
  return 2 + Math.log2(Number(size / 4096n) + 1);
}

export function gapWidthOf({ gapBefore }: AddressBlock): number {
  return gapBefore === undefined || gapBefore === 0n
    ? 0
    : 0.5 + Math.log2(Number(gapBefore / 4096n) + 1) / 12;
}

/** The bits of an address that each level of page tables takes, highest first, and those within the page. */
export function addressBits(
  address: bigint,
  levels: readonly string[],
  pageSize: bigint,
): { readonly name: string; readonly bits: string; readonly value: bigint }[] {
  const shifts: Readonly<Record<string, bigint>> = {
    PML5: 48n,
    PML4: 39n,
    PDPT: 30n,
    PD: 21n,
    PT: 12n,
  };
  const parts = levels.map((name) => {
    const shift = shifts[name] ?? 12n;
    return { name, bits: `${shift + 8n}–${shift}`, value: (address >> shift) & 0x1ffn };
  });
  const inPage = { name: 'in the page', bits: '', value: address & (pageSize - 1n) };
  return [...parts, { ...inPage, bits: `${pageSize.toString(2).length - 2}–0` }];
}
