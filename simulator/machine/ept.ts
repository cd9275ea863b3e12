/** Guest-physical to physical addresses through the extended page tables, with the cache that INVEPT is for. */
import type { Cpu } from './cpu.ts';
import { leaveGuest } from './fault.ts';
import {
  ENTRY_EPT_POINTER,
  ENTRY_FLAGS,
  ENTRY_PA,
  ENTRY_VA,
  EPT_CACHE,
  EPT_CAPACITY,
  EPT_COUNT,
  EPT_POINTER,
  TLB_ENTRY,
} from './layout.ts';

/** Rights of an EPT entry, and what an access asks for. */
export const eptRights = { read: 1, write: 2, execute: 4 } as const;

const exitViolation = 48;
const exitMisconfiguration = 49;

/**
 * The physical address behind a guest-physical one.
 *
 * @param rights union of `eptRights` that the access needs
 * @param linear guest-linear address that led here, low and high word
 * @param isWalk true when the access is to a guest paging structure
 * @throws VmExit for a violation or a misconfiguration
 */
export function hostAddress(
  cpu: Cpu,
  guest: number,
  rights: number,
  linearLow: number,
  linearHigh: number,
  isWalk: boolean,
): number {
  const page = guest - (guest % 4096);
  const cached = findCached(cpu, page);
  if (cached >= 0 && (cpu.word(cached + ENTRY_FLAGS) & rights) === rights)
    return cpu.address(cached + ENTRY_PA) + (guest % 4096);
  if (cached >= 0) removeCached(cpu, cached);
  const { physical, allowed } = walkEpt(cpu, page);
  if ((allowed & rights) !== rights) {
    const linear = (BigInt(linearHigh >>> 0) << 32n) | BigInt(linearLow >>> 0);
    const kind = 0x80 | (isWalk ? 0 : 0x100);
    leaveGuest(exitViolation, BigInt(rights | (allowed << 3) | kind), BigInt(guest), linear);
  }
  addCached(cpu, page, physical, allowed);
  return physical + (guest % 4096);
}

/** Without side effects, for people who look: undefined when it is not mapped. */
export function peekHostAddress(cpu: Cpu, guest: number): number | undefined {
  const found = walk(cpu, guest - (guest % 4096));
  return found.allowed === 0 ? undefined : found.physical + (guest % 4096);
}

/** Forgets cached translations of one EPT pointer, or of all. */
export function invalidateEpt(cpu: Cpu, pointer: bigint | undefined): void {
  for (
    let at = EPT_CACHE + (cpu.word(EPT_COUNT) - 1) * TLB_ENTRY;
    at >= EPT_CACHE;
    at -= TLB_ENTRY
  ) {
    const isSame =
      pointer === undefined || tablesOf(cpu.get64(at + ENTRY_EPT_POINTER)) === tablesOf(pointer);
    if (isSame) removeCached(cpu, at);
  }
}

/** EPT pointers with cached translations, in the order of their oldest entry. */
export function cachedEptPointers(cpu: Cpu): bigint[] {
  const found = new Set<bigint>();
  for (let i = 0; i < cpu.word(EPT_COUNT); i++)
    found.add(cpu.get64(EPT_CACHE + i * TLB_ENTRY + ENTRY_EPT_POINTER));
  return [...found];
}

/** The part of an EPT pointer that names its tables. */
function tablesOf(pointer: bigint): bigint {
  return pointer & 0xffffffffff000n;
}

function walkEpt(cpu: Cpu, page: number): { physical: number; allowed: number } {
  const found = walk(cpu, page);
  if (found.isMisconfigured) leaveGuest(exitMisconfiguration, 0n, BigInt(page));
  return found;
}

function walk(
  cpu: Cpu,
  page: number,
): { physical: number; allowed: number; isMisconfigured: boolean } {
  const memory = cpu.machine.memory;
  let table = cpu.address(EPT_POINTER);
  table -= table % 4096;
  let allowed = 7;
  for (let level = 3; level >= 0; level--) {
    const span = 4096 * 512 ** level;
    const index = Math.floor(page / span) % 512;
    if (!memory.hasFrame(table / 4096)) return { physical: 0, allowed: 0, isMisconfigured: true };
    const entry = memory.read64(table + index * 8);
    const rights = Number(entry & 7n);
    if (rights === 0) return { physical: 0, allowed: 0, isMisconfigured: false };
    if ((rights & 3) === 2) return { physical: 0, allowed: 0, isMisconfigured: true };
    allowed &= rights;
    const next = Number(entry & 0xffffffffff000n);
    const isLeaf = level === 0 || ((level === 1 || level === 2) && (entry & 0x80n) !== 0n);
    if (isLeaf) {
      const physical = next - (next % span) + (page % span);
      return { physical, allowed, isMisconfigured: false };
    }
    table = next;
  }
  return { physical: 0, allowed: 0, isMisconfigured: false };
}

function findCached(cpu: Cpu, page: number): number {
  for (let i = 0; i < cpu.word(EPT_COUNT); i++) {
    const at = EPT_CACHE + i * TLB_ENTRY;
    if (cpu.address(at + ENTRY_VA) !== page) continue;
    if (cpu.r[at + ENTRY_EPT_POINTER] !== cpu.r[EPT_POINTER]) continue;
    if (cpu.r[at + ENTRY_EPT_POINTER + 1] === cpu.r[EPT_POINTER + 1]) return at;
  }
  return -1;
}

function addCached(cpu: Cpu, page: number, physical: number, allowed: number): void {
  if (cpu.word(EPT_COUNT) === EPT_CAPACITY) removeCached(cpu, EPT_CACHE);
  const at = EPT_CACHE + cpu.word(EPT_COUNT) * TLB_ENTRY;
  cpu.set64(at + ENTRY_VA, BigInt(page));
  cpu.set64(at + ENTRY_PA, BigInt(physical));
  cpu.set(at + ENTRY_FLAGS, allowed);
  cpu.set64(at + ENTRY_EPT_POINTER, cpu.get64(EPT_POINTER));
  cpu.set(EPT_COUNT, cpu.word(EPT_COUNT) + 1);
}

function removeCached(cpu: Cpu, at: number): void {
  const end = EPT_CACHE + cpu.word(EPT_COUNT) * TLB_ENTRY;
  cpu.r.copyWithin(at, at + TLB_ENTRY, end);
  cpu.r.fill(0, end - TLB_ENTRY, end);
  cpu.set(EPT_COUNT, cpu.word(EPT_COUNT) - 1);
}
