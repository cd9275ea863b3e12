/** `::ps`, `::pid2proc`, `::vmspace` and walkers: processes, their address spaces, and what lies in them. */
import type { Dcmd, Row, Walker } from '../../commands/command.ts';
import { threadName } from '../../facts/freebsd/frames.ts';
import { pid, processByPid, processes, processName } from '../../facts/freebsd/processes.ts';
import { holdersOf } from '../../facts/freebsd/references.ts';
import { selected, selectedProcesses } from '../../facts/selected.ts';
import { zones } from '../../facts/freebsd/uma.ts';
import {
  cpusIn,
  hex16,
  vmspaceName,
  vmspaces,
  type Vmspace,
} from '../../facts/freebsd/vmspaces.ts';
import { headingRow, tableRow, addressCell, type Column } from '../../print/table.ts';
import { walkChain } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';

const processColumns: readonly Column[] = [
  { heading: 'PID', width: 5, align: 'right' },
  { heading: 'ADDR', width: 16, align: 'left' },
  { heading: 'STATE', width: 6, align: 'left' },
  { heading: 'VMSPACE', width: 16, align: 'left' },
  { heading: 'NAME', width: 0, align: 'left' },
];

const states = ['NEW', 'NORMAL', 'ZOMBIE'];

export const ps: Dcmd = {
  name: 'ps',
  address: 'optional',
  summary: 'list processes',
  examples: [{ line: '::ps', explains: 'every process' }],
  origin: 'mdb',
  *run(invocation) {
    const { target, isFirst, isPipeOut } = invocation;
    if (isFirst && !isPipeOut) yield headingRow(processColumns);
    for (const process of selectedProcesses(invocation, processes(target))) {
      const value = target.value('struct proc', process);
      const vmspace = value.member('p_vmspace').unsigned();
      const state = states[Number(value.member('p_state').unsigned())] ?? '?';
      yield tableRow(
        processColumns,
        [
          { text: pid(target, process).toString() },
          addressCell(process),
          { text: state },
          { kind: 'address', text: vmspaceName(target, vmspace), address: vmspace },
          { text: processName(target, process) },
        ],
        {
          value: process,
          object: { address: process, type: target.type('struct proc') },
          data: { pid: pid(target, process), process, state, vmspace },
        },
      );
    }
  },
};

export const pid2proc: Dcmd = {
  name: 'pid2proc',
  address: 'required',
  summary: 'struct proc of a pid',
  description: 'The pid is a number of the line like any other: 0t101 when the radix is 16.',
  examples: [{ line: '0t101::pid2proc | ::print struct proc p_comm', explains: 'its name' }],
  origin: 'mdb',
  *run({ target, address }) {
    const process = processByPid(target, address);
    yield {
      spans: [{ kind: 'address', text: process.toString(16), address: process }],
      value: process,
      object: { address: process, type: target.type('struct proc') },
    };
  },
};

export const vmspaceDcmd: Dcmd = {
  name: 'vmspace',
  address: 'optional',
  summary: 'address spaces: the count, who is counted, and who uses it without being counted',
  description:
    'A process counts for its p_vmspace, a borrower between vmspace_acquire_ref and vmspace_free. A CPU that has the pmap in curpmap does not count: it must let go first, ' +
    'unless its thread is the one that made the count 0 and takes the address space down.',
  examples: [
    { line: '::vmspace', explains: 'every address space, freed ones too' },
    {
      line: '0t100::pid2proc | ::print -d struct proc p_vmspace | ::vmspace',
      explains: 'that of one process',
    },
  ],
  origin: 'corewalk',
  *run(invocation) {
    const { target, isPipeOut } = invocation;
    const isMeant = (each: Vmspace, address: bigint): boolean => each.address === address;
    for (const each of selected(vmspaces(target), invocation, isMeant, 'is not a struct vmspace')) {
      yield headRow(target, each);
      if (!isPipeOut) yield* holderRows(target, each);
    }
  },
};

