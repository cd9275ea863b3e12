/** x86-64 address translation through the page tables in a dump, level by level. */
import { FaultError } from '../../dump-format/errors.ts';
import type { Memory, MemorySegment } from '../../dump-format/memory.ts';

export type PageTableLevel = 'PML5' | 'PML4' | 'PDPT' | 'PD' | 'PT';

/** One step of a walk. */
export interface TranslationStep {
  readonly level: PageTableLevel;
  readonly index: number;
  /** Physical address of the entry. */
  readonly entryAddress: bigint;
  /** Undefined when the table is not in the dump. */
  readonly entry: bigint | undefined;
  /** `P`, `W`, `U`, `A`, `D`, `PS`, `G`, `NX` that are set. */
  readonly flags: readonly string[];
}

export interface Translation {
  readonly virtualAddress: bigint;
  readonly steps: readonly TranslationStep[];
  /** Undefined when the walk ended in `problem`. */
  readonly physicalAddress: bigint | undefined;
  /** Bytes of the page: 4 KiB, 2 MiB or 1 GiB. */
  readonly pageSize: bigint | undefined;
  /** What all levels together allow. */
  readonly isWritable: boolean;
  readonly isUser: boolean;
  readonly isExecutable: boolean;
  /** Why there is no physical address. */
  readonly problem: string | undefined;
}

const levels: readonly { readonly level: PageTableLevel; readonly shift: bigint }[] = [
  { level: 'PML5', shift: 48n },
  { level: 'PML4', shift: 39n },
  { level: 'PDPT', shift: 30n },
  { level: 'PD', shift: 21n },
  { level: 'PT', shift: 12n },
];

const entryBits: readonly { readonly bit: bigint; readonly name: string }[] = [
  { bit: 1n << 0n, name: 'P' },
  { bit: 1n << 1n, name: 'W' },
  { bit: 1n << 2n, name: 'U' },
  { bit: 1n << 3n, name: 'PWT' },
  { bit: 1n << 4n, name: 'PCD' },
  { bit: 1n << 5n, name: 'A' },
  { bit: 1n << 6n, name: 'D' },
  { bit: 1n << 7n, name: 'PS' },
  { bit: 1n << 8n, name: 'G' },
  { bit: 1n << 63n, name: 'NX' },
];

const frameMask = 0x000f_ffff_ffff_f000n;

/**
 * Translates as the processor would, without a TLB.
 *
 * @param root CR3; its low bits (PCID, PWT, PCD) are ignored
 * @param depth levels: 4, or 5 with CR4.LA57
 * Source: Intel SDM, volume 3, section 5.5, 4-level and 5-level paging.
 */
export function translate(
  physical: Memory,
  root: bigint,
  virtualAddress: bigint,
  depth: 4 | 5 = 4,
): Translation {
  const steps: TranslationStep[] = [];
  let table = root & frameMask;
  let allowed = { isWritable: true, isUser: true, isExecutable: true };
  const stop = (problem: string): Translation => ({
    virtualAddress,
    steps,
    physicalAddress: undefined,
    pageSize: undefined,
    ...allowed,
    problem,
  });
  if (!isCanonical(virtualAddress, depth)) return stop('address is not canonical');
  for (const { level, shift } of levels.slice(5 - depth)) {
    const step = readStep(physical, table, level, Number((virtualAddress >> shift) & 0x1ffn));
    steps.push(step);
    const { entry } = step;
    if (entry === undefined) return stop(`${level} at ${hex(table)} is not in the dump`);
    if ((entry & 1n) === 0n) return stop(`${level} entry is not present`);
    allowed = {
      isWritable: allowed.isWritable && (entry & 2n) !== 0n,
      isUser: allowed.isUser && (entry & 4n) !== 0n,
      isExecutable: allowed.isExecutable && entry >> 63n === 0n,
    };
    const isLarge = (level === 'PDPT' || level === 'PD') && (entry & 0x80n) !== 0n;
    if (level === 'PT' || isLarge) {
      const inPage = (1n << shift) - 1n;
      const physicalAddress = (entry & frameMask & ~inPage) | (virtualAddress & inPage);
      const found = { physicalAddress, pageSize: 1n << shift, problem: undefined };
      return { virtualAddress, steps, ...allowed, ...found };
    }
    table = entry & frameMask;
  }
  return stop('the walk did not reach a page');
}

/** Where an address lies physically by the dump's own segments; undefined when no segment says. */
export function translateBySegments(
  segments: readonly MemorySegment[],
  virtualAddress: bigint,
): bigint | undefined {
  for (const { virtualAddress: start, physicalAddress, size } of segments) {
    if (start === undefined || physicalAddress === undefined) continue;
    if (virtualAddress >= start && virtualAddress - start < size)
      return physicalAddress + (virtualAddress - start);
  }
  return undefined;
}

function readStep(
  physical: Memory,
  table: bigint,
  level: PageTableLevel,
  index: number,
): TranslationStep {
  const entryAddress = table + BigInt(index) * 8n;
  try {
    const entry = physical.readU64(entryAddress);
    const flags = entryBits.filter(({ bit }) => (entry & bit) !== 0n).map(({ name }) => name);
    return { level, index, entryAddress, entry, flags };
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return { level, index, entryAddress, entry: undefined, flags: [] };
  }
}

function isCanonical(address: bigint, depth: 4 | 5): boolean {
  const bits = depth === 5 ? 57 : 48;
  return BigInt.asUintN(64, BigInt.asIntN(bits, address)) === address;
}

function hex(value: bigint): string {
  return value.toString(16);
}
