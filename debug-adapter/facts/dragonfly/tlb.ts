/** What the CPUs' translation caches hold, against what the page tables say, and which invalidations are on their way. */
import type { Target } from '../../target/target.ts';
import { cpuFlushingLater } from './frames.ts';
import { functionsOf, perCpus } from './processes.ts';
import {
  hasCpu,
  isLocked,
  kernelHalf,
  mappingOf,
  spaces,
  type Mapping,
  type Space,
} from './spaces.ts';

const valid = 0x01n;
const writable = 0x02n;
const user = 0x04n;
const global = 0x08n;
const dirty = 0x10n;
const noExecute = 0x80n;

/** Pages of a command beyond which CPUs flush everything. Source: DragonFly, pmap_inval.c, MAX_INVAL_PAGES. */
const maximumPages = 128n;
const everything = (1n << 64n) - 1n;

/** While a CPU is in one of these, it hears of no invalidation and has not decided yet whether it loads CR3. */
const switches: ReadonlySet<string> = new Set(['cpu_heavy_switch', 'cpu_heavy_restore']);

export interface TlbEntry {
  readonly cpu: number;
  /** Of the `struct sim_tlbent`. */
  readonly at: bigint;
  readonly address: bigint;
  readonly physical: bigint;
  readonly cr3: bigint;
  readonly isWritable: boolean;
  readonly isUser: boolean;
  readonly isGlobal: boolean;
  readonly isDirty: boolean;
  readonly isExecutable: boolean;
}

export type TlbState =
  | { readonly kind: 'ok' }
  /** The tables say something else and somebody is telling this CPU. */
  | { readonly kind: 'pending'; readonly by: number | undefined; readonly how: string }
  | { readonly kind: 'stale' }
  /** No live address space has that root. */
  | { readonly kind: 'dead' };

export interface JudgedEntry {
  readonly entry: TlbEntry;
  readonly space: Space | undefined;
  /** Absent without a space. */
  readonly now: Mapping | undefined;
  readonly state: TlbState;
}

/** Valid entries of all CPUs, or of one, in the order of the hardware. */
export function* tlbEntries(target: Target, only?: number): Generator<TlbEntry> {
  const { hardware } = target;
  if (!hardware) return;
  for (let cpu = 0; cpu < hardware.count; cpu++) {
    if (only !== undefined && cpu !== only) continue;
    const state = hardware.cpu(cpu);
    const count = state.member('tlb_n').unsigned();
    const limit = state.member('tlb_max').unsigned();
    for (let index = 0n; index < count && index < limit; index++) {
      const entry = state.member('tlb').index(index);
      const flags = entry.member('flags').unsigned();
      if ((flags & valid) === 0n) continue;
      yield {
        cpu,
        at: entry.address ?? 0n,
        address: entry.member('va').unsigned(),
        physical: entry.member('pa').unsigned(),
        cr3: entry.member('cr3').unsigned(),
        isWritable: (flags & writable) !== 0n,
        isUser: (flags & user) !== 0n,
        isGlobal: (flags & global) !== 0n,
        isDirty: (flags & dirty) !== 0n,
        isExecutable: (flags & noExecute) === 0n,
      };
    }
  }
}

/** Entries with what the page tables say about them now. */
export function* judgedEntries(target: Target, only?: number): Generator<JudgedEntry> {
  const all = spaces(target);
  const kernel = all.find((space) => space.isKernel);
  for (const entry of tlbEntries(target, only)) {
    const own = all.find((space) => space.cr3 === entry.cr3);
    const space = entry.address >= kernelHalf ? kernel : own;
    if (!space) {
      yield { entry, space, now: undefined, state: { kind: 'dead' } };
      continue;
    }
    const now = mappingOf(target, space.cr3, entry.address);
    yield { entry, space, now, state: judge(target, entry, space, now) };
  }
}

/** The tables may allow more than the entry; it may not allow more than they do, nor lead elsewhere. */
function judge(target: Target, entry: TlbEntry, space: Space, now: Mapping): TlbState {
  const isTrue =
    now.physical === entry.physical &&
    (now.isWritable || !entry.isWritable) &&
    (now.isUser || !entry.isUser) &&
    (now.isExecutable || !entry.isExecutable);
  if (isTrue) return { kind: 'ok' };
  return pending(target, entry, space) ?? { kind: 'stale' };
}

/** The invalidation that will take an entry away, if there is one. */
function pending(target: Target, entry: TlbEntry, space: Space): TlbState | undefined {
  const by = commandFor(target, entry);
  if (by !== undefined) return { kind: 'pending', by, how: `invinfo[${by}]` };
  if (!space.isKernel && isLocked(space)) {
    const owner = perCpus(target).find(({ id }) =>
      functionsOf(target, id).some((name) => name.startsWith('pmap_inval_smp')),
    );
    return { kind: 'pending', by: owner?.id, how: 'pm_active_lock is held' };
  }
  if (isTold(target, entry)) return { kind: 'pending', by: undefined, how: 'inval_cpus' };
  if (target.hasGlobal('smp_invltlb_mask') && hasCpu(target.global('smp_invltlb_mask'), entry.cpu))
    return { kind: 'pending', by: entry.cpu, how: 'smp_invltlb_mask' };
  const isIdle =
    hasCpu(target.global('smp_idleinvl_mask'), entry.cpu) &&
    hasCpu(target.global('smp_idleinvl_reqs'), entry.cpu);
  if (entry.address >= kernelHalf && isIdle)
    return { kind: 'pending', by: entry.cpu, how: 'idle: flushes when it wakes up' };
  const functions = functionsOf(target, entry.cpu);
  if (functions.includes('pmap_interlock_wait'))
    return { kind: 'pending', by: entry.cpu, how: 'waits in pmap_interlock_wait' };
  const switching = functions.find((name) => switches.has(name));
  if (switching !== undefined && !space.isKernel && !hasSkipped(target, entry.cpu))
    return { kind: 'pending', by: entry.cpu, how: `in ${switching}, cr3 may be loaded yet` };
  const flusher = cpuFlushingLater(target, space.pmap, space.isKernel);
  if (flusher) return { kind: 'pending', by: flusher.cpu, how: `${flusher.function} comes to it` };
  return undefined;
}

/** The kernel below a vkernel waits until this CPU has dropped the address. */
function isTold(target: Target, entry: TlbEntry): boolean {
  if (!target.hasGlobal('inval_cpus') || !target.hasGlobal('inval_va')) return false;
  const isWaiting = (target.global('inval_cpus').unsigned() >> BigInt(entry.cpu)) & 1n;
  return isWaiting === 1n && target.global('inval_va').unsigned() >> 12n === entry.address >> 12n;
}

/** A CPU that has switched without loading CR3 may do so again. */
function hasSkipped(target: Target, cpu: number): boolean {
  const place = perCpus(target).find(({ id }) => id === cpu)?.place;
  return place?.hasMember('cnt_cr3_skip') === true && place.member('cnt_cr3_skip').unsigned() > 0n;
}

/** The CPU whose published command names this CPU and covers the entry. */
function commandFor(target: Target, entry: TlbEntry): number | undefined {
  if (!target.hasGlobal('invinfo')) return undefined;
  const slots = target.global('invinfo');
  for (const { id } of perCpus(target)) {
    const slot = slots.index(BigInt(id));
    if (!hasCpu(slot.member('done'), entry.cpu)) continue;
    const va = slot.member('va').unsigned();
    const pages = slot.member('npgs').unsigned();
    const covers = entry.address >= va && entry.address < va + pages * 0x1000n;
    if (va === everything || pages > maximumPages || covers) return id;
  }
  return undefined;
}