function headRow(target: Target, each: Vmspace): Row {
  const count = each.value.member('vm_refcnt').unsigned();
  const active = cpusIn(each.value.path('vm_pmap.pm_active')).join(' ');
  const state = each.isPoisoned
    ? 'FREED, filled with poison'
    : `${each.isFree ? 'FREED, ' : ''}refcount ${count}, pm_cr3 ${hex16(each.value.path('vm_pmap.pm_cr3').unsigned())}, pm_active {${active}}`;
  return {
    spans: [
      { kind: 'address', text: each.name, address: each.address },
      { kind: 'text', text: `: ${state}` },
    ],
    value: each.address,
    object: { address: each.address, type: target.type('struct vmspace') },
    data: { address: each.address, isFree: each.isFree, count },
  };
}

function* holderRows(target: Target, each: Vmspace): Generator<Row> {
  const held = holdersOf(target, each);
  const line = (strength: string, text: string, address?: bigint): Row => ({
    spans: [
      { kind: 'text', text: `    ${strength.padEnd(8)} ` },
      { kind: 'text', text, ...(address !== undefined && { address }) },
    ],
  });
  for (const process of held.processes)
    yield line('counted', `pid ${pid(target, process)} (${processName(target, process)})`, process);
  for (const { thread, function: name } of held.borrowers)
    yield line('counted', `${threadName(target, thread)} in ${name}`, thread);
  for (const cpu of held.cpus) yield line('implicit', `curpmap of cpu ${cpu}`);
}

export const walkers: readonly Walker[] = [
  {
    name: 'proc',
    summary: 'walk all processes',
    address: 'none',
    elementType: 'struct proc',
    origin: 'mdb',
    walk: (target) => processes(target),
  },
  {
    name: 'vmspace',
    summary: 'walk all address spaces that are in use',
    address: 'none',
    elementType: 'struct vmspace',
    origin: 'corewalk',
    *walk(target) {
      for (const each of vmspaces(target)) if (!each.isFree) yield each.address;
    },
  },
  chainWalker({
    name: 'vm_map_entry',
    summary: 'walk the entries of a struct vm_map, by address',
    elementType: 'struct vm_map_entry',
    head: ['struct vm_map', 'header.next'],
    link: 'next',
  }),
  chainWalker({
    name: 'vm_map_deferred',
    summary:
      'walk the map entries that a thread has taken out and will let go when the map is unlocked',
    elementType: 'struct vm_map_entry',
    head: ['struct thread', 'td_map_def_user'],
    link: 'defer_next',
  }),
  chainWalker({
    name: 'pv_chunk',
    summary: 'walk the chunks of mappings of a struct pmap',
    elementType: 'struct pv_chunk',
    head: ['struct pmap', 'pm_pvchunk.tqh_first'],
    link: 'pc_list',
  }),
  {
    name: 'uma_zone',
    summary: 'walk the zones of the allocator',
    address: 'none',
    elementType: 'struct uma_zone',
    origin: 'corewalk',
    *walk(target) {
      for (const zone of zones(target)) yield zone.value.address ?? 0n;
    },
  },
];

/** A list that begins at a member of the object whose address is given. */
function chainWalker({
  head: [type, member],
  link,
  ...walker
}: Pick<Walker, 'name' | 'summary'> & {
  readonly elementType: string;
  /** Type of the object and path of the pointer to the first element. */
  readonly head: readonly [type: string, member: string];
  /** Member of an element that is the link, or begins with it. */
  readonly link: string;
}): Walker {
  return {
    ...walker,
    address: 'required',
    origin: 'corewalk',
    *walk(target, start = 0n) {
      const first = target.value(type, start).path(member).unsigned();
      const linkOffset = target.value(walker.elementType, 0n).member(link).address ?? 0n;
      yield* walkChain(target.memory, { first, linkOffset }, member);
    },
  };
}
