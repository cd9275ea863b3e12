/** DragonFly's CPUs, threads and processes, by the kernel's own lists. */
import { FaultError, LookupError } from '../../../dump-format/errors.ts';
import { walkChain } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** CPUs that the per-CPU table may have. */
const cpuLimit = 1024;

export interface PerCpu {
  readonly id: number;
  /** `struct privatespace`; its first member is the `mdglobaldata` that `%gs` points to. */
  readonly place: Value;
  readonly globaldata: Value;
  /** `struct thread`. */
  readonly currentThread: bigint;
}

/** CPUs that have booted and whose books can be read, in order. */
export function perCpus(target: Target): readonly PerCpu[] {
  return perCpuPlaces(target).flatMap(({ id, place }) => {
    try {
      const globaldata = place.path('mdglobaldata.mi');
      const currentThread = globaldata.member('gd_curthread').unsigned();
      return [{ id, place, globaldata, currentThread }];
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      return [];
    }
  });
}

/** What the per-CPU table names, readable or not. */
export function perCpuPlaces(target: Target): readonly Pick<PerCpu, 'id' | 'place'>[] {
  const table = target.global('CPU_prvspace');
  const count = table.type.kind === 'array' ? (table.type.count ?? 0) : 0;
  const found: Pick<PerCpu, 'id' | 'place'>[] = [];
  for (let id = 0; id < count && id < cpuLimit; id++) {
    const pointer = table.index(BigInt(id));
    if (pointer.unsigned() === 0n) break;
    found.push({ id, place: pointer.dereference() });
  }
  return found;
}

/** Addresses of all `struct proc`, newest first. */
export function* processes(target: Target): Generator<bigint> {
  const first = target.global('allproc').member('lh_first').unsigned();
  yield* walkChain(target.memory, { first, linkOffset: 0n }, 'allproc');
}

/** The lwps of a process, newest first. */
export function* lwps(target: Target, process: bigint): Generator<Value> {
  const first = target.value('struct proc', process).path('p_lwp_tree.rbh_root').unsigned();
  for (const address of walkChain(target.memory, { first, linkOffset: 0n }, 'lwp list'))
    yield target.value('struct lwp', address);
}

export function pid(target: Target, process: bigint): bigint {
  return target.value('struct proc', process).member('p_pid').unsigned();
}

export function processName(target: Target, process: bigint): string {
  return target.value('struct proc', process).member('p_comm').text(17) ?? '';
}

/** @throws LookupError when no process has that pid */
export function processByPid(target: Target, wanted: bigint): bigint {
  for (const process of processes(target)) if (pid(target, process) === wanted) return process;
  throw new LookupError(`no process has pid ${wanted}`);
}

/** Addresses of all `struct thread`, in the order of their making. */
export function* threadAddresses(target: Target): Generator<bigint> {
  const first = target.global('lwkt_allq').member('tqh_first').unsigned();
  yield* walkChain(target.memory, { first, linkOffset: 16n }, 'lwkt_allq');
}

/** `vmspace` that a thread runs in; 0 for a kernel thread, and for none: a CPU that boots has no thread yet. */
export function vmspaceOf(target: Target, thread: bigint): bigint {
  if (thread === 0n) return 0n;
  const lwp = target.value('struct thread', thread).member('td_lwp');
  return lwp.unsigned() === 0n ? 0n : lwp.dereference().member('lwp_vmspace').unsigned();
}

/** Names of the functions on a CPU's stack, innermost first. */
export function functionsOf(target: Target, cpu: number): readonly string[] {
  const names: string[] = [];
  if (!target.cpus.some((each) => each.index === cpu)) return names;
  for (const frame of target.stack({ kind: 'cpu', cpu })) {
    names.push((target.symbolize(frame.lookupAddress) ?? '').replace(/\+.*$/, ''));
    if (names.length >= 64) break;
  }
  return names;
}

/** `struct lwp` members in one line: `812/1`; `-` for a kernel thread. */
export function lwpName(target: Target, thread: bigint): string {
  if (thread === 0n) return '-';
  const lwp = target.value('struct thread', thread).member('td_lwp');
  if (lwp.unsigned() === 0n) return '-';
  const { lwp_proc: process, lwp_tid: tid } = {
    lwp_proc: lwp.dereference().member('lwp_proc').unsigned(),
    lwp_tid: lwp.dereference().member('lwp_tid').unsigned(),
  };
  return `${pid(target, process)}/${tid}`;
}
