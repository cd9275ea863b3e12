/** CRC-32C against known vectors. */
import assert from 'node:assert/strict';
import { crc32c } from '../../debug-adapter/facts/dragonfly/swap.ts';

describe('crc32c', () => {
  const page = Uint8Array.from({ length: 4096 }, (_, index) => (index * 7 + 3) & 0xff);
  const written = page.slice();
  new DataView(written.buffer).setUint32(0x10, 0xdeadbeef, true);

  for (const [name, bytes, crc] of [
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
    ['a page of zeros', new Uint8Array(4096), 0x98f94189],
    ['the page of DF-08', page, 0xed96b643],
    ['the same after the store', written, 0xd7866f19],
  ] as const)
    it(name, () => assert.equal(crc32c(bytes), crc));
});
