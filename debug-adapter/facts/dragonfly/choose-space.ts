/** Which address space a command means: a process's that was named, or the one that the address points to. */
import { UsageError } from '../../../dump-format/errors.ts';
import type { Target } from '../../target/target.ts';
import { perCpus, processByPid, vmspaceOf } from './processes.ts';
import { kernelHalf, offsetOfPmap, spaces, type Space } from './spaces.ts';

/**
 * @param pidText decimal; undefined for the kernel's or, below it, the space of the CPU that panicked
 * @throws UsageError when nothing says whose address it is; LookupError when no process has that pid
 */
export function spaceFor(target: Target, address: bigint, pidText: string | undefined): Space {
  const all = spaces(target);
  if (pidText !== undefined) {
    if (!/^\d+$/.test(pidText)) throw new UsageError(`${pidText} is no pid`);
    const process = processByPid(target, BigInt(pidText));
    const named = all.find((space) => space.process === process);
    if (named) return named;
    throw new UsageError(`pid ${pidText} has no address space`);
  }
  const found =
    address >= kernelHalf ? all.find((space) => space.isKernel) : currentSpace(target, all);
  if (!found) throw new UsageError('say whose address it is: -p pid');
  return found;
}

/** The space that the thread of the panicking CPU runs in; undefined for a kernel thread. */
function currentSpace(target: Target, all: readonly Space[]): Space | undefined {
  const cpu = perCpus(target).find(({ id }) => id === target.panicCpu.index);
  const vmspace = cpu === undefined ? 0n : vmspaceOf(target, cpu.currentThread);
  if (vmspace === 0n) return undefined;
  const pmap = vmspace + BigInt(offsetOfPmap(target));
  return all.find((space) => space.pmap === pmap);
}
