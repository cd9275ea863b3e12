/** The machine tree's processes, address spaces, invalidations, objects and swap. */
import { mapEntries, objectPages, pageFlags } from '../../facts/dragonfly/pages.ts';
import { lwps, perCpus, pid, processes, processName } from '../../facts/dragonfly/processes.ts';
import { pvEntries } from '../../facts/dragonfly/pv-entries.ts';
import {
  hasCpu,
  isLocked,
  offsetOfPmap,
  spaces,
  type Space,
} from '../../facts/dragonfly/spaces.ts';
import {
  busyBuffers,
  objects,
  pagesOfBuffer,
  slotsOf,
  swblocks,
} from '../../facts/dragonfly/swap.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';
import type { TreeNode } from '../kernel.ts';

export function* processNodes(target: Target): Generator<TreeNode> {
  for (const address of processes(target)) {
    const vmspace = target.value('struct proc', address).member('p_vmspace').unsigned();
    yield {
      label: processName(target, address),
      description: `pid ${pid(target, address)}, ${[...lwps(target, address)].length} lwp(s)`,
      line: `${hex(address)}::ps`,
      address,
      type: 'struct proc',
      icon: 'process',
      *children() {
        if (vmspace !== 0n) yield vmspaceNode(target, vmspace);
        for (const lwp of lwps(target, address)) yield lwpNode(lwp, vmspace);
      },
    };
  }
}

function vmspaceNode(target: Target, vmspace: bigint): TreeNode {
  const count = target.value('struct vmspace', vmspace).member('vm_refcnt').unsigned();
  return {
    label: 'vmspace',
    description: `strong, ${hex(vmspace)}, ${count} reference(s)`,
    line: `${hex(vmspace)}::refs "struct vmspace"`,
    address: vmspace,
    type: 'struct vmspace',
    icon: 'reference',
  };
}

/** An lwp counts no reference of its own; one that is elsewhere is in a vkernel's guest. */
function lwpNode(lwp: Value, vmspace: bigint): TreeNode {
  const own = lwp.member('lwp_vmspace').unsigned();
  const where = own === vmspace ? 'weak, the same vmspace' : `weak, in vmspace ${hex(own)}`;
  return {
    label: `lwp ${lwp.member('lwp_tid').unsigned()}`,
    description: where,
    line: `${hex(lwp.address ?? 0n)}::print struct lwp`,
    address: lwp.address ?? 0n,
    type: 'struct lwp',
    icon: 'weak-reference',
  };
}

export function* spaceNodes(target: Target): Generator<TreeNode> {
  for (const space of spaces(target)) {
    const active = perCpus(target).flatMap(({ id }) =>
      hasCpu(space.value.member('pm_active'), id) ? [id] : [],
    );
    const users = space.isKernel ? 'every cpu' : `cpus ${active.join(',') || '-'}`;
    const lock = isLocked(space) ? ', invalidation in progress' : '';
    yield {
      label: space.owner,
      description: `cr3 ${hex(space.cr3)}, ${users}${lock}`,
      line: `${hex(space.pmap)}::pmap`,
      address: space.pmap,
      type: 'struct pmap',
      icon: 'memory',
      *children() {
        yield* mapNodes(target, space);
        yield* mappingNodes(target, space);
      },
    };
  }
}

function* mapNodes(target: Target, space: Space): Generator<TreeNode> {
  if (!space.isKernel && space.process === undefined) return;
  const map = space.isKernel
    ? target.global('kernel_vm_map')
    : target.value('struct vm_map', space.pmap - BigInt(offsetOfPmap(target)));
  for (const entry of mapEntries(target, map)) {
    const object = entry.member('object').unsigned();
    yield {
      label: `${hex(entry.member('start').unsigned())}-${hex(entry.member('end').unsigned())}`,
      description: object === 0n ? 'no object' : `strong, object ${hex(object)}`,
      line: `${hex(entry.address ?? 0n)}::print struct vm_map_entry start end object offset`,
      address: entry.address ?? 0n,
      type: 'struct vm_map_entry',
      icon: object === 0n ? 'object' : 'reference',
    };
  }
}

function* mappingNodes(target: Target, space: Space): Generator<TreeNode> {
  for (const { pv, address, page } of pvEntries(target, space.pmap))
    yield {
      label: `${hex(address)} -> page ${hex(page)}`,
      description: 'weak, by its pv entry',
      line: page === 0n ? `${hex(pv)}::print struct pv_entry` : `${hex(page)}::page`,
      address: pv,
      type: 'struct pv_entry',
      icon: 'weak-reference',
    };
}

