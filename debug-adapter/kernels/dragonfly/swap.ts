/** `::swap` and the walker of swap blocks: which page lies where on the swap device, and what is on its way there. */
import type { Dcmd, Row, Walker } from '../../commands/command.ts';
import {
  busyBuffers,
  objects,
  pagesOfBuffer,
  slotsOf,
  swblocks,
  takenBlocks,
  type SwapSlot,
} from '../../facts/dragonfly/swap.ts';
import { objectPages, pageFlags } from '../../facts/dragonfly/pages.ts';
import { addressCell, headingRow, tableRow, type Column } from '../../print/table.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

const columns: readonly Column[] = [
  { heading: 'BLOCK', width: 5, align: 'right' },
  { heading: 'OBJECT', width: 16, align: 'left' },
  { heading: 'PINDEX', width: 6, align: 'right' },
  { heading: 'PAGE', width: 16, align: 'left' },
  { heading: 'IO', width: 5, align: 'left' },
  { heading: 'STATE', width: 0, align: 'left' },
];

interface Slot extends SwapSlot {
  readonly object: bigint;
}

export const swap: Dcmd = {
  name: 'swap',
  address: 'optional',
  summary: 'swap blocks that are taken: whose page lies there, and what is on its way',
  description:
    'With an address, those of one struct vm_object. PAGE is the page in memory, if there is one. A block that is taken and that no object ' +
    'knows is lost: nobody will ever read or free it.',
  examples: [{ line: '::swap', explains: 'every block' }],
  origin: 'corewalk',
  *run({ target, hasAddress, address, isFirst, isPipeOut }) {
    if (isFirst && !isPipeOut) yield headingRow(columns);
    const chosen = hasAddress ? [address] : [...objects(target)];
    const slots = chosen.flatMap((object) => slotsOfObject(target, object));
    const requests = requestsByPage(target);
    const known = new Map(slots.map((slot) => [slot.block, slot]));
    const blocks = new Set([...(hasAddress ? [] : takenBlocks(target)), ...known.keys()]);
    for (const block of [...blocks].sort((left, right) => (left < right ? -1 : 1)))
      yield blockRow(target, block, known.get(block), requests);
  },
};

function slotsOfObject(target: Target, object: bigint): readonly Slot[] {
  return [...swblocks(target, object)].flatMap((swblock) =>
    [...slotsOf(swblock)].map((slot) => ({ ...slot, object })),
  );
}

/** `write` or `read`, by `struct vm_page`. */
function requestsByPage(target: Target): ReadonlyMap<bigint, string> {
  const found = new Map<bigint, string>();
  for (const buffer of busyBuffers(target)) {
    const what = buffer.member('b_cmd').unsigned() === 1n ? 'read' : 'write';
    for (const page of pagesOfBuffer(target, buffer)) found.set(page.address ?? 0n, what);
  }
  return found;
}

function blockRow(
  target: Target,
  block: bigint,
  slot: Slot | undefined,
  requests: ReadonlyMap<bigint, string>,
): Row {
  const page = slot && residentPage(target, slot);
  const at = page?.address;
  const state =
    slot === undefined ? 'no object knows it' : page === undefined ? 'out' : stateOf(page);
  return tableRow(
    columns,
    [
      { text: block.toString(16) },
      slot === undefined ? { text: '-' } : addressCell(slot.object),
      { text: slot?.pindex.toString(16) ?? '-' },
      at === undefined ? { text: '-' } : addressCell(at),
      { text: (at === undefined ? undefined : requests.get(at)) ?? '-' },
      { kind: slot === undefined ? 'error' : 'text', text: state },
    ],
    {
      ...(slot === undefined
        ? {}
        : {
            value: slot.swblock,
            object: { address: slot.swblock, type: target.type('struct swblock') },
          }),
      data: { block, object: slot?.object, pindex: slot?.pindex, page: at },
    },
  );
}

function residentPage(target: Target, { object, pindex }: Slot): Value | undefined {
  for (const page of objectPages(target, object))
    if (page.member('pindex').unsigned() === pindex) return page;
  return undefined;
}

function stateOf(page: Value): string {
  const isDirty = page.member('dirty').unsigned() !== 0n;
  return `${isDirty ? 'dirty' : 'clean'} ${pageFlags(page.member('flags').unsigned())}`;
}

export const swblockWalker: Walker = {
  name: 'swblock',
  summary: 'walk the swap blocks of a struct vm_object',
  address: 'required',
  elementType: 'struct swblock',
  origin: 'corewalk',
  *walk(target, start) {
    for (const each of swblocks(target, start ?? 0n)) yield each.address ?? 0n;
  },
};

export const objectWalker: Walker = {
  name: 'vm_object',
  summary: 'walk all objects that the kernel’s hash knows',
  address: 'none',
  elementType: 'struct vm_object',
  origin: 'corewalk',
  walk: (target) => objects(target),
};
