/** What the machine tree shows of FreeBSD: address spaces with those who count, and those who use them without counting. */
import { threadName } from '../../facts/freebsd/frames.ts';
import { perCpus, pid, processName } from '../../facts/freebsd/processes.ts';
import { holdersOf } from '../../facts/freebsd/references.ts';
import { cpusIn, vmspaces, type Vmspace } from '../../facts/freebsd/vmspaces.ts';
import type { Target } from '../../target/target.ts';
import type { TreeNode, TreePlace } from '../kernel.ts';

export function* treeChildren(target: Target, place: TreePlace): Generator<TreeNode> {
  if (place.kind === 'machine')
    yield {
      label: 'address spaces',
      line: '::vmspace',
      icon: 'list',
      children: () => vmspaceNodes(target),
    };
  if (place.kind === 'cpu') yield* cpuNodes(target, place.cpu.index);
}

function* cpuNodes(target: Target, index: number): Generator<TreeNode> {
  const cpu = perCpus(target).find(({ id }) => id === index);
  const vmspace = cpu && vmspaces(target).find(({ pmap }) => pmap === cpu.curpmap);
  if (!cpu || !vmspace) return;
  yield {
    label: 'curpmap',
    description: `${vmspace.name}${vmspace.isFree ? ', FREED' : ''}`,
    line: `${vmspace.address.toString(16)}::vmspace`,
    address: cpu.curpmap,
    type: 'struct pmap',
    icon: vmspace.isFree ? 'warning' : 'memory',
  };
}

function* vmspaceNodes(target: Target): Generator<TreeNode> {
  for (const each of vmspaces(target)) {
    const count = each.value.member('vm_refcnt').unsigned();
    yield {
      label: each.name,
      description: each.isFree ? 'FREED' : `refcount ${count}`,
      line: `${each.address.toString(16)}::vmspace`,
      address: each.address,
      type: 'struct vmspace',
      icon: each.isFree ? 'warning' : 'memory',
      children: () => holderNodes(target, each, count),
    };
  }
}

function* holderNodes(target: Target, each: Vmspace, count: bigint): Generator<TreeNode> {
  const held = holdersOf(target, each);
  const explicit = held.processes.length + held.borrowers.length;
  yield {
    label: 'explicit references',
    description: each.isFree ? `${explicit}` : `${explicit} of ${count}`,
    icon: 'list',
    children: function* () {
      for (const process of held.processes)
        yield {
          label: `pid ${pid(target, process)}`,
          description: processName(target, process),
          address: process,
          type: 'struct proc',
          icon: 'process' as const,
        };
      for (const { thread, function: name } of held.borrowers)
        yield {
          label: threadName(target, thread),
          description: `borrowed in ${name}`,
          address: thread,
          type: 'struct thread',
          icon: 'thread' as const,
        };
    },
  };
  const active = each.isPoisoned ? [] : cpusIn(each.value.path('vm_pmap.pm_active'));
  yield {
    label: 'implicit references (curpmap)',
    description: `${held.cpus.length}, not counted; pm_active {${active.join(' ')}}`,
    icon: 'list',
    children: function* () {
      for (const cpu of held.cpus)
        yield { label: `CPU ${cpu}`, line: '::cpuinfo', icon: 'cpu' as const };
    },
  };
}