const modes = ['done', 'store', 'cmpset'];

/** One command slot for each CPU that may send one. */
export function* invalidationNodes(target: Target): Generator<TreeNode> {
  const slots = target.global('invinfo');
  for (const { id } of perCpus(target)) {
    const slot = slots.index(BigInt(id));
    const cpus = (name: string): string =>
      perCpus(target)
        .flatMap((cpu) => (hasCpu(slot.member(name), cpu.id) ? [cpu.id] : []))
        .join(',') || '-';
    const mode = modes[Number(slot.member('mode').unsigned())] ?? '?';
    const isOver = cpus('mask') === '-' && cpus('done') === '-';
    const failed = slot.member('failed').unsigned() === 0n ? '' : ', the watchdog fired';
    yield {
      label: `command of CPU ${id}`,
      description: isOver
        ? `none in flight${failed}`
        : `${mode} at ${hex(slot.member('va').unsigned())}, not stopped: ${cpus('mask')}, not done: ${cpus('done')}${watchdog(target, id, slot)}${failed}`,
      line: `${hex(slot.address ?? 0n)}::print struct pmap_inval_info`,
      address: slot.address ?? 0n,
      type: 'struct pmap_inval_info',
      icon: failed === '' ? 'object' : 'warning',
    };
  }
}

/** When the command's time is over, seen from the CPU that waits. */
function watchdog(target: Target, cpu: number, slot: Value): string {
  const limit = slot.member('tsc_target').signed();
  if (!target.hardware || cpu >= target.hardware.count || limit === 0n) return '';
  const now = target.hardware.cpu(cpu).member('tsc').unsigned();
  const milliseconds = ((limit - now) * 1000n) / target.global('tsc_frequency').unsigned();
  return milliseconds >= 0n ? `, watchdog in ${milliseconds} ms` : ', watchdog is due';
}

export function* memoryNodes(target: Target): Generator<TreeNode> {
  for (const object of objects(target)) yield objectNode(target, object);
  for (const buffer of busyBuffers(target)) yield bufferNode(target, buffer);
}

function objectNode(target: Target, object: bigint): TreeNode {
  const value = target.value('struct vm_object', object);
  const number = (name: string): bigint => value.member(name).unsigned();
  return {
    label: `object ${hex(object)}`,
    description: `${number('resident_page_count')} page(s), ${number('ref_count')} reference(s), generation ${number('generation')}`,
    line: `${hex(object)}::refs "struct vm_object"`,
    address: object,
    type: 'struct vm_object',
    icon: 'object',
    *children() {
      for (const page of objectPages(target, object)) yield pageNode(page);
      for (const swblock of swblocks(target, object)) yield swblockNode(swblock);
    },
  };
}

function pageNode(page: Value): TreeNode {
  const at = page.address ?? 0n;
  return {
    label: `page ${hex(page.member('pindex').unsigned())}`,
    description: `pa ${hex(page.member('phys_addr').unsigned())} ${pageFlags(page.member('flags').unsigned())}`,
    line: `${hex(at)}::page`,
    address: at,
    type: 'struct vm_page',
    icon: 'memory',
  };
}

function swblockNode(swblock: Value): TreeNode {
  const at = swblock.address ?? 0n;
  const slots = [...slotsOf(swblock)].map(({ pindex, block }) => `${hex(pindex)} in ${hex(block)}`);
  return {
    label: 'swblock',
    description: slots.join(', '),
    line: `${hex(at)}::print struct swblock swb_index swb_count swb_pages`,
    address: at,
    type: 'struct swblock',
    icon: 'object',
  };
}

function bufferNode(target: Target, buffer: Value): TreeNode {
  const at = buffer.address ?? 0n;
  const pages = [...pagesOfBuffer(target, buffer)];
  const what = buffer.member('b_cmd').unsigned() === 1n ? 'swap read' : 'swap write';
  return {
    label: `${what} in flight`,
    description: `buf ${hex(at)}, ${pages.length} page(s)`,
    line: `${hex(at)}::print struct buf b_cmd b_error b_xio.xio_npages`,
    address: at,
    type: 'struct buf',
    icon: 'object',
    *children() {
      for (const page of pages) yield pageNode(page);
    },
  };
}

function hex(value: bigint): string {
  return value.toString(16);
}
