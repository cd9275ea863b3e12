/** `::page`, `::pa2page`, `::pa2dmap`, `::pid2proc`, `::ps`, and walkers: physical pages and processes. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd, Row, Walker } from '../../commands/command.ts';
import {
  frameOwner,
  mapEntries,
  mappingsOf,
  objectPages,
  pageFlags,
  pageOf,
  queueName,
} from '../../facts/dragonfly/pages.ts';
import {
  lwps,
  pid,
  processByPid,
  processes,
  processName,
  threadAddresses,
} from '../../facts/dragonfly/processes.ts';
import { allMaps, usedPages } from '../../facts/dragonfly/books.ts';
import { busyBuffers } from '../../facts/dragonfly/swap.ts';
import { directMap, spaces } from '../../facts/dragonfly/spaces.ts';
import { selectedProcesses } from '../../facts/selected.ts';
import { addressCell, headingRow, tableRow, type Column } from '../../print/table.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

function valueRow(value: bigint, type?: Row['object']): Row {
  const span = { kind: 'address' as const, text: value.toString(16), address: value };
  return { spans: [span], value, ...(type === undefined ? {} : { object: type }) };
}

function pageAt(target: Target, physical: bigint): Value {
  const page = pageOf(target, physical);
  if (page) return page;
  throw new LookupError(`physical ${physical.toString(16)} is not in vm_page_array`);
}

export const pa2page: Dcmd = {
  name: 'pa2page',
  address: 'required',
  summary: 'struct vm_page of a physical address',
  examples: [{ line: '1a35000::pa2page | ::print struct vm_page flags', explains: 'its flags' }],
  origin: 'corewalk',
  *run({ target, address }) {
    const at = pageAt(target, address).address ?? 0n;
    yield valueRow(at, { address: at, type: target.type('struct vm_page') });
  },
};

export const pa2dmap: Dcmd = {
  name: 'pa2dmap',
  address: 'required',
  summary: 'where a physical address lies in the direct map',
  examples: [{ line: '1a35000::pa2dmap | ::dump', explains: 'what is in a frame' }],
  origin: 'corewalk',
  *run({ address }) {
    yield valueRow(address + directMap);
  },
};

export const pid2proc: Dcmd = {
  name: 'pid2proc',
  address: 'required',
  summary: 'struct proc of a pid',
  description: 'The pid is a number of the line like any other: 0t812 when the radix is 16.',
  examples: [{ line: '0t812::pid2proc | ::print struct proc p_comm', explains: 'its name' }],
  origin: 'mdb',
  *run({ target, address }) {
    const process = processByPid(target, address);
    yield valueRow(process, { address: process, type: target.type('struct proc') });
  },
};

export const page: Dcmd = {
  name: 'page',
  address: 'required',
  summary: 'the book of a physical page: flags, object, owner, who maps it',
  description: 'The address is a struct vm_page, or the physical address of a page.',
  examples: [{ line: '1a35000::page', explains: 'whose the frame is' }],
  origin: 'corewalk',
  *run({ target, address }) {
    const book = pageOf(target, address) ?? target.value('struct vm_page', address);
    const number = (name: string): bigint => book.member(name).unsigned();
    const at = book.address ?? 0n;
    const physical = number('phys_addr');
    const text =
      `page ${at.toString(16)} pa ${physical.toString(16).padStart(16, '0')} ${queueName(number('queue'))} flags ${pageFlags(number('flags'))} ` +
      `object ${number('object').toString(16)} pindex ${number('pindex').toString(16)} wire ${number('wire_count')} busy ${number('busy')}: ${frameOwner(target, physical)}`;
    yield {
      spans: [{ kind: 'text', text }],
      value: at,
      object: { address: at, type: target.type('struct vm_page') },
    };
    const owners = new Map(spaces(target).map((space) => [space.pmap, space.owner]));
    for (const { pv, pmap, address: va } of mappingsOf(target, book))
      yield {
        spans: [
          {
            kind: 'text',
            text: `    mapped at ${va.toString(16).padStart(16, '0')} in ${owners.get(pmap) ?? `pmap ${pmap.toString(16)}`} by pv `,
          },
          { kind: 'address', text: pv.toString(16), address: pv },
        ],
      };
  },
};

const processColumns: readonly Column[] = [
  { heading: 'PID', width: 5, align: 'right' },
  { heading: 'ADDR', width: 16, align: 'left' },
  { heading: 'VMSPACE', width: 16, align: 'left' },
  { heading: 'LWPS', width: 4, align: 'right' },
  { heading: 'NAME', width: 0, align: 'left' },
];

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
      yield tableRow(
        processColumns,
        [
          { text: pid(target, process).toString() },
          addressCell(process),
          addressCell(value.member('p_vmspace').unsigned()),
          { text: value.member('p_nthreads').unsigned().toString() },
          { text: processName(target, process) },
        ],
        { value: process, object: { address: process, type: target.type('struct proc') } },
      );
    }
  },
};

export const walkers: readonly Walker[] = [
  {
    name: 'buf',
    summary: 'walk swap requests in flight',
    address: 'none',
    elementType: 'struct buf',
    origin: 'corewalk',
    *walk(target) {
      for (const buffer of busyBuffers(target)) yield buffer.address ?? 0n;
    },
  },
  {
    name: 'vm_page',
    summary: 'walk the pages of a struct vm_object, by pindex; without one, all that are in use',
    address: 'optional',
    elementType: 'struct vm_page',
    origin: 'corewalk',
    *walk(target, start) {
      const pages = start === undefined ? usedPages(target) : objectPages(target, start);
      for (const each of pages) yield each.address ?? 0n;
    },
  },
  {
    name: 'proc',
    summary: 'walk all processes',
    address: 'none',
    elementType: 'struct proc',
    origin: 'corewalk',
    walk: (target) => processes(target),
  },
  {
    name: 'thread',
    summary: 'walk all threads',
    address: 'none',
    elementType: 'struct thread',
    origin: 'corewalk',
    walk: (target) => threadAddresses(target),
  },
  {
    name: 'pmap',
    summary: 'walk all pmaps, the kernel’s first',
    address: 'none',
    elementType: 'struct pmap',
    origin: 'corewalk',
    *walk(target) {
      for (const space of spaces(target)) yield space.pmap;
    },
  },
  {
    name: 'lwp',
    summary: 'walk the lwps of a struct proc; without one, of all processes',
    address: 'optional',
    elementType: 'struct lwp',
    origin: 'corewalk',
    *walk(target, start) {
      for (const process of start === undefined ? processes(target) : [start])
        for (const lwp of lwps(target, process)) yield lwp.address ?? 0n;
    },
  },
  {
    name: 'vm_map_entry',
    summary: 'walk the entries of a struct vm_map; without one, of all maps',
    address: 'optional',
    elementType: 'struct vm_map_entry',
    origin: 'corewalk',
    *walk(target, start) {
      const maps = start === undefined ? allMaps(target) : [target.value('struct vm_map', start)];
      for (const map of maps)
        for (const entry of mapEntries(target, map)) yield entry.address ?? 0n;
    },
  },
];
