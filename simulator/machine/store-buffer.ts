/** Memory order: the store buffer of `tso` and `weak`, and the load buffer of `weak`. */
import type { Cpu } from './cpu.ts';
import {
  ACCESS_FENCE,
  ACCESS_PA,
  ACCESS_SEQUENCE,
  ACCESS_SIZE,
  ACCESS_STEP,
  ACCESS_VA,
  ACCESS_VALUE,
  LOADS,
  LOAD_CAPACITY,
  LOAD_COUNT,
  STORES,
  STORE_CAPACITY,
  STORE_COUNT,
  STORE_ENTRY,
  STORE_SEQUENCE,
  HIGH,
} from './layout.ts';
import type { BufferedAccess } from './machine.ts';

/** In `ACCESS_FENCE`: a release fence stands behind this store; it and all older ones go before any younger. */
const CLOSED = 1;

/** Puts a store behind the others of this CPU. The oldest leaves when the buffer is full. */
export function pushStore(
  cpu: Cpu,
  low: number,
  high: number,
  physical: number,
  size: number,
  valueLow: number,
  valueHigh: number,
): void {
  if (cpu.word(STORE_COUNT) === STORE_CAPACITY) commit(cpu, STORES);
  forgetLoads(cpu, physical, size);
  const count = cpu.word(STORE_COUNT);
  const at = STORES + count * STORE_ENTRY;
  write(cpu, at, low, high, physical, size);
  countStore(cpu, physical, size, 1);
  cpu.r[at + ACCESS_VALUE] = valueLow;
  cpu.r[at + ACCESS_VALUE + 1] = valueHigh;
  const sequence = cpu.word(STORE_SEQUENCE);
  cpu.r[at + ACCESS_SEQUENCE] = sequence;
  cpu.r[STORE_SEQUENCE] = sequence + 1;
  const steps = cpu.machine.steps;
  cpu.r[at + ACCESS_STEP] = steps | 0;
  cpu.r[at + ACCESS_STEP + 1] = Math.floor(steps / 0x100000000);
  cpu.r[STORE_COUNT] = count + 1;
  if (count === 0) cpu.machine.endSlice();
}

/**
 * What this CPU's own buffers make of a load: true when they have its value, which is then in `forwarded.low` and the state's `HIGH`.
 * Buffered stores that overlap the load without covering it are committed first, as hardware waits for them.
 */
export function forward(cpu: Cpu, physical: number, size: number): boolean {
  const r = cpu.r;
  const newest = mayHoldStore(cpu, physical, size) ? cpu.word(STORE_COUNT) - 1 : -1;
  for (let at = STORES + newest * STORE_ENTRY; at >= STORES; at -= STORE_ENTRY) {
    const start = cpu.address(at + ACCESS_PA);
    const length = r[at + ACCESS_SIZE] ?? 0;
    if (start + length <= physical || physical + size <= start) continue;
    if (start > physical || start + length < physical + size) {
      commitThrough(cpu, at);
      return false;
    }
    take(cpu, at, physical - start, size);
    return true;
  }
  for (let at = LOADS; at < LOADS + cpu.word(LOAD_COUNT) * STORE_ENTRY; at += STORE_ENTRY) {
    if (cpu.address(at + ACCESS_PA) !== physical || r[at + ACCESS_SIZE] !== size) continue;
    take(cpu, at, 0, size);
    removeLoad(cpu, at);
    return true;
  }
  return false;
}

/** Low word of the value that `forward` found; the high word is in the state at `HIGH`. */
export const forwarded = { low: 0 };

/** Commits whatever overlaps the bytes, so that memory holds what this CPU believes. */
export function settle(cpu: Cpu, physical: number, size: number): void {
  if (!mayHoldStore(cpu, physical, size)) return;
  for (
    let at = STORES + (cpu.word(STORE_COUNT) - 1) * STORE_ENTRY;
    at >= STORES;
    at -= STORE_ENTRY
  ) {
    const start = cpu.address(at + ACCESS_PA);
    if (start + cpu.word(at + ACCESS_SIZE) <= physical || physical + size <= start) continue;
    commitThrough(cpu, at);
    return;
  }
}

/** MFENCE, serialising instructions, interrupts: all stores become visible, all early loads are forgotten. */
export function drainAll(cpu: Cpu): void {
  while (cpu.word(STORE_COUNT) > 0) commit(cpu, STORES);
  clearLoads(cpu);
}

/**
 * What a LOCKed operation does before it acts on memory. `tso`: drains. `weak`: only what a release fence has closed off, and what lies at
 * the same bytes; early loads are forgotten.
 */
export function orderLocked(cpu: Cpu, physical: number, size: number): void {
  if (cpu.machine.memoryModel === 'tso') {
    drainAll(cpu);
    return;
  }
  for (
    let at = STORES + (cpu.word(STORE_COUNT) - 1) * STORE_ENTRY;
    at >= STORES;
    at -= STORE_ENTRY
  ) {
    if (cpu.word(at + ACCESS_FENCE) === CLOSED) {
      commitThrough(cpu, at);
      break;
    }
  }
  settle(cpu, physical, size);
  clearLoads(cpu);
}

