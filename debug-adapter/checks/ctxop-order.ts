/** Are context operators restored in the reverse order of saving where one depends on another? (illumos 12477) */
import { chainEvidence, hex, threadChains, type ThreadChain } from '../facts/illumos/chains.ts';
import { ctxOpLayout, ctxOpSubject, judgeStamps, type CtxOp } from '../facts/illumos/ctxop.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'ctxop_order';

export const ctxopOrder: Check = {
  name: check,
  summary: 'operators that depend on each other are restored in stack order',
  source: 'illumos 12477, ctxops should use stack ordering for save/restore',
  applies: (target) => ctxOpLayout(target) !== undefined,
  *run(target) {
    const independent: ThreadChain[] = [];
    let inStackOrder = 0;
    for (const each of threadChains(target)) {
      const { save, restore, partial } = judgeStamps(each.chain.ops);
      if (save.kind === 'mixed' || save.kind === 'oldest-first') {
        const at = save.kind === 'mixed' ? save.at : (each.chain.ops[0]?.address ?? 0n);
        yield finding(target, each, 'WARNING', `save order: NOT newest-first at ${hex(at)}`);
      }
      if (partial)
        yield finding(
          target,
          each,
          'NOTE',
          `thread ${hex(each.thread.address)}: partial ${partial} round`,
        );
      if (restore.kind === 'oldest-first') inStackOrder++;
      if (restore.kind !== 'newest-first') continue;
      const pair = dependentPair(target, each.chain.ops);
      if (pair) yield finding(target, each, 'ERROR', verdict(target, each, pair));
      else independent.push(each);
    }
    const first = independent[0];
    if (first) {
      const others = independent.length > 1 ? ` (and ${independent.length - 1} more threads)` : '';
      const text = 'old kernel: newest-first restore, ops on this thread are independent';
      yield finding(target, first, 'NOTE', `thread ${hex(first.thread.address)}: ${text}${others}`);
    }
    if (inStackOrder > 0) {
      const text = `restore order: least -> most recent (stack order, ok) on ${inStackOrder} threads`;
      yield { check, severity: 'OK', verdict: text, evidence: [] };
    }
  },
};

interface Pair {
  /** Installed later, works on the registers for somebody else. */
  readonly newer: CtxOp;
  /** The thread's own FPU operator. */
  readonly older: CtxOp;
}

/** An ascending restore is how every thread of an old kernel looks; it harms only where a newer op builds on an older one. */
function dependentPair(target: Target, ops: readonly CtxOp[]): Pair | undefined {
  const newer = ops.findIndex((op) => ctxOpSubject(target, op) === 'guest-fpu');
  if (newer < 0) return undefined;
  const older = ops.slice(newer + 1).find((op) => ctxOpSubject(target, op) === 'thread-fpu');
  const above = ops[newer];
  const isInverted =
    older && above && above.restoreStamp !== 0n && above.restoreStamp < older.restoreStamp;
  return isInverted ? { newer: above, older } : undefined;
}

function verdict(target: Target, { thread }: ThreadChain, { newer, older }: Pair): string {
  const delta = older.restoreStamp - newer.restoreStamp;
  return (
    `thread ${hex(thread.address)}: ${target.formatAddress(newer.restore)} restores before ` +
    `${target.formatAddress(older.restore)} (restore_ts delta ${delta}) although it was installed later; ` +
    'the older op then overwrites it'
  );
}

function finding(
  target: Target,
  each: ThreadChain,
  severity: Finding['severity'],
  text: string,
): Finding {
  return {
    check,
    severity,
    verdict: text,
    evidence: chainEvidence(target, each.thread.address, each.chain.ops),
  };
}
