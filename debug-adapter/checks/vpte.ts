/** Does the hardware let a vkernel's guest do more than the vkernel's own page tables say, or know more? */
import {
  cpuChanging,
  guestPages,
  type GuestDifference,
  type GuestPage,
} from '../facts/dragonfly/guest-tables.ts';
import { guestSpaces, pteFlags } from '../facts/dragonfly/spaces.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'vpte';

const verdicts: Readonly<Record<GuestDifference, string>> = {
  frame: 'host PTE leads to another page than the VPTE',
  writable: 'host PTE allows writing, VPTE does not',
  modified:
    'host PTE is modified, VPTE is not: writes since the last clean are invisible to the vkernel',
  silent: 'next write will not fault',
};

export const vpte: Check = {
  name: check,
  summary: 'the hardware’s entries of each guest agree with the vkernel’s',
  source: 'DragonFly 95270b7e: pmap_clear_modify must clear VPTE_RW to force a fault',
  applies: (target) => guestSpaces(target).length > 0,
  *run(target) {
    for (const page of guestPages(target))
      if (page.difference !== undefined) yield finding(target, page, page.difference);
  },
};

function finding(target: Target, page: GuestPage, difference: GuestDifference): Finding {
  const { space, address, host, virtual } = page;
  const va = address.toString(16).padStart(16, '0');
  const worker = cpuChanging(target, space.pmap);
  const verdict = `guest va ${va}: ${verdicts[difference]}`;
  const severity = difference === 'silent' ? 'NOTE' : 'BUG';
  return {
    check,
    severity: worker === undefined ? severity : 'PENDING',
    verdict:
      worker === undefined ? verdict : `${verdict}; cpu ${worker.cpu} is in ${worker.function}`,
    evidence: [
      {
        spans: [
          { kind: 'text', text: `host PTE ${pteFlags(host)}, VPTE ${pteFlags(virtual.entry)}` },
        ],
        line: `${address.toString(16)}::pte${pidOf(space.owner)}`,
      },
    ],
  };
}

/** ` -p 40` */
function pidOf(owner: string): string {
  return owner.startsWith('pid ') ? ` -p ${owner.slice(4)}` : '';
}
