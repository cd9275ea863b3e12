/** Is every thread's context-operator list whole: does it end as its layout says, without a loop or a bad link? */
import { hex, functionsOnCpu, threadChains } from '../facts/illumos/chains.ts';
import { ctxOpLayout, type ChainProblem } from '../facts/illumos/ctxop.ts';
import type { KernelThread, Target } from '../target/target.ts';
import type { Check } from './check.ts';

const editors = new Set(['installctx', 'removectx', 'freectx', 'freectx_ctx']);

export const ctxopList: Check = {
  name: 'ctxop_list',
  summary: 'context-operator lists end, and their links agree',
  source: 'illumos-gate, usr/src/uts/common/os/thread.c; illumos 12477',
  applies: (target) => ctxOpLayout(target) !== undefined,
  *run(target) {
    let whole = 0;
    for (const { thread, chain } of threadChains(target)) {
      if (!chain.problem) {
        whole++;
        continue;
      }
      const isBeingModified = isUnderEdit(target, thread);
      yield {
        check: 'ctxop_list',
        severity: isBeingModified ? 'NOTE' : 'ERROR',
        verdict: isBeingModified
          ? `list is being modified on CPU ${thread.cpu}`
          : `thread ${hex(thread.address)}: ${describe(chain.problem)}`,
        evidence: [
          {
            spans: [{ kind: 'text', text: `${chain.ops.length} operators can be read before it` }],
            line: `${hex(thread.address)}::walk ctxop | ::print "struct ctxop" next`,
            address: chain.problem.at,
          },
        ],
      };
    }
    if (whole > 0) {
      yield {
        check: 'ctxop_list',
        severity: 'OK',
        verdict: `${whole} ctxop lists are whole`,
        evidence: [],
      };
    }
  },
};

/** The owner is between the stores of a list change: the links may disagree for a moment. */
function isUnderEdit(target: Target, thread: KernelThread): boolean {
  if (!functionsOnCpu(target, thread).some((name) => editors.has(name))) return false;
  return target.value('kthread_t', thread.address).member('t_preempt').unsigned() > 0n;
}

function describe(problem: ChainProblem): string {
  switch (problem.kind) {
    case 'broken':
      return `ctxop list broken at ${hex(problem.at)}: next->prev is ${hex(problem.found)}`;
    case 'freed':
      return `${hex(problem.at)} is freed${problem.from === undefined ? '' : ` (next of ${hex(problem.from)})`}`;
    case 'loop':
      return `list loops at ${hex(problem.at)} without passing the head`;
    case 'absent':
      return `${hex(problem.at)} is not mapped${problem.from === undefined ? '' : ` (next of ${hex(problem.from)})`}`;
    case 'too-long':
      return `list has more than 64 operators, at ${hex(problem.at)}`;
  }
}