/** SFENCE. `weak`: a release fence: earlier stores become visible before any later store or LOCKed operation. `tso`: nothing. */
export function releaseFence(cpu: Cpu): void {
  if (cpu.machine.memoryModel !== 'weak' || cpu.word(STORE_COUNT) === 0) return;
  const newest = STORES + (cpu.word(STORE_COUNT) - 1) * STORE_ENTRY;
  cpu.r[newest + ACCESS_FENCE] = CLOSED;
}

/** LFENCE: an acquire fence: later loads see memory. */
export function clearLoads(cpu: Cpu): void {
  if (cpu.word(LOAD_COUNT) === 0) return;
  cpu.r[LOAD_COUNT] = 0;
  cpu.r.fill(0, LOADS, LOADS + LOAD_CAPACITY * STORE_ENTRY);
  chooseLookaside(cpu);
}

/** Sequence numbers of the stores that may become visible next, oldest first. */
export function drainableStores(cpu: Cpu): number[] {
  const found: number[] = [];
  for (let i = 0; i < cpu.word(STORE_COUNT); i++) {
    const at = STORES + i * STORE_ENTRY;
    if (!isBlocked(cpu, at)) found.push(cpu.word(at + ACCESS_SEQUENCE));
    const isClosed = cpu.word(at + ACCESS_FENCE) === CLOSED;
    if (cpu.machine.memoryModel !== 'weak' || isClosed) break;
  }
  return found;
}

/** Makes one store visible: the oldest, or the one with that sequence number when the model lets it go first. */
export function drainOne(cpu: Cpu, sequence: number | undefined): boolean {
  const wanted = sequence ?? drainableStores(cpu)[0];
  if (wanted === undefined || !drainableStores(cpu).includes(wanted)) return false;
  for (let i = 0; i < cpu.word(STORE_COUNT); i++) {
    const at = STORES + i * STORE_ENTRY;
    if (cpu.word(at + ACCESS_SEQUENCE) === wanted) {
      commit(cpu, at);
      return true;
    }
  }
  return false;
}

/** Machine step at which the oldest store was buffered; undefined when there is none. */
export function oldestStoreStep(cpu: Cpu): number | undefined {
  if (cpu.word(STORE_COUNT) === 0) return undefined;
  const at = STORES + ACCESS_STEP;
  return cpu.word(at + 1) * 0x100000000 + (cpu.word(at) >>> 0);
}

/** `weak`: notes what memory holds now for the next load of these bytes. The oldest note gives way. */
export function noteEarlyLoad(
  cpu: Cpu,
  low: number,
  high: number,
  physical: number,
  size: number,
): void {
  if (cpu.word(LOAD_COUNT) === LOAD_CAPACITY) removeLoad(cpu, LOADS);
  const at = LOADS + cpu.word(LOAD_COUNT) * STORE_ENTRY;
  write(cpu, at, low, high, physical, size);
  const memory = cpu.machine.memory;
  const slot = memory.touch(Math.floor(physical / 4096));
  const bytes = memory.pageBytes(slot);
  const offset = physical % 4096;
  for (let i = 0; i < size; i++) cpu.b[(at + ACCESS_VALUE) * 4 + i] = bytes[offset + i] ?? 0;
  cpu.r[LOAD_COUNT] = cpu.word(LOAD_COUNT) + 1;
  chooseLookaside(cpu);
}

export function bufferedStores(cpu: Cpu): BufferedAccess[] {
  return accesses(cpu, STORES, cpu.word(STORE_COUNT));
}

export function bufferedLoads(cpu: Cpu): BufferedAccess[] {
  return accesses(cpu, LOADS, cpu.word(LOAD_COUNT));
}

/** Loads may go past the load buffer only when it is empty; buffered stores they look for in `storeGroups`. */
export function chooseLookaside(cpu: Cpu): void {
  cpu.t = cpu.word(LOAD_COUNT) === 0 ? cpu.reads : nothing;
}

/** A lookaside in which nothing is found. */
const nothing = new Int32Array(512).fill(0x55555555);

function accesses(cpu: Cpu, from: number, count: number): BufferedAccess[] {
  const found: BufferedAccess[] = [];
  for (let at = from; at < from + count * STORE_ENTRY; at += STORE_ENTRY) {
    found.push({
      virtualAddress: cpu.get64(at + ACCESS_VA),
      physicalAddress: cpu.get64(at + ACCESS_PA),
      size: cpu.word(at + ACCESS_SIZE),
      value: BigInt.asUintN(8 * cpu.word(at + ACCESS_SIZE), cpu.get64(at + ACCESS_VALUE)),
      sequence: cpu.word(at + ACCESS_SEQUENCE),
    });
  }
  return found;
}

/** A store must not overtake an older one of the same bytes. */
function isBlocked(cpu: Cpu, at: number): boolean {
  const start = cpu.address(at + ACCESS_PA);
  const end = start + cpu.word(at + ACCESS_SIZE);
  for (let older = STORES; older < at; older += STORE_ENTRY) {
    const from = cpu.address(older + ACCESS_PA);
    if (from < end && start < from + cpu.word(older + ACCESS_SIZE)) return true;
  }
  return false;
}

