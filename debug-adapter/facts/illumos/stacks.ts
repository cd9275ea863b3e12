/** Kernel stacks of illumos threads: from `t_stkbase` up to `t_stk`. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Target } from '../../target/target.ts';

export interface KernelStack {
  /** Lowest address. */
  readonly base: bigint;
  /** One past the highest. */
  readonly top: bigint;
}

/** Bytes of a default kernel stack, used where the thread structure has no `t_stkbase` (illumos-gate, i86pc: five pages). */
export const defaultStackSize = 0x5000n;

/** @param thread address of a `kthread_t` */
export function stackOf(target: Target, thread: bigint): KernelStack | undefined {
  try {
    const value = target.value('kthread_t', thread);
    const stack = value.member('t_stk').unsigned();
    if (stack === 0n) return undefined;
    // t_stk points at the first frame, within the last page; the stack ends at that page's end.
    const top = (stack + 0xfffn) & ~0xfffn;
    const base = value.hasMember('t_stkbase') ? value.member('t_stkbase').unsigned() : 0n;
    return { base: base === 0n ? top - defaultStackSize : base, top };
  } catch (error) {
    if (error instanceof FaultError) return undefined;
    throw error;
  }
}
