/** Did a context operator's restore run without its save? Then the list changed under the switch. (illumos 12478) */
import { chainEvidence, hex, threadChains } from '../facts/illumos/chains.ts';
import { ctxOpLayout } from '../facts/illumos/ctxop.ts';
import type { Check } from './check.ts';

export const ctxopUnbalanced: Check = {
  name: 'ctxop_unbalanced',
  summary: 'no operator was restored that was never saved',
  source: 'illumos 12478, installctx needs kpreempt_disable protection',
  applies: (target) => ctxOpLayout(target) !== undefined,
  *run(target) {
    for (const { thread, chain } of threadChains(target)) {
      for (const op of chain.ops) {
        if (op.restoreStamp === 0n || op.saveStamp !== 0n || op.save === 0n) continue;
        // What lwp_create put on a thread before its first switch is restored once before anything is saved.
        const wasSavedBefore = chain.ops.some(
          ({ saveStamp }) => saveStamp !== 0n && saveStamp < op.restoreStamp,
        );
        if (!wasSavedBefore) continue;
        yield {
          check: 'ctxop_unbalanced',
          severity: 'ERROR',
          verdict: `thread ${hex(thread.address)}: ctxop ${hex(op.address)} ${target.formatAddress(op.restore)}: restore ran without a save (see 12478)`,
          evidence: chainEvidence(target, thread.address, chain.ops),
        };
      }
    }
  },
};
