/** The threads of a target by address. */
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import type { Cpu, KernelThread, StackStart, Target } from './target.ts';

/** Threads that are indexed; a kernel with more is searched no further. */
export const threadIndexLimit = 1_000_000;

const indexes = new WeakMap<Target, Map<bigint, KernelThread>>();

/** The thread whose structure is at an address. A damaged thread list is searched as far as it can be read. */
export function threadAt(target: Target, address: bigint): KernelThread | undefined {
  let index = indexes.get(target);
  if (!index) {
    index = new Map();
    for (const thread of readableThreads(target)) {
      if (thread.address !== 0n) index.set(thread.address, thread);
      if (index.size >= threadIndexLimit) break;
    }
    indexes.set(target, index);
  }
  return index.get(address);
}

/** The threads up to the first one that can't be read. */
export function* readableThreads(target: Pick<Target, 'threads'>): Generator<KernelThread> {
  try {
    yield* target.threads();
  } catch (error) {
    if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
  }
}

/** @throws LookupError when the dump has no such CPU */
export function cpuByIndex(target: Target, index: number): Cpu {
  const cpu = target.cpus.find((each) => each.index === index);
  if (cpu) return cpu;
  const known = target.cpus.map((each) => each.index).join(' ');
  throw new LookupError(
    known === '' ? 'no registers in this dump' : `no cpu ${index}: the dump has ${known}`,
  );
}

/** Where a stack starts for an address that a user gives: a thread's saved context, else a frame pointer. */
export function stackStartAt(target: Target, address: bigint): StackStart {
  const thread = threadAt(target, address);
  if (!thread) return { kind: 'frame-pointer', framePointer: address };
  if (thread.start) return thread.start;
  throw new LookupError(`thread ${address.toString(16)} (${thread.state}) has no saved context`);
}
