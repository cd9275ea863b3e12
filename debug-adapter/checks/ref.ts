/** Is each address space's count the number of references that can be found? Only a count of 0 needs no holder: somebody takes it down. */
import { perCpus, tid } from '../facts/freebsd/processes.ts';
import { exiting, holdersOf } from '../facts/freebsd/references.ts';
import { vmspaces, type Vmspace } from '../facts/freebsd/vmspaces.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding, Severity } from './check.ts';

const check = 'ref';

export const ref: Check = {
  name: check,
  summary: 'reference counts of address spaces against processes and borrowers',
  source: 'FreeBSD, vm/vm_map.c: vmspace_exit, vmspace_acquire_ref, vmspace_free; review D26923',
  applies: (target) =>
    target.findType('struct vmspace') !== undefined &&
    target.hasGlobal('__pcpu') &&
    target.hasGlobal('vmspace0'),
  *run(target) {
    for (const vmspace of vmspaces(target)) {
      const finding = judge(target, vmspace);
      if (finding) yield finding;
    }
  },
};

function judge(target: Target, vmspace: Vmspace): Finding | undefined {
  const { name, isFree, isPoisoned } = vmspace;
  const count = Number(vmspace.value.member('vm_refcnt').signed());
  if (isPoisoned) return undefined;
  if (isFree && count !== 0)
    return said(vmspace, 'BUG', `vmspace ${name} was resurrected: freed but refcnt ${count}`);
  if (isFree) return undefined;
  if (count === 0) return rundown(target, vmspace);
  const { processes, borrowers, moving } = holdersOf(target, vmspace);
  const found = processes.length + borrowers.length;
  // A reference on its way is counted before its holder shows it, or after: one for each thread that moves one.
  const isMoving = new Set(
    [...moving, ...(vmspace.isKernel ? exiting(target) : [])].map(({ thread }) => thread),
  );
  const difference = count - found;
  if (Math.abs(difference) <= isMoving.size) {
    const rest = difference === 0 ? '' : `, ${Math.abs(difference)} on its way`;
    return said(
      vmspace,
      'OK',
      `vmspace ${name}: refcnt ${count}, ${found} reference(s) found${rest}`,
    );
  }
  return difference > 0
    ? said(
        vmspace,
        'NOTE',
        `vmspace ${name}: ${difference} hidden reference(s): refcnt ${count}, ${found} found`,
      )
    : said(vmspace, 'BUG', `vmspace ${name}: refcnt ${count}, but ${found} reference(s) found`);
}

/** Nobody may take a new reference: exactly one thread is left, and it takes the address space down. */
function rundown(target: Target, vmspace: Vmspace): Finding {
  const { leaving } = holdersOf(target, vmspace);
  const threads = [...new Set(leaving.map(({ thread }) => thread))];
  const [only] = threads;
  if (only === undefined || threads.length > 1)
    return said(
      vmspace,
      'BUG',
      `vmspace ${vmspace.name} has refcnt 0 and ${threads.length} thread(s) take it down`,
    );
  const cpu = perCpus(target).find(({ currentThread }) => currentThread === only)?.id;
  const where = cpu === undefined ? 'on no cpu' : `on cpu ${cpu}`;
  return said(
    vmspace,
    'OK',
    `rundown in progress (1->0 rule) by tid ${tid(target, only)} ${where}`,
  );
}

function said(vmspace: Vmspace, severity: Severity, verdict: string): Finding {
  const hex = vmspace.address.toString(16);
  return {
    check,
    severity,
    verdict,
    evidence: [
      {
        spans: [
          { kind: 'text', text: 'vmspace ' },
          { kind: 'address', text: hex, address: vmspace.address },
        ],
        line: `${hex}::vmspace`,
        address: vmspace.address,
      },
    ],
  };
}
