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
      // An operator that lwp_create put on a thread before its first switch has been restored once and saved never.
      const wasSaved = chain.ops.some((op) => op.saveStamp !== 0n);
      for (const op of chain.ops) {
        if (!wasSaved || op.restoreStamp === 0n || op.saveStamp !== 0n || op.save === 0n) continue;
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
