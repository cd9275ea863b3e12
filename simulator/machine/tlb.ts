/** The translation lookaside buffer that the dump shows: 64 entries, oldest out first, changed by nothing but what the manual names. */
import type { Cpu } from './cpu.ts';
import {
  ASID,
  CR3,
  ENTRY_ASID,
  ENTRY_CR3,
  ENTRY_EPT_POINTER,
  ENTRY_FLAGS,
  ENTRY_PA,
  ENTRY_PCID,
  ENTRY_STEP,
  ENTRY_VA,
  EPT_POINTER,
  PCID,
  TLB,
  TLB_CAPACITY,
  TLB_COUNT,
  TLB_ENTRY,
  tlbFlags,
} from './layout.ts';
import type { TlbEntry } from './machine.ts';

/** First word of the entry that translates a linear address in the present context, or -1. */
export function findEntry(cpu: Cpu, low: number, high: number): number {
  const r = cpu.r;
  for (let at = TLB + (cpu.word(TLB_COUNT) - 1) * TLB_ENTRY; at >= TLB; at -= TLB_ENTRY) {
    if (r[at + ENTRY_VA + 1] !== high) continue;
    if ((((r[at + ENTRY_VA] ?? 0) ^ low) & pageMask(r[at + ENTRY_FLAGS] ?? 0)) !== 0) continue;
    if (isInContext(cpu, at)) return at;
  }
  return -1;
}

/** Adds an entry as the newest; the oldest gives way when all are taken. Returns its first word. */
export function addEntry(
  cpu: Cpu,
  low: number,
  high: number,
  physical: number,
  flags: number,
): number {
  if (cpu.word(TLB_COUNT) === TLB_CAPACITY) removeEntry(cpu, TLB);
  const count = cpu.word(TLB_COUNT);
  const at = TLB + count * TLB_ENTRY;
  const r = cpu.r;
  const page = low & pageMask(flags);
  r[at + ENTRY_VA] = page;
  r[at + ENTRY_VA + 1] = high;
  r[at + ENTRY_PA] = physical | 0;
  r[at + ENTRY_PA + 1] = Math.floor(physical / 0x100000000);
  r[at + ENTRY_CR3] = cpu.word(CR3);
  r[at + ENTRY_CR3 + 1] = cpu.word(CR3 + 1);
  r[at + ENTRY_FLAGS] = flags | tlbFlags.valid;
  r[at + ENTRY_PCID] = cpu.word(PCID);
  r[at + ENTRY_ASID] = cpu.word(ASID);
  r[at + ENTRY_EPT_POINTER] = cpu.word(EPT_POINTER);
  r[at + ENTRY_EPT_POINTER + 1] = cpu.word(EPT_POINTER + 1);
  const steps = cpu.machine.steps;
  r[at + ENTRY_STEP] = steps | 0;
  r[at + ENTRY_STEP + 1] = Math.floor(steps / 0x100000000);
  r[TLB_COUNT] = count + 1;
  return at;
}

/** Takes an entry out; those behind move up. Lookasides are flushed. */
export function removeEntry(cpu: Cpu, at: number): void {
  const end = TLB + cpu.word(TLB_COUNT) * TLB_ENTRY;
  cpu.r.copyWithin(at, at + TLB_ENTRY, end);
  cpu.r.fill(0, end - TLB_ENTRY, end);
  cpu.r[TLB_COUNT] = cpu.word(TLB_COUNT) - 1;
  cpu.flushLookasides();
}

/** Removes the entries that `isGone` claims (given their first words). Lookasides are flushed in any case. */
export function removeEntries(cpu: Cpu, isGone: (at: number) => boolean): void {
  const end = TLB + cpu.word(TLB_COUNT) * TLB_ENTRY;
  let to = TLB;
  for (let at = TLB; at < end; at += TLB_ENTRY) {
    if (isGone(at)) continue;
    if (to !== at) cpu.r.copyWithin(to, at, at + TLB_ENTRY);
    to += TLB_ENTRY;
  }
  cpu.r.fill(0, to, end);
  cpu.r[TLB_COUNT] = (to - TLB) / TLB_ENTRY;
  cpu.flushLookasides();
}

