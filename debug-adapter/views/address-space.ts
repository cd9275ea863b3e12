/** An address space as the page tables of a CPU map it, and the way of one address through them. */
import { LookupError } from '../../dump-format/errors.ts';
import type { Memory } from '../../dump-format/memory.ts';
import type { Inspector } from '../inspector.ts';
import { pageTableRoot } from '../target/control-registers.ts';
import type { Target } from '../target/target.ts';
import { translate, type Translation } from '../target/translate.ts';
import { addressOf } from './place.ts';

/** Ranges of one map. */
export const rangeLimit = 4000;

export interface PageTables {
  /** CPU index. */
  readonly cpu: number;
  readonly cr3: bigint;
  readonly depth: 4 | 5;
}

/** CPUs whose page tables are known. */
export function pageTablesOf(target: Target): PageTables[] {
  return target.cpus.flatMap((cpu) => {
    const root = pageTableRoot(target, cpu);
    return root === undefined ? [] : [{ cpu: cpu.index, ...root }];
  });
}

/** @throws LookupError when the dump does not tell where the page tables of the CPU are */
export function tablesOfCpu(target: Target, cpu: number | undefined): PageTables {
  const wanted = cpu ?? target.panicCpu.index;
  const found = pageTablesOf(target).find((each) => each.cpu === wanted);
  if (found === undefined)
    throw new LookupError(`the dump does not say where the page tables of CPU ${wanted} are`);
  return found;
}

/** Neighbouring pages with the same rights. */
export interface MappedRange {
  readonly start: bigint;
  /** Bytes. */
  readonly size: bigint;
  /** `rwx` as in `ls -l`, and `u` or `-` for user code. */
  readonly rights: string;
  /** Bytes of it whose page is in the dump. */
  readonly present: bigint;
  /** Bytes of its first page. */
  readonly pageSize: bigint;
}

const frameMask = 0x000f_ffff_ffff_f000n;
const entryCount = 512;

/**
 * What the tables map, by address. A table that is not in the dump maps nothing; undefined after each table, so that whoever
 * takes them can stop in between.
 */
export function* mappedRanges(
  target: Target,
  { cr3, depth }: PageTables,
): Generator<MappedRange | undefined> {
  let last: MappedRange | undefined;
  for (const page of pagesOf(target.physical, cr3 & frameMask, depth, 0n, 'rwxu')) {
    if (page === undefined) {
      yield undefined;
      continue;
    }
    if (last && last.start + last.size === page.start && last.rights === page.rights)
      last = { ...last, size: last.size + page.size, present: last.present + page.present };
    else {
      if (last) yield last;
      last = page;
    }
  }
  if (last) yield last;
}

/** Source: Intel SDM, volume 3, section 5.5: entries by level, and which of them map a page. */
function* pagesOf(
  physical: Memory,
  table: bigint,
  level: number,
  base: bigint,
  above: string,
): Generator<MappedRange | undefined> {
  const bytes = physical.readAvailable(table, entryCount * 8).slice();
  const view = new DataView(bytes.buffer);
  const shift = 12n + 9n * BigInt(level - 1);
  for (let index = 0; index * 8 + 8 <= bytes.length; index++) {
    const entry = view.getBigUint64(index * 8, true);
    if ((entry & 1n) === 0n) continue;
    const start = canonical(base | (BigInt(index) << shift), level, index);
    const rights = rightsOf(entry, above);
    const isPage = level === 1 || (level <= 3 && (entry & 0x80n) !== 0n);
    if (!isPage) {
      yield* pagesOf(physical, entry & frameMask, level - 1, start, rights);
      continue;
    }
    const size = 1n << shift;
    const frame = entry & frameMask & ~(size - 1n);
    yield { start, size, rights, pageSize: size, present: presentSize(physical, frame, size) };
  }
  yield undefined;
}

/** The upper half of the address space begins with ones. */
function canonical(address: bigint, level: number, index: number): bigint {
  if (level < 4) return address;
  return index >= entryCount / 2
    ? BigInt.asUintN(64, BigInt.asIntN(9 * level + 12, address))
    : address;
}

function rightsOf(entry: bigint, above: string): string {
  const has = (place: number, isSet: boolean, letter: string): string =>
    isSet && above[place] === letter ? letter : '-';
  const isWritable = (entry & 2n) !== 0n;
  const isUser = (entry & 4n) !== 0n;
  return `r${has(1, isWritable, 'w')}${has(2, entry >> 63n === 0n, 'x')}${has(3, isUser, 'u')}`;
}

function presentSize(physical: Memory, frame: bigint, size: bigint): bigint {
  let present = 0n;
  const end = frame + size;
  for (let address = frame; address < end;) {
    const range = physical.rangeAtOrAbove(address);
    if (range === undefined || range.start >= end) break;
    const from = range.start > address ? range.start : address;
    const to = range.end < end ? range.end : end;
    present += to - from;
    address = to;
  }
  return present;
}

export interface Walk extends Translation {
  readonly tables: PageTables;
  readonly symbol: string | undefined;
  /** The page is in the dump. */
  readonly isPresent: boolean;
}

/** One address through the tables of a CPU, level by level. @throws UsageError, LookupError */
export function walkOf(inspector: Inspector, at: string, cpu: number | undefined): Walk {
  const { target } = inspector;
  const address = addressOf(inspector, at);
  const tables = tablesOfCpu(target, cpu);
  const walk = translate(target.physical, tables.cr3, address, tables.depth);
  const { physicalAddress } = walk;
  const isPresent =
    physicalAddress !== undefined && target.physical.readAvailable(physicalAddress, 1).length > 0;
  return { ...walk, tables, symbol: target.symbolize(address), isPresent };
}

export interface Landmark {
  readonly address: bigint;
  readonly label: string;
}

/** Where the CPUs are: program counters and stack pointers. */
export function landmarksOf(target: Target): Landmark[] {
  return target.cpus.flatMap((cpu) =>
    ['rip', 'rsp'].flatMap((name) => {
      const address = cpu.registers.get(name);
      if (address === undefined) return [];
      const symbol = target.symbolize(address);
      const label = `CPU ${cpu.index} ${name}${symbol === undefined ? '' : ` ${symbol}`}`;
      return [{ address, label }];
    }),
  );
}
