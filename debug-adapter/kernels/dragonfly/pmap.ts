/** `::pmap` and the walker of its mappings: address spaces as pmap.c sees them. */
import type { Dcmd, Invocation, Row, Walker } from '../../commands/command.ts';
import { spaceFor } from '../../facts/dragonfly/choose-space.ts';
import { perCpus } from '../../facts/dragonfly/processes.ts';
import { pvEntries } from '../../facts/dragonfly/pv-entries.ts';
import { selected } from '../../facts/selected.ts';
import {
  hasCpu,
  isLocked,
  mappingOf,
  pteFlags,
  spaces,
  type Space,
} from '../../facts/dragonfly/spaces.ts';
import {
  addressCell,
  fullAddressCell,
  headingRow,
  tableRow,
  type Column,
} from '../../print/table.ts';
import type { Target } from '../../target/target.ts';

const columns: readonly Column[] = [
  { heading: 'PMAP', width: 16, align: 'left' },
  { heading: 'OWNER', width: 11, align: 'left' },
  { heading: 'CR3', width: 16, align: 'left' },
  { heading: 'ACTIVE', width: 9, align: 'left' },
  { heading: 'LOCK', width: 4, align: 'left' },
  { heading: 'INVGEN', width: 6, align: 'right' },
  { heading: 'RESIDENT', width: 8, align: 'right' },
  { heading: 'WIRED', width: 5, align: 'right' },
];

export const pmap: Dcmd = {
  name: 'pmap',
  address: 'optional',
  summary: 'address spaces: their page tables, the CPUs that use them, invalidations',
  description:
    'ACTIVE lists the CPUs with a bit in pm_active. LOCK is EXCL while a CPU invalidates; INVGEN is odd then. With -v, every mapping that a ' +
    'pv entry knows, with its page table entry and its page.',
  options: [
    {
      letter: 'p',
      argument: 'text',
      argumentName: 'pid',
      help: 'only that of a process (decimal)',
    },
    { letter: 'v', argument: 'none', help: 'with the mappings' },
  ],
  examples: [
    { line: '::pmap', explains: 'all of them, the kernel’s first' },
    { line: '::pmap -v -p 812', explains: 'what process 812 has mapped' },
  ],
  origin: 'corewalk',
  *run(invocation) {
    const { target, options, isFirst, isPipeOut } = invocation;
    const wanted = chosen(invocation);
    if (isFirst && !isPipeOut) yield headingRow(columns);
    for (const space of wanted) {
      yield spaceRow(target, space);
      if (options.has('v') && !isPipeOut) yield* mappingRows(target, space);
    }
  },
};

function chosen(invocation: Invocation): Iterable<Space> {
  const { target, options } = invocation;
  const pid = options.text('p');
  if (pid !== undefined) return [spaceFor(target, 0n, pid)];
  const isMeant = ({ pmap: at }: Space, address: bigint): boolean => at === address;
  return selected(spaces(target), invocation, isMeant, 'is not a struct pmap');
}

function spaceRow(target: Target, space: Space): Row {
  const { pmap: at, value, owner, isKernel, root } = space;
  const active = perCpus(target).flatMap(({ id }) =>
    hasCpu(value.member('pm_active'), id) ? [id] : [],
  );
  const number = (path: string): bigint => value.path(path).unsigned();
  const invgen = value.hasMember('pm_invgen') ? number('pm_invgen') : undefined;
  const [resident, wired] = [number('pm_stats.resident_count'), number('pm_stats.wired_count')];
  return tableRow(
    columns,
    [
      addressCell(at),
      { text: owner },
      { text: root.toString(16).padStart(16, '0') },
      { text: isKernel ? 'always' : active.length === 0 ? '-' : active.join(',') },
      { text: isLocked(space) ? 'EXCL' : '-' },
      { text: invgen?.toString() ?? '-' },
      { text: resident.toString() },
      { text: wired.toString() },
    ],
    {
      value: at,
      object: { address: at, type: target.type('struct pmap') },
      data: { pmap: at, owner, root, active, isLocked: isLocked(space), invgen, resident, wired },
    },
  );
}

const mappingColumns: readonly Column[] = [
  { heading: '', width: 3, align: 'left' },
  { heading: 'VA', width: 16, align: 'left' },
  { heading: 'PTE', width: 16, align: 'left' },
  { heading: 'PAGE', width: 16, align: 'left' },
  { heading: 'FLAGS', width: 0, align: 'left' },
];

function* mappingRows(target: Target, space: Space): Generator<Row> {
  let isFirst = true;
  for (const { pv, address, page } of pvEntries(target, space.pmap)) {
    if (isFirst) yield headingRow(mappingColumns);
    isFirst = false;
    const { entry } = mappingOf(target, space.root, address);
    yield tableRow(
      mappingColumns,
      [
        { text: '' },
        fullAddressCell(address),
        { text: entry.toString(16).padStart(16, '0') },
        addressCell(page),
        { text: pteFlags(entry) },
      ],
      {
        object: { address: pv, type: target.type('struct pv_entry') },
        data: { pv, virtual: address, entry, page },
      },
    );
  }
}

export const pvWalker: Walker = {
  name: 'pv_entry',
  summary: 'walk the mappings of a struct pmap, by address; without one, of all',
  address: 'optional',
  elementType: 'struct pv_entry',
  origin: 'corewalk',
  *walk(target, start) {
    const pmaps = start === undefined ? spaces(target).map((space) => space.pmap) : [start];
    for (const each of pmaps) for (const { pv } of pvEntries(target, each)) yield pv;
  },
};
