/** Does a context operator's argument lie in a part of its thread's stack that is no longer in use? */
import { chainEvidence, hex, threadChains } from '../facts/illumos/chains.ts';
import { ctxOpLayout } from '../facts/illumos/ctxop.ts';
import { stackOf } from '../facts/illumos/stacks.ts';
import type { KernelThread, Target } from '../target/target.ts';
import type { Check } from './check.ts';

export const ctxopArgument: Check = {
  name: 'ctxop_arg',
  summary: 'operator arguments on a kernel stack belong to a live frame',
  source: 'bhyve vm_run keeps its vm_thread_ctx_t on the stack while the operator is installed',
  applies: (target) => ctxOpLayout(target) !== undefined,
  *run(target) {
    for (const { thread, chain } of threadChains(target)) {
      const stack = stackOf(target, thread.address);
      const pointer = stack && stackPointer(target, thread);
      if (!stack || pointer === undefined || pointer < stack.base || pointer > stack.top) continue;
      for (const op of chain.ops) {
        if (op.argument < stack.base || op.argument >= pointer) continue;
        yield {
          check: 'ctxop_arg',
          severity: 'ERROR',
          verdict: `ctxop ${hex(op.address)} arg ${hex(op.argument)} points into a dead stack frame`,
          evidence: chainEvidence(target, thread.address, chain.ops),
        };
      }
    }
  },
};

function stackPointer(target: Target, thread: KernelThread): bigint | undefined {
  if (!thread.start) return undefined;
  for (const frame of target.stack(thread.start)) return frame.stackPointer;
  return undefined;
}