/** What a load of CR3 removes: entries of the present PCID that are not global. */
export function flushContext(cpu: Cpu): void {
  flushPcid(cpu, cpu.word(PCID));
}

/** Removes entries of one PCID of the present VPID that are not global. */
export function flushPcid(cpu: Cpu, pcid: number): void {
  const asid = cpu.word(ASID);
  removeEntries(
    cpu,
    (at) =>
      cpu.r[at + ENTRY_ASID] === asid &&
      cpu.r[at + ENTRY_PCID] === pcid &&
      (cpu.word(at + ENTRY_FLAGS) & tlbFlags.global) === 0,
  );
}

/** Removes all entries of the present VPID, global ones included. */
export function flushAll(cpu: Cpu): void {
  const asid = cpu.word(ASID);
  removeEntries(cpu, (at) => cpu.r[at + ENTRY_ASID] === asid);
}

/** Removes the entries of all PCIDs of the present VPID that are not global. */
export function flushNotGlobal(cpu: Cpu): void {
  const asid = cpu.word(ASID);
  removeEntries(
    cpu,
    (at) => cpu.r[at + ENTRY_ASID] === asid && (cpu.word(at + ENTRY_FLAGS) & tlbFlags.global) === 0,
  );
}

/** Removes the entries of one VPID, or of all but the host's. */
export function flushVpid(cpu: Cpu, vpid: number | undefined): void {
  removeEntries(cpu, (at) => {
    const asid = cpu.word(at + ENTRY_ASID);
    return vpid === undefined ? asid !== 0 : asid === vpid;
  });
}

/** What INVLPG removes: the entries of the page in the present PCID, and global ones of any. */
export function flushPage(cpu: Cpu, low: number, high: number): void {
  removeEntries(cpu, (at) => coversPage(cpu, at, low, high) && isInContext(cpu, at));
}

/** True when the entry translates the page of a linear address, whatever its context. */
export function coversPage(cpu: Cpu, at: number, low: number, high: number): boolean {
  if (cpu.r[at + ENTRY_VA + 1] !== high) return false;
  const mask = pageMask(cpu.word(at + ENTRY_FLAGS));
  return ((cpu.word(at + ENTRY_VA) ^ low) & mask) === 0;
}

/** The entries, oldest first. */
export function tlbEntries(cpu: Cpu): TlbEntry[] {
  const entries: TlbEntry[] = [];
  const end = TLB + cpu.word(TLB_COUNT) * TLB_ENTRY;
  for (let at = TLB; at < end; at += TLB_ENTRY) {
    entries.push({
      virtualAddress: cpu.get64(at + ENTRY_VA),
      physicalAddress: cpu.get64(at + ENTRY_PA),
      cr3: cpu.get64(at + ENTRY_CR3),
      flags: cpu.word(at + ENTRY_FLAGS),
      pcid: cpu.word(at + ENTRY_PCID),
      asid: cpu.word(at + ENTRY_ASID),
      eptPointer: cpu.get64(at + ENTRY_EPT_POINTER),
      fillStep: cpu.get64(at + ENTRY_STEP),
    });
  }
  return entries;
}

/** Bits of the low word of an address that name the page of an entry with these flags. */
export function pageMask(flags: number): number {
  if ((flags & tlbFlags.huge) !== 0) return 0xc0000000 | 0;
  return (flags & tlbFlags.large) !== 0 ? 0xffe00000 | 0 : 0xfffff000 | 0;
}

function isInContext(cpu: Cpu, at: number): boolean {
  const r = cpu.r;
  if (r[at + ENTRY_ASID] !== r[ASID]) return false;
  if (r[at + ENTRY_EPT_POINTER] !== r[EPT_POINTER]) return false;
  if (r[at + ENTRY_EPT_POINTER + 1] !== r[EPT_POINTER + 1]) return false;
  return r[at + ENTRY_PCID] === r[PCID] || (cpu.word(at + ENTRY_FLAGS) & tlbFlags.global) !== 0;
}
