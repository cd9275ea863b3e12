/** Where an illumos kernel keeps its CPUs, threads and processes. */
import { strip, type RecordType } from '../../../dump-format/ctype.ts';
import { FaultError, FormatError, LookupError } from '../../../dump-format/errors.ts';
import type { KernelThread, StackStart, Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** Elements any of these lists may have before it is left. */
export const listLimit = 1_000_000;

/** `t_state`, by bit. Source: illumos-gate, usr/src/uts/common/sys/thread.h. */
const stateNames = new Map<bigint, string>([
  [0x00n, 'FREE'],
  [0x01n, 'SLEEP'],
  [0x02n, 'RUN'],
  [0x04n, 'ONPROC'],
  [0x08n, 'ZOMB'],
  [0x10n, 'STOPPED'],
  [0x20n, 'WAIT'],
]);

/** Addresses of `cpu_t`, by the array `cpu[]`, in index order. */
export function* cpus(
  target: Target,
): Generator<{ readonly address: bigint; readonly id: number }> {
  if (!target.hasGlobal('cpu')) return;
  const array = target.global('cpu');
  const count = array.type.size / 8;
  for (let index = 0; index < count; index++) {
    const address = array.index(BigInt(index)).unsigned();
    if (address !== 0n)
      yield { address, id: Number(target.value('cpu_t', address).member('cpu_id').signed()) };
  }
}

/** Addresses of `kthread_t`, from `t0` round its `t_next` ring; ends at a fault after what could be read. */
export function* allThreads(target: Target): Generator<bigint> {
  const first = target.symbolAddress('t0');
  const offset = BigInt(target.member(record(target, 'kthread_t'), 't_next').offset);
  yield* ring(target, first, offset, 't_next');
}

/** Addresses of `kthread_t` of one process, by `p_tlist` and `t_forw`. */
export function* processThreads(target: Target, process: bigint): Generator<bigint> {
  const first = target.value('proc_t', process).member('p_tlist').unsigned();
  if (first === 0n) return;
  const offset = BigInt(target.member(record(target, 'kthread_t'), 't_forw').offset);
  yield* ring(target, first, offset, 't_forw');
}

/** Addresses of `proc_t`, from `practive` along `p_next`. */
export function* processes(target: Target): Generator<bigint> {
  const offset = BigInt(target.member(record(target, 'proc_t'), 'p_next').offset);
  let count = 0;
  const seen = new Set<bigint>();
  for (let address = target.global('practive').unsigned(); address !== 0n;) {
    if (seen.has(address)) throw new LookupError(`proc list loops at ${address.toString(16)}`);
    seen.add(address);
    if (++count > listLimit) throw new LookupError(`proc list has more than ${listLimit} elements`);
    yield address;
    address = target.memory.readU64(address + offset);
  }
}

function* ring(target: Target, first: bigint, offset: bigint, member: string): Generator<bigint> {
  const seen = new Set<bigint>();
  let address = first;
  do {
    if (seen.has(address))
      throw new LookupError(`${member} loops at ${address.toString(16)} without passing its start`);
    if (seen.size >= listLimit)
      throw new LookupError(`${member} has more than ${listLimit} elements`);
    seen.add(address);
    yield address;
    address = target.memory.readU64(address + offset);
  } while (address !== first && address !== 0n);
}

function record(target: Target, name: string): RecordType {
  const type = strip(target.type(name));
  if (type.kind !== 'struct') throw new LookupError(`${name} is not a struct`);
  return type;
}

/**
 * A thread as views and tables show it.
 *
 * @param running what the CPUs run, for who describes many threads
 * @throws FaultError when the structure is absent
 */
export function describeThread(
  target: Target,
  address: bigint,
  running: Running = runningThreads(target),
): KernelThread {
  const thread = target.value('kthread_t', address);
  const process = thread.member('t_procp').unsigned();
  const cpu = running.cpuOf(address);
  return {
    address,
    type: 'kthread_t',
    name:
      commandName(target, process) ??
      target.symbolize(thread.member('t_startpc').unsigned()) ??
      '?',
    state: threadState(thread),
    cpu,
    id: thread.member('t_tid').unsigned().toString(),
    process: process === 0n ? undefined : process,
    start: cpu === undefined ? savedContext(thread) : { kind: 'cpu', cpu },
    ...waiting(thread),
  };
}

/** A damaged pointer there hides what the thread waits for, not the thread. */
function waiting(thread: Value): { readonly waitsFor?: string } {
  try {
    const kind = sobjKind(thread);
    return kind === undefined ? {} : { waitsFor: kind };
  } catch (error) {
    if (error instanceof FaultError) return {};
    throw error;
  }
}

/** Kind of the synchronisation object that a thread is blocked on, as mdb spells it: `cv`, `mutex`. @param thread a `kthread_t` */
export function sobjKind(thread: Value): string | undefined {
  if (!thread.hasMember('t_sobj_ops') || thread.member('t_sobj_ops').unsigned() === 0n)
    return undefined;
  const type = thread.path('t_sobj_ops->sobj_type');
  const base = strip(type.type);
  if (base.kind !== 'enum') return undefined;
  const value = type.unsigned();
  const name = base.enumerators.find((each) => each.value === value)?.name;
  return name === 'SOBJ_NONE' ? undefined : name?.replace(/^SOBJ_/, '').toLowerCase();
}

/** What the CPUs run. */
interface Running {
  /** Index of the CPU that says it runs a thread. @throws FaultError when none that could be read does, and one could not */
  cpuOf(thread: bigint): number | undefined;
}

/** By the CPUs' own pointers: a thread's own word (`t_state`) can lag behind. Reads each CPU once. */
export function runningThreads(target: Target): Running {
  const found = new Map<bigint, number>();
  let fault: FaultError | undefined;
  try {
    for (const { address, id } of cpus(target)) {
      const thread = target.value('cpu_t', address).member('cpu_thread').unsigned();
      if (!found.has(thread)) found.set(thread, id);
    }
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    fault = error;
  }
  return {
    cpuOf(thread) {
      const cpu = found.get(thread);
      if (cpu === undefined && fault) throw fault;
      return cpu;
    },
  };
}

/** `t_pcb` is a `label_t`: pc, sp, then rbp rbx r12 r13 r14 r15. Source: illumos-gate, usr/src/uts/intel/sys/types.h, REG_LABEL. */
const labelRegisters = ['rip', 'rsp', 'rbp', 'rbx', 'r12', 'r13', 'r14', 'r15'] as const;

function savedContext(thread: Value): StackStart | undefined {
  const label = thread.member('t_pcb').member('val');
  const registers = new Map<string, bigint>();
  for (const [index, name] of labelRegisters.entries())
    registers.set(name, label.index(BigInt(index)).unsigned());
  if (registers.get('rip') === 0n || registers.get('rsp') === 0n) return undefined;
  return { kind: 'registers', registers };
}

export function commandName(target: Target, process: bigint): string | undefined {
  if (process === 0n) return undefined;
  try {
    return target.value('proc_t', process).path('p_user.u_comm').text(32);
  } catch (error) {
    const kinds = [FaultError, FormatError, LookupError];
    if (kinds.some((each) => error instanceof each)) return undefined;
    throw error;
  }
}

/** The word for a thread's `t_state`. @param thread a `kthread_t` */
export function threadState(thread: Value): string {
  return stateNames.get(thread.member('t_state').unsigned()) ?? 'INVAL';
}
