/** Linux's per-CPU variables: a symbol is an offset, and each CPU has its area. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Target } from '../../target/target.ts';

/** CPUs that a kernel of Linux can be built for (`CONFIG_NR_CPUS`). */
export const cpuLimit = 8192;

/**
 * Address of a CPU's own copy of a per-CPU variable.
 *
 * @throws LookupError, FaultError
 */
export function perCpuAddress(target: Target, symbol: string, cpu: number): bigint {
  if (cpu >= cpuLimit) throw new LookupError(`no cpu ${cpu}: the limit is ${cpuLimit} (cpuLimit)`);
  const bases = target.symbolAddress('__per_cpu_offset');
  const base = target.memory.readU64(bases + BigInt(cpu * 8));
  return BigInt.asUintN(64, base + target.symbolAddress(symbol));
}

/** Address of the `struct task_struct` that a CPU runs. @throws LookupError, FaultError */
export function currentTask(target: Target, cpu: number): bigint {
  // From Linux 6.2 to 6.14 the hot per-CPU variables were one structure.
  if (target.symbols.byName('pcpu_hot'))
    return target
      .value('struct pcpu_hot', perCpuAddress(target, 'pcpu_hot', cpu))
      .member('current_task')
      .unsigned();
  return target.memory.readU64(perCpuAddress(target, 'current_task', cpu));
}

/** Address of a CPU's idle task. @throws LookupError, FaultError */
export function idleTask(target: Target, cpu: number): bigint {
  const queue = perCpuAddress(target, 'runqueues', cpu);
  return target.value('struct rq', queue).member('idle').unsigned();
}
