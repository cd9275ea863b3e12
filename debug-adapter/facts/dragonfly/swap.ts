/** Swap: requests in flight, which block holds which page, and what lies there. */
import { walkChain, walkTree } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** Source: DragonFly, sys/xio.h: pages that a request holds at most without a list of its own. */
const pageLimit = 8n;

/** Buffers that a device works on: `struct buf`. */
export function* busyBuffers(target: Target): Generator<Value> {
  if (!target.hasGlobal('swbuf')) return;
  const table = target.global('swbuf');
  const count = table.type.kind === 'array' ? (table.type.count ?? 0) : 0;
  for (let index = 0; index < count; index++) {
    const buffer = table.index(BigInt(index));
    if (buffer.member('b_cmd').unsigned() !== 0n) yield buffer;
  }
}

/** Pages of a buffer, as far as it has been filled in: `struct vm_page`. */
export function* pagesOfBuffer(target: Target, buffer: Value): Generator<Value> {
  const count = buffer.path('b_xio.xio_npages').unsigned();
  const pages = buffer.path('b_xio.xio_pages');
  for (let index = 0n; index < count && index < pageLimit; index++) {
    const page = pages.index(index).unsigned();
    if (page !== 0n) yield target.value('struct vm_page', page);
  }
}

/** CRC-32C of bytes. Source: RFC 3720, 12.1. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0);
  }
  return ~crc >>> 0;
}

/** Addresses of all `struct vm_object` that the kernel's hash knows. */
export function* objects(target: Target): Generator<bigint> {
  const table = target.global('vm_object_hash');
  const count = table.type.kind === 'array' ? (table.type.count ?? 0) : 0;
  for (let index = 0; index < count; index++) {
    const first = table.index(BigInt(index)).path('list.tqh_first').unsigned();
    yield* walkChain(target.memory, { first, linkOffset: 0n }, 'vm_object_hash');
  }
}

/** The `struct swblock`s in an object's tree, by index. */
export function* swblocks(target: Target, object: bigint): Generator<Value> {
  const root = target.value('struct vm_object', object).path('swblock_root.rbh_root').unsigned();
  const tree = { root, leftOffset: 0n, rightOffset: 8n };
  for (const address of walkTree(target.memory, tree, 'swblock_root'))
    yield target.value('struct swblock', address);
}

/** The `struct swblock`s that the allocator holds as free, the last freed first. */
export function* freeSwblocks(target: Target): Generator<Value> {
  if (!target.hasGlobal('swap_zone')) return;
  const first = target.global('swap_zone').member('zitems').unsigned();
  for (const address of walkChain(target.memory, { first, linkOffset: 0n }, 'swap_zone'))
    yield target.value('struct swblock', address);
}

/** What a freed item of a zone is filled with, behind its link. Source: our kernel's swap_meta.c, zfree. */
export const zonePoison = 0xdead_c0de_dead_c0den;

export interface SwapSlot {
  readonly swblock: bigint;
  /** Of the page in its object. */
  readonly pindex: bigint;
  readonly block: bigint;
}

const slotsPerBlock = 16n;
const noBlock = (1n << 64n) - 1n;

/** The slots of a swblock that name a block. */
export function* slotsOf(swblock: Value): Generator<SwapSlot> {
  const first = swblock.member('swb_index').unsigned();
  const pages = swblock.member('swb_pages');
  for (let slot = 0n; slot < slotsPerBlock; slot++) {
    const block = pages.index(slot).unsigned();
    if (block !== noBlock) yield { swblock: swblock.address ?? 0n, pindex: first + slot, block };
  }
}

/** Block of a page; undefined when its object has none for it. */
export function blockOf(target: Target, object: bigint, pindex: bigint): bigint | undefined {
  for (const swblock of swblocks(target, object))
    for (const slot of slotsOf(swblock)) if (slot.pindex === pindex) return slot.block;
  return undefined;
}

/** Blocks of the swap device that are taken, in order. */
export function* takenBlocks(target: Target): Generator<bigint> {
  if (!target.hasGlobal('swapblist')) return;
  const list = target.global('swapblist');
  const first = list.member('bl_first').unsigned();
  const count = list.member('bl_blocks').unsigned();
  const free = list.member('bl_bitmap').unsigned();
  for (let index = 0n; index < count && index < 64n; index++)
    if (((free >> index) & 1n) === 0n) yield first + index;
}

/** What lies in a block of the swap device; undefined when the dump does not have it. */
export function blockContents(target: Target, block: bigint): Uint8Array | undefined {
  if (!target.hasGlobal('swdevt') || !target.hasGlobal('swapblist')) return undefined;
  const index = block - target.global('swapblist').member('bl_first').unsigned();
  const device = target.global('swdevt');
  if (index < 0n || index >= device.member('sw_nblks').unsigned()) return undefined;
  const place = device.member('sw_pages').index(index).unsigned();
  return place === 0n ? undefined : target.memory.read(place, 4096);
}
