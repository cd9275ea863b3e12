/** Is each address space's count the number of references that can be found? Only a count of 0 needs no holder: somebody takes it down. */
import { brokenStacks } from '../facts/freebsd/frames.ts';
import { tid } from '../facts/freebsd/processes.ts';
import {
  holdersOf,
  making,
  movingThreads,
  rundownBy,
  takersOf,
} from '../facts/freebsd/references.ts';
import { knowsVmspaces, vmspaces, type Vmspace } from '../facts/freebsd/vmspaces.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding, Severity } from './check.ts';

const check = 'ref';

export const ref: Check = {
  name: check,
  summary: 'reference counts of address spaces against processes and borrowers',
  source: 'FreeBSD, vm/vm_map.c: vmspace_exit, vmspace_acquire_ref, vmspace_free; review D26923',
  applies: knowsVmspaces,
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
  const { processes, borrowers } = holdersOf(target, vmspace);
  const found = processes.length + borrowers.length;
  const maker = found === 0 ? making(target) : undefined;
  if (maker !== undefined)
    return said(vmspace, 'OK', `vmspace ${name} is being made by tid ${tid(target, maker)}`);
  if (count === 0) return rundown(target, vmspace);
  const difference = count - found;
  if (Math.abs(difference) <= movingThreads(target, vmspace).size) {
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
    : unlessBroken(
        target,
        vmspace,
        `vmspace ${name}: refcnt ${count}, but ${found} reference(s) found`,
      );
}

/** Nobody may take a new reference: exactly one thread is left, and it takes the address space down. */
function rundown(target: Target, vmspace: Vmspace): Finding {
  const text = rundownBy(target, vmspace);
  if (text !== undefined) return said(vmspace, 'OK', text);
  const count = takersOf(target, vmspace).length;
  return unlessBroken(
    target,
    vmspace,
    `vmspace ${vmspace.name} has refcnt 0 and ${count} thread(s) take it down`,
  );
}

/** A BUG, unless a stack that does not unwind may hide the holder. */
function unlessBroken(target: Target, vmspace: Vmspace, verdict: string): Finding {
  const [broken] = brokenStacks(target);
  return broken === undefined
    ? said(vmspace, 'BUG', verdict)
    : said(
        vmspace,
        'NOTE',
        `${verdict}; the stack of tid ${tid(target, broken)} does not unwind: what it holds is not known`,
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
