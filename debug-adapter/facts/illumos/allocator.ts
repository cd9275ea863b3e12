/** illumos's kmem as `::findleaks` reads it: what is given out, and which memory keeps nothing alive. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Allocator, MemoryRange } from '../../kernels/kernel.ts';
import type { Target } from '../../target/target.ts';
import { allThreads, describeThread } from './kernel.ts';
import { kmemAllocations, kmemMemory } from './kmem.ts';
import { stackOf } from './stacks.ts';

export function allocator(target: Target): Allocator {
  return {
    allocations: () => kmemAllocations(target),
    *silent() {
      yield* kmemMemory(target);
      yield* traceMemory(target);
      yield* unusedStacks(target);
    },
  };
}

/** The record of context operators tells of the past. */
function* traceMemory(target: Target): Generator<MemoryRange> {
  if (!target.hasGlobal('ctxtrace_buf')) return;
  const { address, type } = target.global('ctxtrace_buf');
  if (address !== undefined) yield { start: address, end: address + BigInt(type.size) };
}

/** Below the stack pointer lie the frames of calls that have returned. */
function* unusedStacks(target: Target): Generator<MemoryRange> {
  try {
    for (const thread of allThreads(target)) {
      const stack = stackOf(target, thread);
      const pointer = stackPointer(target, thread);
      if (stack && pointer !== undefined && pointer > stack.base && pointer <= stack.top)
        yield { start: stack.base, end: pointer };
    }
  } catch (error) {
    // A damaged thread list: the stacks behind the damage are searched whole.
    if (!(error instanceof FaultError)) throw error;
  }
}

function stackPointer(target: Target, thread: bigint): bigint | undefined {
  const { start } = describeThread(target, thread);
  if (start?.kind === 'registers') return start.registers.get('rsp');
  if (start?.kind !== 'cpu') return undefined;
  return target.cpus.find(({ index }) => index === start.cpu)?.registers.get('rsp');
}
