/** Swap requests in flight. */
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

/** Pages of a buffer: `struct vm_page`. */
export function* pagesOfBuffer(target: Target, buffer: Value): Generator<Value> {
  const count = buffer.path('b_xio.xio_npages').unsigned();
  const pages = buffer.path('b_xio.xio_pages');
  for (let index = 0n; index < count && index < pageLimit; index++)
    yield target.value('struct vm_page', pages.index(index).unsigned());
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
