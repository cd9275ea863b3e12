/** Does a store to an address space wait in a CPU's buffer although the CPU's reference is gone? Whoever takes the last one won't see it. */
import { threadName } from '../facts/freebsd/frames.ts';
import { perCpus, vmspaceOf } from '../facts/freebsd/processes.ts';
import { holdersOf } from '../facts/freebsd/references.ts';
import { knowsVmspaces, vmspaces, type Vmspace } from '../facts/freebsd/vmspaces.ts';
import { pathAtOffset } from '../target/members.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';
import type { Check, Finding } from './check.ts';

const check = 'fences';

/** Stores that one CPU may hold back. */
const storeLimit = 256;

export const fences: Check = {
  name: check,
  summary: 'what a thread stored in an address space is visible before its reference is gone',
  source: 'FreeBSD review D26923; sys/refcount.h: a release fence before the count drops',
  applies: knowsVmspaces,
  *run(target) {
    if (!target.hardware) {
      yield { check, severity: 'SKIPPED', verdict: 'no store buffers in this dump', evidence: [] };
      return;
    }
    const users = vmspaces(target).filter(({ isKernel }) => !isKernel);
    for (const { id, currentThread } of perCpus(target)) {
      for (const store of bufferedStores(target.hardware.cpu(id))) {
        const at = store.member('addr').unsigned();
        const space = users.find(({ address, pmap }) => at >= address && at < pmap);
        if (space && currentThread !== 0n && !holds(target, currentThread, space))
          yield late(target, id, currentThread, at, space);
      }
    }
  },
};

function* bufferedStores(cpu: Value): Generator<Value> {
  const count = cpu.member('sb_n').unsigned();
  const stores = cpu.member('sb');
  for (let index = 0n; index < count && index < BigInt(storeLimit); index++)
    yield stores.index(index);
}

function holds(target: Target, thread: bigint, space: Vmspace): boolean {
  const { borrowers, moving } = holdersOf(target, space);
  return (
    vmspaceOf(target, thread) === space.address ||
    [...borrowers, ...moving].some((frame) => frame.thread === thread)
  );
}

function late(target: Target, cpu: number, thread: bigint, at: bigint, space: Vmspace): Finding {
  const path = pathAtOffset(target.type('struct vmspace'), Number(at - space.address))?.path ?? '?';
  const hex = space.address.toString(16);
  const hardware = target.hardware?.cpu(cpu).address ?? 0n;
  return {
    check,
    severity: 'BUG',
    verdict:
      `cpu ${cpu} still holds its store to ${path} of vmspace ${space.name}, and ${threadName(target, thread)} has given its reference back: ` +
      `no lock guards ${path} and no fence stands before the count; what the pmap lock or the map lock guards needs none`,
    evidence: [
      {
        spans: [{ kind: 'text', text: `store buffer of cpu ${cpu}` }],
        line: `${hardware.toString(16)}::print struct sim_cpu sb_n sb[0]`,
        address: hardware,
      },
      {
        spans: [
          { kind: 'text', text: 'vmspace ' },
          { kind: 'address', text: hex, address: space.address },
        ],
        line: `${hex}::print struct vmspace ${path} vm_refcnt`,
        address: space.address,
      },
    ],
  };
}
