/** What lies at an address by DragonFly's own books: slabs, swap metadata, kernel stacks, pages. */
import type { Row } from '../../commands/command.ts';
import { frameOwner, mappingsOf, pageOf } from '../../facts/dragonfly/pages.ts';
import { lwpName, threadAddresses } from '../../facts/dragonfly/processes.ts';
import { chunkAt } from '../../facts/dragonfly/slab.ts';
import { directMap, mappingOf, spaces } from '../../facts/dragonfly/spaces.ts';
import { freeSwblocks, objects, swblocks } from '../../facts/dragonfly/swap.ts';
import type { Target } from '../../target/target.ts';

/** Most specific first. */
export function* whatis(target: Target, address: bigint): Generator<Row> {
  const chunk = chunkAt(target, address);
  if (chunk) {
    const state = chunk.isFree ? 'freed' : 'allocated';
    const where = `a chunk of ${chunk.size} in the slab zone ${hex(chunk.zone)}`;
    yield row(address, `${place(address, chunk.address)}, ${state}, ${where}`);
  }
  yield* swblockRow(target, address);
  yield* stackRow(target, address);
  yield* bookRow(target, address);
  yield* pageRow(target, address);
}

function* swblockRow(target: Target, address: bigint): Generator<Row> {
  if (!target.hasGlobal('vm_object_hash') || !target.findType('struct swblock')) return;
  const size = BigInt(target.type('struct swblock').size);
  const holds = (start: bigint): boolean => address >= start && address < start + size;
  for (const { address: at = 0n } of freeSwblocks(target))
    if (holds(at)) yield row(address, `${place(address, at)}, freed, a struct swblock`);
  for (const object of objects(target))
    for (const { address: at = 0n } of swblocks(target, object))
      if (holds(at))
        yield row(address, `${place(address, at)}, a struct swblock of object ${hex(object)}`);
}

function* stackRow(target: Target, address: bigint): Generator<Row> {
  for (const thread of threadAddresses(target)) {
    const value = target.value('struct thread', thread);
    const base = value.member('td_kstack').unsigned();
    const size = value.member('td_kstack_size').unsigned();
    if (address >= base && address < base + size)
      yield row(
        address,
        `in thread ${hex(thread)}'s stack (${value.member('td_comm').text(17) ?? ''} ${lwpName(target, thread)})`,
      );
  }
}

/** An address inside the book of a page. */
function* bookRow(target: Target, address: bigint): Generator<Row> {
  const { address: start = 0n } = target.global('vm_page_array');
  const size = BigInt(target.type('struct vm_page').size);
  const index = (address - start) / size;
  if (address < start || index >= target.global('vm_page_array_size').unsigned()) return;
  const at = start + index * size;
  const physical = target.value('struct vm_page', at).member('phys_addr').unsigned();
  yield row(
    address,
    `${place(address, at)}, the book of physical page ${hex(physical)}: ${frameOwner(target, physical)}`,
  );
}

/** An address of the kernel that leads to a page with a book: through the direct map, or a mapping of its own. */
function* pageRow(target: Target, address: bigint): Generator<Row> {
  const kernel = spaces(target).find((space) => space.isKernel);
  const physical = kernel && mappingOf(target, kernel.root, address).physical;
  const book = physical === undefined ? undefined : pageOf(target, physical);
  if (!book || physical === undefined) return;
  const at = book.address ?? 0n;
  const count = [...mappingsOf(target, book)].length;
  const way = address >= directMap && address < directMap + (1n << 40n) ? ' by the direct map' : '';
  yield row(
    at,
    `in page ${hex(at)}${way} (${count} mapping${count === 1 ? '' : 's'}): ${frameOwner(target, physical)}`,
    address,
  );
}

function place(address: bigint, start: bigint): string {
  return address === start ? hex(start) : `${hex(start)}+${hex(address - start)}`;
}

function row(value: bigint, what: string, address = value): Row {
  return {
    spans: [
      { kind: 'address', text: hex(address), address },
      { kind: 'text', text: ` is ${what}` },
    ],
    value,
    data: { address, what },
  };
}

function hex(value: bigint): string {
  return value.toString(16);
}
