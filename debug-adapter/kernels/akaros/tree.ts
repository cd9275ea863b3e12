/** What the machine tree shows of Akaros: who owns a core, whose address space it has loaded, which VMCS lingers. */
import { cores, type Core } from '../../facts/akaros/cores.ts';
import { holders, pid, processes, progname, weakPointers } from '../../facts/akaros/processes.ts';
import { freedKmalloc } from '../../facts/akaros/slab.ts';
import type { Target } from '../../target/target.ts';
import type { TreeNode, TreePlace } from '../kernel.ts';

export function* treeChildren(target: Target, place: TreePlace): Generator<TreeNode> {
  if (place.kind === 'machine') {
    yield { label: 'processes', line: '::ps', icon: 'list', children: () => processNodes(target) };
  } else if (place.kind === 'cpu') {
    const core = cores(target).find((each) => each.id === place.cpu.index);
    if (core) yield* coreNodes(target, core);
  }
}

function* coreNodes(target: Target, core: Core): Generator<TreeNode> {
  yield edge(target, 'address space loaded', 'cur_proc', core.currentProc);
  yield edge(target, 'owns core', 'owning_proc', core.owningProc);
  if (core.lingeringGuest !== 0n) {
    const isFreed = freedKmalloc(target, core.lingeringGuest) !== undefined;
    yield {
      label: 'lingering guest core',
      description: `${core.lingeringGuest.toString(16)}${isFreed ? ', FREED' : ''}`,
      line: `${core.lingeringGuest.toString(16)}::print struct guest_pcore`,
      address: core.lingeringGuest,
      type: 'struct guest_pcore',
      icon: isFreed ? 'warning' : 'object',
    };
  }
  if (core.hardwareVmcs !== undefined) {
    yield {
      label: 'current VMCS',
      description: `physical 0x${core.hardwareVmcs.toString(16)}`,
      line: '::vmcs',
      icon: 'register',
    };
  }
}

function edge(target: Target, label: string, member: string, process: bigint): TreeNode {
  if (process === 0n)
    return { label, description: `${member}: none`, line: '::pcpui', icon: 'process' };
  return {
    label,
    description: `${member}: ${pid(target, process)} ${progname(target, process)}`,
    line: `${process.toString(16)}::print struct proc`,
    address: process,
    type: 'struct proc',
    icon: 'process',
  };
}

function* processNodes(target: Target): Generator<TreeNode> {
  for (const address of processes(target)) {
    const count = target.value('struct proc', address).path('p_kref.refcount').signed();
    yield {
      label: progname(target, address),
      description: `pid ${pid(target, address)}, ${count} references`,
      line: `${address.toString(16)}::procref`,
      address,
      type: 'struct proc',
      icon: 'process',
      children: () => referenceNodes(target, address),
    };
  }
}

function* referenceNodes(target: Target, process: bigint): Generator<TreeNode> {
  for (const holder of holders(target, process)) {
    yield {
      label: holder.kind,
      description: `strong, ${holder.what}`,
      address: holder.address,
      icon: 'object',
    };
  }
  for (const weak of weakPointers(target, process)) {
    yield {
      label: weak.what,
      description: 'weak, not counted',
      address: weak.address,
      icon: 'object',
    };
  }
}