function commitThrough(cpu: Cpu, last: number): void {
  for (let left = (last - STORES) / STORE_ENTRY; left >= 0; left--) commit(cpu, STORES);
}

/** Writes a buffered store to memory and takes it out. */
function commit(cpu: Cpu, at: number): void {
  const physical = cpu.address(at + ACCESS_PA);
  const value = at + ACCESS_VALUE;
  const size = cpu.word(at + ACCESS_SIZE);
  countStore(cpu, physical, size, -1);
  writeScalar(cpu, physical, size, cpu.word(value), cpu.word(value + 1));
  const isClosed = cpu.word(at + ACCESS_FENCE) === CLOSED;
  if (isClosed && at > STORES) cpu.r[at - STORE_ENTRY + ACCESS_FENCE] = CLOSED;
  const end = STORES + cpu.word(STORE_COUNT) * STORE_ENTRY;
  cpu.r.copyWithin(at, at + STORE_ENTRY, end);
  cpu.r.fill(0, end - STORE_ENTRY, end);
  cpu.r[STORE_COUNT] = cpu.word(STORE_COUNT) - 1;
}

/** Counts the store in the groups of 8 bytes that it touches; equal groups of other pages count together. */
function countStore(cpu: Cpu, physical: number, size: number, change: number): void {
  const first = (physical & 0x7ff) >>> 3;
  const last = ((physical + size - 1) & 0x7ff) >>> 3;
  cpu.storeGroups[first] = (cpu.storeGroups[first] ?? 0) + change;
  if (last !== first) cpu.storeGroups[last] = (cpu.storeGroups[last] ?? 0) + change;
}

/** False when no buffered store of this CPU touches the bytes: then nobody needs to look through them. */
function mayHoldStore(cpu: Cpu, physical: number, size: number): boolean {
  const groups = cpu.storeGroups;
  return (
    groups[(physical & 0x7ff) >>> 3] !== 0 || groups[((physical + size - 1) & 0x7ff) >>> 3] !== 0
  );
}

/** Counts the buffered stores again: the state of the CPU was replaced. */
export function recountStores(cpu: Cpu): void {
  cpu.storeGroups.fill(0);
  for (let i = 0; i < cpu.word(STORE_COUNT); i++) {
    const at = STORES + i * STORE_ENTRY;
    countStore(cpu, cpu.address(at + ACCESS_PA), cpu.word(at + ACCESS_SIZE), 1);
  }
}

/** A load that comes after this CPU's own store must not see what was there before it. */
function forgetLoads(cpu: Cpu, physical: number, size: number): void {
  for (let at = LOADS + (cpu.word(LOAD_COUNT) - 1) * STORE_ENTRY; at >= LOADS; at -= STORE_ENTRY) {
    const start = cpu.address(at + ACCESS_PA);
    if (start < physical + size && physical < start + cpu.word(at + ACCESS_SIZE))
      removeLoad(cpu, at);
  }
}

/** A buffered store lies in one page. */
function writeScalar(cpu: Cpu, physical: number, size: number, low: number, high: number): void {
  const memory = cpu.machine.memory;
  const slot = memory.touch(Math.floor(physical / 4096));
  memory.markDirty(slot);
  const at = slot * 4096 + (physical % 4096);
  if (size === 8) {
    cpu.mv.setInt32(at, low, true);
    cpu.mv.setInt32(at + 4, high, true);
  } else if (size === 4) cpu.mv.setInt32(at, low, true);
  else if (size === 2) cpu.mv.setInt16(at, low, true);
  else cpu.mv.setInt8(at, low);
  memory.noteWrite(slot);
}

function removeLoad(cpu: Cpu, at: number): void {
  const end = LOADS + cpu.word(LOAD_COUNT) * STORE_ENTRY;
  cpu.r.copyWithin(at, at + STORE_ENTRY, end);
  cpu.r.fill(0, end - STORE_ENTRY, end);
  cpu.r[LOAD_COUNT] = cpu.word(LOAD_COUNT) - 1;
  chooseLookaside(cpu);
}

function take(cpu: Cpu, at: number, offset: number, size: number): void {
  const from = (at + ACCESS_VALUE) * 4 + offset;
  if (size === 8) {
    forwarded.low = cpu.view.getInt32(from, true);
    cpu.r[HIGH] = cpu.view.getInt32(from + 4, true);
  } else if (size === 4) forwarded.low = cpu.view.getInt32(from, true);
  else if (size === 2) forwarded.low = cpu.view.getUint16(from, true);
  else forwarded.low = cpu.view.getUint8(from);
}

function write(
  cpu: Cpu,
  at: number,
  low: number,
  high: number,
  physical: number,
  size: number,
): void {
  cpu.r[at + ACCESS_VA] = low;
  cpu.r[at + ACCESS_VA + 1] = high;
  cpu.r[at + ACCESS_PA] = physical | 0;
  cpu.r[at + ACCESS_PA + 1] = Math.floor(physical / 0x100000000);
  cpu.r[at + ACCESS_SIZE] = size;
  cpu.r[at + ACCESS_FENCE] = 0;
}
