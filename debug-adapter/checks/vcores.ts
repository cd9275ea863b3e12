/** Are the vcores of each process on its lists, and the lists whole? */
import { cores, functionsOf } from '../facts/akaros/cores.ts';
import { hex, structure } from '../facts/akaros/evidence.ts';
import { pid, processes } from '../facts/akaros/processes.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';
import type { Check, Finding } from './check.ts';

const check = 'vcores';

const moving = ['__proc_unmap_vcore', '__proc_give_core'];

const lists = ['online_vcs', 'bulk_preempted_vcs', 'inactive_vcs'] as const;

export const vcores: Check = {
  name: check,
  summary: "each vcore of a process is on one of the process's lists, whose links agree",
  source: 'akaros, kern/include/env.h and kern/src/process.c: vcore lists of struct proc',
  applies: (target) =>
    target.findType('struct vcore') !== undefined && target.hasGlobal('pid_hash'),
  *run(target) {
    // Between two lists a vcore is on none.
    const isMoving = cores(target).some((core) =>
      functionsOf(target, core.id).some((name) => moving.includes(name)),
    );
    for (const process of processes(target)) {
      const value = target.value('struct proc', process);
      const isGoing = value.path('p_kref.refcount').signed() === 0n;
      const verdict = isMoving || isGoing ? undefined : judge(target, value);
      if (verdict === undefined) continue;
      const procinfo = target.value('struct proc', process).member('procinfo').unsigned();
      const finding: Finding = {
        check,
        severity: 'ERROR',
        verdict: `pid ${pid(target, process)}: ${verdict}`,
        evidence: [
          structure('its procinfo', 'procinfo_t', procinfo, 'vcoremap num_vcores'),
          {
            spans: [{ kind: 'text', text: 'whose page that is' }],
            line: `${hex(procinfo)}::whatis`,
            address: procinfo,
          },
          { spans: [{ kind: 'text', text: 'VMCSs, by page' }], line: '::vmcs' },
        ],
      };
      yield finding;
    }
  },
};

/** What is wrong with the lists of a process. */
function judge(target: Target, process: Value): string | undefined {
  const map = process.path('procinfo->vcoremap');
  if (map.type.kind !== 'array' || map.address === undefined) return undefined;
  const count = map.type.count ?? 0;
  const own = new Set(
    Array.from({ length: count }, (_, index) => map.index(BigInt(index)).address),
  );
  for (const name of lists) {
    const head = process.member(name);
    let from = head.address ?? 0n;
    let at = head.member('tqh_first').unsigned();
    while (at !== 0n) {
      if (!own.delete(at))
        return `${name} leads to ${hex(at)}, which is no vcore of its own or is listed twice`;
      const link = target.value('struct vcore', at).member('list');
      const back = link.member('tqe_prev').unsigned();
      if (back !== from)
        return `${name} is broken at vcore ${hex(at)}: tqe_prev is ${hex(back)}, expected ${hex(from)}`;
      from = link.address ?? 0n;
      at = link.member('tqe_next').unsigned();
    }
  }
  return own.size === 0 ? undefined : `${own.size} of ${count} vcores are on no list`;
}
