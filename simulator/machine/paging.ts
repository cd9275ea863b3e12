/** Linear to physical addresses: TLB first, then the page tables in memory, as the manual walks them. */
import { lookasideIndex } from './cpu.ts';
import type { Cpu } from './cpu.ts';
import { eptRights, hostAddress, peekHostAddress } from './ept.ts';
import { raisePageFault, raiseWithError, vectors } from './fault.ts';
import {
  COUNT_PAGE_FAULT,
  CR0,
  CR3,
  CR4,
  EFER,
  ENTRY_FLAGS,
  ENTRY_PA,
  IS_EPT_ON,
  PRIVILEGE,
  STORE_COUNT,
  tlbFlags,
} from './layout.ts';
import { settle } from './store-buffer.ts';
import { addEntry, findEntry, pageMask, removeEntry } from './tlb.ts';

/** What an access wants. */
export const access = { read: 0, write: 1, fetch: 2 } as const;

/** Width of physical addresses. */
export const physicalBits = 40;

const writeProtect = 0x10000;
const globalEnable = 0x80;
const noExecuteEnable = 0x800;
const errorPresent = 1;
const errorWrite = 2;
const errorUser = 4;
const errorReserved = 8;
const errorFetch = 16;

/**
 * Offset in the slab of the 4 KiB page that holds a linear address, translated for an access. The TLB and the lookasides are filled.
 *
 * @param isUser the privilege that counts: false for accesses of the processor itself (descriptors, stack switches)
 * @throws CpuFault #PF, or #GP/#SS when the address is not canonical
 */
export function translate(
  cpu: Cpu,
  low: number,
  high: number,
  kind: number,
  isUser: boolean,
): number {
  const top = high >> 15;
  if (top !== 0 && top !== -1) raiseWithError(cpu.op?.addressFault ?? vectors.generalProtection, 0);
  let at = findEntry(cpu, low, high);
  if (at >= 0) at = useEntry(cpu, at, low, high, kind, isUser);
  if (at < 0) at = fill(cpu, low, high, kind, isUser);
  const flags = cpu.word(at + ENTRY_FLAGS);
  const base = cpu.address(at + ENTRY_PA);
  const physical = base + ((low & ~pageMask(flags)) >>> 0);
  const slot = slotFor(cpu, physical);
  if (kind === access.write) cpu.machine.memory.markDirty(slot);
  if (isUser === (cpu.word(PRIVILEGE) === 3)) fillLookaside(cpu, low, high, kind, flags, slot);
  return slot * 4096;
}

/** As `translate` with the privilege of the CPU for a read, by the lookaside if it knows. */
export function translateRead(cpu: Cpu, low: number, high: number): number {
  const index = lookasideIndex(low);
  const known = cpu.reads;
  if (known[index] === (low & -4096) && known[index + 1] === high) return known[index + 2] ?? 0;
  return translate(cpu, low, high, access.read, cpu.r[PRIVILEGE] === 3);
}

/** As `translate` with the privilege of the CPU for a write, by the lookaside if it knows. */
export function translateWrite(cpu: Cpu, low: number, high: number): number {
  const index = lookasideIndex(low);
  const known = cpu.writes;
  if (known[index] === (low & -4096) && known[index + 1] === high) return known[index + 2] ?? 0;
  return translate(cpu, low, high, access.write, cpu.r[PRIVILEGE] === 3);
}

/** By the page tables alone: no TLB, no side effects. Undefined when it is not mapped. */
export function peekTranslation(cpu: Cpu, low: number, high: number): number | undefined {
  const memory = cpu.machine.memory;
  let table: number | undefined = cpu.address(CR3);
  table -= table % 4096;
  for (let level = 3; level >= 0; level--) {
    table = cpu.word(IS_EPT_ON) === 0 ? table : peekHostAddress(cpu, table);
    if (table === undefined || !memory.hasFrame(Math.floor(table / 4096))) return undefined;
    const at: number = table + tableIndex(low, high, level) * 8;
    if (memory.slotOf(Math.floor(at / 4096)) === 0) return undefined;
    const [entryLow, entryHigh] = [memory.read32(at), memory.read32(at + 4)];
    if ((entryLow & 1) === 0) return undefined;
    const next = frameAddress(entryLow, entryHigh);
    if (level === 0 || ((entryLow & 0x80) !== 0 && level < 3)) {
      const span = 4096 * 512 ** level;
      const offset = ((high & 0xffff) * 0x100000000 + (low >>> 0)) % span;
      const physical = next - (next % span) + offset;
      return cpu.word(IS_EPT_ON) === 0 ? physical : peekHostAddress(cpu, physical);
    }
    table = next;
  }
  return undefined;
}

