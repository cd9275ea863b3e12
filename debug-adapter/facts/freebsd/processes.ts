/** FreeBSD's CPUs, processes and threads, by the kernel's own lists. */
import { LookupError } from '../../../dump-format/errors.ts';
import { controlRegister } from '../../target/control-registers.ts';
import { walkChain } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** CPUs that the per-CPU table may have. */
const cpuLimit = 1024;

/** Threads that one process may have. */
const threadLimit = 100_000;

export interface PerCpu {
  readonly id: number;
  /** `struct pcpu`. */
  readonly place: Value;
  /** `struct thread`; 0 before the CPU has one. */
  readonly currentThread: bigint;
  /** `struct pmap` in use: the implicit reference. */
  readonly curpmap: bigint;
  /** Undefined when the dump has no such register. */
  readonly cr3: bigint | undefined;
}

/** CPUs that have booted, in order. Source: FreeBSD, amd64/include/pcpu.h: `__pcpu[]`. */
export function perCpus(target: Target): readonly PerCpu[] {
  const table = target.global('__pcpu');
  const count = table.type.kind === 'array' ? (table.type.count ?? 0) : 0;
  const found: PerCpu[] = [];
  for (let id = 0; id < count && id < cpuLimit; id++) {
    const place = table.index(BigInt(id));
    const registers = target.cpus.find((each) => each.index === id);
    if (place.member('pc_curpmap').unsigned() === 0n) continue;
    found.push({
      id,
      place,
      currentThread: place.member('pc_curthread').unsigned(),
      curpmap: place.member('pc_curpmap').unsigned(),
      cr3: registers && controlRegister(target, registers, 'cr3'),
    });
  }
  return found;
}

/** Addresses of all `struct proc`, newest first. */
export function* processes(target: Target): Generator<bigint> {
  const first = target.global('allproc').member('lh_first').unsigned();
  yield* walkChain(target.memory, { first, linkOffset: 0n }, 'allproc');
}

/** Addresses of the `struct thread`s of a process, oldest first. */
export function* threadsOf(target: Target, process: bigint): Generator<bigint> {
  const first = target.value('struct proc', process).path('p_threads.tqh_first').unsigned();
  const link = target.value('struct thread', 0n).member('td_plist').address ?? 0n;
  yield* walkChain(target.memory, { first, linkOffset: link, limit: threadLimit }, 'p_threads');
}

export function* allThreads(target: Target): Generator<bigint> {
  for (const process of processes(target)) yield* threadsOf(target, process);
}

export function pid(target: Target, process: bigint): bigint {
  return target.value('struct proc', process).member('p_pid').unsigned();
}

export function processName(target: Target, process: bigint): string {
  return target.value('struct proc', process).member('p_comm').text(20) ?? '';
}

/** @throws LookupError when no process has that pid */
export function processByPid(target: Target, wanted: bigint): bigint {
  for (const process of processes(target)) if (pid(target, process) === wanted) return process;
  throw new LookupError(`no process has pid ${wanted}`);
}

export function tid(target: Target, thread: bigint): bigint {
  return target.value('struct thread', thread).member('td_tid').unsigned();
}

/** `struct proc` of a thread. */
export function processOf(target: Target, thread: bigint): bigint {
  return target.value('struct thread', thread).member('td_proc').unsigned();
}

/** `struct vmspace` of a thread's process; 0 when it has none. */
export function vmspaceOf(target: Target, thread: bigint): bigint {
  const process = processOf(target, thread);
  return process === 0n ? 0n : target.value('struct proc', process).member('p_vmspace').unsigned();
}
