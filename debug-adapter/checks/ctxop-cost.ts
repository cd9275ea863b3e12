/** What each context operator costs, by its stamps: for people who tune, never a verdict. */
import { hex, threadChains } from '../facts/illumos/chains.ts';
import { ctxOpLayout, judgeStamps } from '../facts/illumos/ctxop.ts';
import type { Check } from './check.ts';

export const ctxopCost: Check = {
  name: 'ctxop_cost',
  summary: 'ticks between the first and the last stamp of each round',
  source: 'illumos-gate, usr/src/uts/common/os/thread.c: stamps are taken before each call',
  applies: (target) => ctxOpLayout(target) !== undefined,
  *run(target) {
    for (const { thread, chain } of threadChains(target)) {
      const stamped = chain.ops.filter((op) => op.saveStamp !== 0n && op.restoreStamp !== 0n);
      if (stamped.length < 2 || judgeStamps(chain.ops).partial) continue;
      const saves = stamped.map((op) => op.saveStamp).toSorted(ascending);
      const restores = stamped.map((op) => op.restoreStamp).toSorted(ascending);
      yield {
        check: 'ctxop_cost',
        severity: 'OK',
        verdict: `thread ${hex(thread.address)}: save ${span(saves)} ticks, restore ${span(restores)} ticks, last stamp not counted`,
        evidence: [
          {
            spans: [{ kind: 'text', text: 'ticks per operator' }],
            line: `${hex(thread.address)}::ctxop`,
            address: thread.address,
          },
        ],
      };
    }
  },
};

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function span(sorted: readonly bigint[]): bigint {
  return (sorted.at(-1) ?? 0n) - (sorted[0] ?? 0n);
}