/** The slab slot of a physical address. Stops the machine where there is no memory. */
function slotFor(cpu: Cpu, physical: number): number {
  const frame = Math.floor(physical / 4096);
  const memory = cpu.machine.memory;
  const slot = memory.slotOf(frame);
  if (slot !== 0) return slot;
  if (!memory.hasFrame(frame)) {
    const where = physical.toString(16);
    cpu.machine.halt(cpu, 'unsupported-access', `physical address ${where} is not memory`);
  }
  return memory.touch(frame);
}

/** Uses a hit, or gives up on it: -1 then. */
function useEntry(
  cpu: Cpu,
  at: number,
  low: number,
  high: number,
  kind: number,
  isUser: boolean,
): number {
  const flags = cpu.word(at + ENTRY_FLAGS);
  if (!isAllowed(cpu, flags, kind, isUser)) {
    removeEntry(cpu, at);
    return -1;
  }
  if (kind !== access.write || (flags & tlbFlags.dirty) !== 0) return at;
  const before = cpu.address(at + ENTRY_PA);
  walk(cpu, low, high, kind, isUser, at);
  if (leaf.physical === before && (leaf.flags & ~tlbFlags.dirty) === (flags & ~tlbFlags.valid)) {
    cpu.r[at + ENTRY_FLAGS] = flags | tlbFlags.dirty;
    return at;
  }
  removeEntry(cpu, at);
  return addEntry(cpu, low, high, leaf.physical, leaf.flags);
}

function fill(cpu: Cpu, low: number, high: number, kind: number, isUser: boolean): number {
  walk(cpu, low, high, kind, isUser, -1);
  return addEntry(cpu, low, high, leaf.physical, leaf.flags);
}

/** What the last walk found: base of the page, flags as an entry has them (without valid). */
const leaf = { physical: 0, flags: 0 };
/** Offsets in the slab of the table entries that the last walk met, by level. */
const path = new Int32Array(4);

/**
 * Walks the tables, checks the access, sets accessed and dirty bits, leaves the result in `leaf`.
 *
 * @param entry TLB entry that goes when the walk faults, or -1
 */
function walk(
  cpu: Cpu,
  low: number,
  high: number,
  kind: number,
  isUser: boolean,
  entry: number,
): void {
  let table = cpu.address(CR3);
  table -= table % 4096;
  let flags = tlbFlags.writable | tlbFlags.user;
  let level = 3;
  for (; ; level--) {
    const at = tableOffset(cpu, table + tableIndex(low, high, level) * 8, low, high);
    path[level] = at;
    const entryLow = cpu.mv.getInt32(at, true);
    const entryHigh = cpu.mv.getInt32(at + 4, true);
    if ((entryLow & 1) === 0) fault(cpu, low, high, kind, isUser, 0, entry);
    const isLeaf = level === 0 || (level < 3 && (entryLow & 0x80) !== 0);
    if (hasReservedBits(cpu, entryLow, entryHigh, level, isLeaf))
      fault(cpu, low, high, kind, isUser, errorPresent | errorReserved, entry);
    if ((entryLow & 2) === 0) flags &= ~tlbFlags.writable;
    if ((entryLow & 4) === 0) flags &= ~tlbFlags.user;
    if (entryHigh < 0) flags |= tlbFlags.noExecute;
    const next = frameAddress(entryLow, entryHigh);
    if (isLeaf) {
      flags |= leafFlags(cpu, entryLow, level);
      leaf.physical = level === 0 ? next : next - (next % (4096 * 512 ** level));
      break;
    }
    table = next;
  }
  if (!isAllowed(cpu, flags, kind, isUser))
    fault(cpu, low, high, kind, isUser, errorPresent, entry);
  for (let each = 3; each >= level; each--)
    setBits(cpu, path[each] ?? 0, each === level && kind === access.write ? 0x60 : 0x20);
  leaf.flags = flags | (kind === access.write ? tlbFlags.dirty : 0);
  if (cpu.word(IS_EPT_ON) !== 0) guestLeaf(cpu, low, high, kind, level);
}

