/** `::vpte` and the walker of a vkernel's guests: two levels of page tables next to each other. */
import { UsageError } from '../../../dump-format/errors.ts';
import type { Dcmd, Row, Walker } from '../../commands/command.ts';
import {
  guestPages,
  type GuestDifference,
  type GuestPage,
} from '../../facts/dragonfly/guest-tables.ts';
import { guestSpaces, pteFlags } from '../../facts/dragonfly/spaces.ts';
import { selected } from '../../facts/selected.ts';
import type { Target } from '../../target/target.ts';
import type { TreeNode } from '../kernel.ts';
import { fullAddressCell, headingRow, tableRow, type Column } from '../../print/table.ts';

const columns: readonly Column[] = [
  { heading: 'OWNER', width: 8, align: 'left' },
  { heading: 'VA', width: 16, align: 'left' },
  { heading: 'PA', width: 16, align: 'left' },
  { heading: 'HOST PTE', width: 12, align: 'left' },
  { heading: 'VPTE', width: 22, align: 'left' },
  { heading: 'STATE', width: 0, align: 'left' },
];

const states: Readonly<Record<GuestDifference, string>> = {
  frame: 'OTHER PAGE',
  writable: 'HOST WRITES',
  modified: 'HOST MODIFIED',
  silent: 'next write unseen',
};

export const vpte: Dcmd = {
  name: 'vpte',
  address: 'optional',
  summary: 'what the hardware maps for a vkernel’s guests, against the vkernel’s own entries',
  description:
    'The kernel below a vkernel copies entries of the vkernel’s page tables (VPTE) into those of the hardware (HOST PTE) when a guest faults. HOST MODIFIED: the guest ' +
    'has written and the vkernel can’t see it. HOST WRITES: the hardware allows what the vkernel does not. OTHER PAGE: they lead to different pages.',
  options: [{ letter: 's', argument: 'none', help: 'only entries that differ' }],
  origin: 'corewalk',
  examples: [
    { line: '::vpte', explains: 'every page of every guest' },
    { line: '801600000::vpte', explains: 'who has a page there' },
  ],
  *run(invocation) {
    const { target, options, isFirst, isPipeOut } = invocation;
    if (guestSpaces(target).length === 0) throw new UsageError('this kernel has no guests');
    if (isFirst && !isPipeOut) yield headingRow(columns);
    for (const page of selected(
      guestPages(target),
      invocation,
      (each, address) => each.address >> 12n === address >> 12n,
      'is in no page that a guest has mapped',
    ))
      if (!options.has('s') || page.difference !== undefined) yield row(page);
  },
};

function row({ space, address, host, virtual, difference }: GuestPage): Row {
  const cells = [
    { text: space.owner },
    fullAddressCell(address),
    fullAddressCell(host & 0x000f_ffff_ffff_f000n),
    { text: pteFlags(host) },
    { text: pteFlags(virtual.entry) },
    { text: difference === undefined ? 'ok' : states[difference] },
  ];
  const data = { owner: space.owner, address, host, virtual: virtual.entry, difference };
  return tableRow(columns, cells, { value: address, data });
}

/** For the machine tree: what the hardware has of each guest, and where the two levels differ. */
export function* guestNodes(target: Target): Generator<TreeNode> {
  for (const { space, address, host, virtual, difference } of guestPages(target)) {
    const levels = `host ${pteFlags(host)}, VPTE ${pteFlags(virtual.entry)}`;
    const isWrong = difference !== undefined && difference !== 'silent';
    yield {
      label: `${space.owner} ${address.toString(16)}`,
      description: difference === undefined ? levels : `${states[difference]}: ${levels}`,
      line: `${address.toString(16)}::vpte`,
      icon: isWrong ? 'warning' : 'memory',
    };
  }
}

export const vkernelWalkers: readonly Walker[] = [
  {
    name: 'vmspace_entry',
    summary: 'walk the address spaces that the kernel below keeps for a vkernel',
    address: 'none',
    elementType: 'struct vmspace_entry',
    origin: 'corewalk',
    *walk(target) {
      for (const { entry } of guestSpaces(target)) yield entry;
    },
  },
];
