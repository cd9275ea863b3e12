/** Akaros's processes, who holds a reference to one, and what only points at it. */
import type { Target } from '../../target/target.ts';
import { cores } from './cores.ts';
import { allocatedObjects, freedKmalloc, freeObjects, slabObjectAt, tailQueue } from './slab.ts';

const stateNames = new Map<bigint, string>([
  [0x01n, 'CREATED'],
  [0x02n, 'RUNNABLE_S'],
  [0x04n, 'RUNNING_S'],
  [0x08n, 'WAITING'],
  [0x10n, 'DYING'],
  [0x20n, 'DYING_ABORT'],
  [0x40n, 'RUNNABLE_M'],
  [0x80n, 'RUNNING_M'],
]);

/** `PROC_DYING_ABORT` without its prefix. */
export function stateName(state: bigint): string {
  return stateNames.get(state) ?? `0x${state.toString(16)}`;
}

/** Live processes by the pid table, in pid order. */
export function* processes(target: Target): Generator<bigint> {
  const table = target.global('pid_hash');
  const count = table.type.kind === 'array' ? (table.type.count ?? 0) : 0;
  for (let index = 0; index < count; index++) {
    const address = table.index(BigInt(index)).unsigned();
    if (address !== 0n) yield address;
  }
}

export function isFreedProcess(target: Target, process: bigint): boolean {
  const object = slabObjectAt(target, process);
  return object?.cache === 'proc' && !object.isAllocated;
}

/** `bash`, or `-` when the name has been cleared. */
export function progname(target: Target, process: bigint): string {
  if (process === 0n) return '-';
  return target.value('struct proc', process).member('progname').text(20) || '-';
}

export function pid(target: Target, process: bigint): bigint {
  return target.value('struct proc', process).member('pid').unsigned();
}

/** One holder of a process. */
export interface ProcessHolder {
  readonly kind:
    'cur_proc' | 'owning_proc' | 'kthreads' | 'children list' | 'ksched' | 'alarms' | 'startcore';
  /** For people: `core 3`, `kthread ffff8000…`. */
  readonly what: string;
  /** Address of the holding structure. */
  readonly address: bigint;
  /** References that it holds. */
  readonly count: bigint;
}

/** The counted references to a process, each with its holder. */
export function holders(target: Target, process: bigint): readonly ProcessHolder[] {
  const found: ProcessHolder[] = [];
  const add = (kind: ProcessHolder['kind'], what: string, address: bigint, count = 1n): void => {
    found.push({ kind, what, address, count });
  };
  for (const core of cores(target)) {
    const at = core.info.address ?? 0n;
    if (core.currentProc === process) add('cur_proc', `core ${core.id}`, at);
    if (core.owningProc === process) add('owning_proc', `core ${core.id}`, at);
    for (const message of tailQueue(
      target,
      core.info.member('routine_amsgs'),
      'struct kernel_message',
      'link',
    )) {
      const isStart = target.symbolize(message.member('pc').unsigned()) === '__startcore';
      if (isStart && message.member('arg0').unsigned() === process) {
        add('startcore', `message to core ${core.id}`, message.address ?? 0n, 2n);
      }
    }
  }
  for (const thread of allocatedObjects(target, 'kthread')) {
    if (target.value('struct kthread', thread).member('proc').unsigned() === process) {
      add('kthreads', `kthread ${thread.toString(16)}`, thread);
    }
  }
  addOwnBooks(target, process, add);
  return found;
}

function addOwnBooks(
  target: Target,
  process: bigint,
  add: (kind: ProcessHolder['kind'], what: string, address: bigint) => void,
): void {
  const value = target.value('struct proc', process);
  for (const parent of processes(target)) {
    if (parent === process) continue;
    for (const child of tailQueue(
      target,
      target.value('struct proc', parent).member('children'),
      'struct proc',
      'sibling_link',
    )) {
      if (child.address === process) add('children list', `parent ${parent.toString(16)}`, parent);
    }
  }
  if (value.path('ksched_data.cur_list').unsigned() !== 0n)
    add('ksched', 'scheduler list', value.path('ksched_data.cur_list').unsigned());
  for (const alarm of tailQueue(target, value.path('alarmset.list'), 'struct proc_alarm', 'link')) {
    add('alarms', `alarm ${alarm.member('id').unsigned()}`, alarm.address ?? 0n);
  }
}

/** Pointers to a process that hold no reference. */
export function weakPointers(
  target: Target,
  process: bigint,
): readonly { readonly what: string; readonly address: bigint }[] {
  const found: { what: string; address: bigint }[] = [];
  for (const each of processes(target))
    if (each === process)
      found.push({ what: 'pid_hash', address: target.symbolAddress('pid_hash') });
  for (const guest of guestCores(target)) {
    if (target.value('struct guest_pcore', guest).member('proc').unsigned() === process) {
      found.push({ what: `gpc ${guest.toString(16)} ->proc`, address: guest });
    }
  }
  return found;
}

/** Addresses of `struct guest_pcore`: those of live VMs, and those that a core still points to. */
export function* guestCores(target: Target): Generator<bigint> {
  const seen = new Set<bigint>();
  for (const process of processes(target))
    for (const guest of guestCoresOf(target, process)) seen.add(guest);
  for (const core of cores(target)) if (core.lingeringGuest !== 0n) seen.add(core.lingeringGuest);
  yield* [...seen].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Addresses of the `struct guest_pcore` of a process; none when it is no VM. */
export function* guestCoresOf(target: Target, process: bigint): Generator<bigint> {
  const vmm = target.value('struct proc', process).member('vmm');
  if (vmm.member('vmmcp').unsigned() === 0n) return;
  const count = vmm.member('nr_guest_pcores').unsigned();
  for (let id = 0n; id < count && id < 1024n; id++)
    yield vmm.path('guest_pcores').index(id).unsigned();
}

/**
 * Guest cores of VMs that have been freed, as long as nothing else has taken their memory: a freed process keeps its dangling pointer to
 * the array of them. Source: akaros, kern/arch/x86/vmm/vmm.c, __vmm_struct_cleanup.
 */
export function* freedGuestCores(target: Target): Generator<bigint> {
  for (const process of freeObjects(target, 'proc')) {
    const vmm = target.value('struct proc', process).member('vmm');
    const array = vmm.member('guest_pcores').unsigned();
    const count = vmm.member('nr_guest_pcores').unsigned();
    if (array === 0n || !freedKmalloc(target, array)) continue;
    for (let id = 0n; id < count && id < 1024n; id++) {
      const guest = target.memory.readU64(array + id * 8n);
      const isIts =
        freedKmalloc(target, guest) !== undefined &&
        target.value('struct guest_pcore', guest).member('proc').unsigned() === process;
      if (isIts) yield guest;
    }
  }
}