/** Under EPT a TLB entry maps straight to host memory, one 4 KiB page at a time. */
function guestLeaf(cpu: Cpu, low: number, high: number, kind: number, level: number): void {
  const span = 4096 * 512 ** level;
  const guest = leaf.physical + (((low & 0xfffff000) >>> 0) % span);
  const rights = [eptRights.read, eptRights.write, eptRights.execute][kind] ?? eptRights.read;
  leaf.physical = hostAddress(cpu, guest, rights, low, high, false);
  leaf.flags &= ~(tlbFlags.large | tlbFlags.huge);
}

/** Where a table entry is in the slab, with this CPU's own stores to it committed. */
function tableOffset(cpu: Cpu, at: number, low: number, high: number): number {
  const host =
    cpu.word(IS_EPT_ON) === 0 ? at : hostAddress(cpu, at, eptRights.read, low, high, true);
  const slot = slotFor(cpu, host);
  if (cpu.word(STORE_COUNT) !== 0) settle(cpu, host, 8);
  return slot * 4096 + (host % 4096);
}

/** Sets accessed and dirty bits of a table entry. */
function setBits(cpu: Cpu, at: number, wanted: number): void {
  const old = cpu.mv.getInt32(at, true);
  if ((old & wanted) === wanted) return;
  const memory = cpu.machine.memory;
  memory.markDirty(at >>> 12);
  cpu.mv.setInt32(at, old | wanted, true);
  memory.noteWrite(at >>> 12);
}

function leafFlags(cpu: Cpu, entryLow: number, level: number): number {
  const isGlobal = (entryLow & 0x100) !== 0 && (cpu.word(CR4) & globalEnable) !== 0;
  const size = level === 2 ? tlbFlags.huge : level === 1 ? tlbFlags.large : 0;
  return size | (isGlobal ? tlbFlags.global : 0);
}

function isAllowed(cpu: Cpu, flags: number, kind: number, isUser: boolean): boolean {
  if (isUser && (flags & tlbFlags.user) === 0) return false;
  if (kind === access.fetch) return (flags & tlbFlags.noExecute) === 0;
  if (kind === access.read || (flags & tlbFlags.writable) !== 0) return true;
  return !isUser && (cpu.word(CR0) & writeProtect) === 0;
}

function hasReservedBits(
  cpu: Cpu,
  entryLow: number,
  entryHigh: number,
  level: number,
  isLeaf: boolean,
): boolean {
  if ((entryHigh & 0xfff00) !== 0) return true;
  if (entryHigh < 0 && (cpu.word(EFER) & noExecuteEnable) === 0) return true;
  if (level === 3) return (entryLow & 0x80) !== 0;
  if (!isLeaf || level === 0) return false;
  return level === 1 ? (entryLow & 0x1fe000) !== 0 : (entryLow & 0x3fffe000) !== 0;
}

function fault(
  cpu: Cpu,
  low: number,
  high: number,
  kind: number,
  isUser: boolean,
  cause: number,
  entry: number,
): never {
  if (entry >= 0) removeEntry(cpu, entry);
  cpu.count(COUNT_PAGE_FAULT);
  const how = kind === access.write ? errorWrite : kind === access.fetch ? errorFetch : 0;
  raisePageFault(low, high, cause | how | (isUser ? errorUser : 0));
}

function fillLookaside(
  cpu: Cpu,
  low: number,
  high: number,
  kind: number,
  flags: number,
  slot: number,
): void {
  if (kind === access.fetch) return;
  cpu.hasReads = true;
  remember(cpu.reads, low, high, slot);
  if (kind !== access.write || (flags & tlbFlags.dirty) === 0) return;
  cpu.hasWrites = true;
  remember(cpu.writes, low, high, slot);
  if (cpu.machine.memoryModel === 'sc' && !cpu.machine.memory.isCode(slot))
    remember(cpu.s, low, high, slot);
}

function remember(lookaside: Int32Array, low: number, high: number, slot: number): void {
  const index = lookasideIndex(low);
  lookaside[index] = low & 0xfffff000;
  lookaside[index + 1] = high;
  lookaside[index + 2] = slot * 4096;
}

function tableIndex(low: number, high: number, level: number): number {
  if (level === 0) return (low >>> 12) & 511;
  if (level === 1) return (low >>> 21) & 511;
  if (level === 2) return ((low >>> 30) | (high << 2)) & 511;
  return (high >>> 7) & 511;
}

function frameAddress(entryLow: number, entryHigh: number): number {
  return ((entryLow & 0xfffff000) >>> 0) + (entryHigh & 0xfffff) * 0x100000000;
}
