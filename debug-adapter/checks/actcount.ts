/** How many address space switches does an exit cost? One, when the process is alone in its address space. */
import { perCpus } from '../facts/freebsd/processes.ts';
import type { Check, Evidence } from './check.ts';

const check = 'actcount';

/** Exits below which an average says nothing. */
const enough = 10n;

export const actcount: Check = {
  name: check,
  summary: 'calls of pmap_activate for each exit',
  source: 'FreeBSD review D26923: deactivating unconditionally "would be a pessimization"',
  applies: (target) =>
    target.findType('struct pcpu') !== undefined &&
    target.hasGlobal('__pcpu') &&
    target.global('__pcpu').index(0n).hasMember('pc_pmap_activate_cnt'),
  *run(target) {
    const sum = (member: string): bigint =>
      perCpus(target).reduce((total, { place }) => total + place.member(member).unsigned(), 0n);
    const [activations, exits] = [sum('pc_pmap_activate_cnt'), sum('pc_exit_cnt')];
    if (exits < enough) return;
    const each = Number((activations * 100n) / exits) / 100;
    const evidence: readonly Evidence[] = [
      {
        spans: [{ kind: 'text', text: `${activations} calls, ${exits} exits` }],
        line: '::walk cpu | ::print struct pcpu pc_pmap_activate_cnt pc_exit_cnt',
      },
    ];
    yield {
      check,
      severity: 'NOTE',
      verdict: `${each.toFixed(2)} pmap_activate per exit`,
      evidence,
    };
    if (each > 2)
      yield {
        check,
        severity: 'NOTE',
        verdict: 'unconditional deactivation (expected 1 for sole owners)',
        evidence,
      };
  },
};
