/** DragonFly's physical pages: the book of each frame, and whose it is now. */
import { walkChain, walkTree } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';
import { offsetOfPmap, spaces } from './spaces.ts';

const pageShift = 12n;

/** Source: DragonFly, vm/vm_page.h; one colour per queue in our kernel. */
const queueNames = ['PQ_NONE', 'PQ_FREE', 'PQ_INACTIVE', 'PQ_ACTIVE'];

const flagNames: readonly (readonly [bigint, string])[] = [
  [0x1n, 'PG_BUSY'],
  [0x2n, 'PG_WANTED'],
  [0x8n, 'PG_FICTITIOUS'],
  [0x10n, 'PG_WRITEABLE'],
  [0x20n, 'PG_MAPPED'],
  [0x40n, 'PG_ZERO'],
  [0x80n, 'PG_REFERENCED'],
  [0x200n, 'PG_SWAPINPROG'],
  [0x800n, 'PG_UNMANAGED'],
  [0x4000n, 'PG_SWAPPED'],
  [0x20000n, 'PG_SBUSY'],
];

/** `PG_WRITEABLE|PG_MAPPED`; `0` when none is set. */
export function pageFlags(flags: bigint): string {
  const names = flagNames.flatMap(([bit, name]) => ((flags & bit) === 0n ? [] : [name]));
  return names.length === 0 ? '0' : names.join('|');
}

export function queueName(queue: bigint): string {
  return queueNames[Number(queue)] ?? `queue ${queue}`;
}

/** `struct vm_page` of a physical address; undefined outside the frames that the books know. */
export function pageOf(target: Target, physical: bigint): Value | undefined {
  const index = (physical >> pageShift) - target.global('first_page').unsigned();
  if (index < 0n || index >= target.global('vm_page_array_size').unsigned()) return undefined;
  return target.global('vm_page_array').index(index);
}

export function isFree(page: Value): boolean {
  return page.member('queue').unsigned() === 1n;
}

/** One mapping of a page, by its pv entry. */
export interface PageMapping {
  readonly pv: bigint;
  readonly pmap: bigint;
  readonly address: bigint;
}

/** Who maps a page, in list order. */
export function* mappingsOf(target: Target, page: Value): Generator<PageMapping> {
  const first = page.path('md.pv_list.tqh_first').unsigned();
  for (const pv of walkChain(target.memory, { first, linkOffset: 16n }, 'pv_list')) {
    const value = target.value('struct pv_entry', pv);
    yield {
      pv,
      pmap: value.member('pv_pmap').unsigned(),
      address: mappedAddress(value),
    };
  }
}

/** A pv entry says where: the kernel's by page number, the vkernel's by address. */
function mappedAddress(pv: Value): bigint {
  if (pv.hasMember('pv_va')) return pv.member('pv_va').unsigned();
  return BigInt.asUintN(64, BigInt.asIntN(48, pv.member('pv_pindex').unsigned() << pageShift));
}

/** Objects that hold a vkernel's page table pages; these count as mapped and have no pv entry. */
export function pageTableObjects(target: Target): ReadonlySet<bigint> {
  const found = new Set<bigint>();
  for (const { value } of spaces(target)) {
    const object = pageTableObjectOf(value);
    if (object !== undefined) found.add(object);
  }
  return found;
}

/** The object of a vkernel's pmap that holds its page table pages; undefined for a kernel that has none. */
export function pageTableObjectOf(pmap: Value): bigint | undefined {
  const object = pmap.hasMember('pm_pteobj') ? pmap.member('pm_pteobj').unsigned() : 0n;
  return object === 0n ? undefined : object;
}

/** Addresses of the allocator's zones; each is one page. */
export function slabZones(target: Target): ReadonlySet<bigint> {
  const found = new Set<bigint>();
  if (!target.hasGlobal('zones')) return found;
  const table = target.global('zones');
  const count = table.type.kind === 'array' ? (table.type.count ?? 0) : 0;
  for (let index = 0; index < count; index++) {
    const first = table.index(BigInt(index)).unsigned();
    for (const zone of walkChain(target.memory, { first, linkOffset: 8n }, 'zone list'))
      found.add(zone);
  }
  return found;
}

/** Whose a frame is now, in words. */
export function frameOwner(target: Target, physical: bigint): string {
  const page = pageOf(target, physical);
  if (!page) return 'kernel memory outside vm_page_array';
  if (isFree(page)) return 'free page';
  const zones = slabZones(target);
  for (const { address } of mappingsOf(target, page))
    if (zones.has(address)) return 'kernel slab zone';
  const object = page.member('object').unsigned();
  const pindex = page.member('pindex').unsigned();
  if (object === target.symbolAddress('kernel_object'))
    return `kernel_object pindex ${pindex.toString(16)}`;
  const where = `object ${object.toString(16)} pindex ${pindex.toString(16)}`;
  const user = ownerOfObject(target, object);
  return user === undefined ? where : `${where} of ${user}`;
}

/** `pid 812`: the first process whose map shows an object. */
function ownerOfObject(target: Target, object: bigint): string | undefined {
  const offset = BigInt(offsetOfPmap(target));
  for (const space of spaces(target)) {
    if (space.process === undefined) continue;
    const map = target.value('struct vm_map', space.pmap - offset);
    for (const entry of mapEntries(target, map))
      if (entry.member('object').unsigned() === object) return space.owner;
  }
  return undefined;
}

/** The pages of an object, by pindex. */
export function* objectPages(target: Target, object: bigint): Generator<Value> {
  const root = target.value('struct vm_object', object).path('rb_memq.rbh_root').unsigned();
  const tree = { root, leftOffset: 16n, rightOffset: 24n };
  for (const page of walkTree(target.memory, tree, 'rb_memq'))
    yield target.value('struct vm_page', page);
}

/** Entries of a map, by address. */
export function* mapEntries(target: Target, map: Value): Generator<Value> {
  const head = map.address ?? 0n;
  const first = map.path('header.next').unsigned();
  const chain = { first, linkOffset: 8n, end: head };
  for (const entry of walkChain(target.memory, chain, 'map entries'))
    yield target.value('struct vm_map_entry', entry);
}
