/** A hardware note that does not fit the types: what needs it is missing, and the dump says so; all else is there. */
import assert from 'node:assert/strict';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { pagedAddress, tinyDump } from '../fuzz/tiny-dump.ts';

/** Where the note of the tiny dump has the size of `struct sim_cpu`: behind its header and its owner's name. */
const sizeOffset = 12 + 8 + 24;

describe('a damaged hardware note', () => {
  it('leaves memory without page tables, with a warning', () => {
    const bytes = Buffer.from(tinyDump());
    bytes[bytes.indexOf('SIMHW\0') - 12 + sizeOffset] = 31;
    const target = openTarget(openDump(bytesSource(bytes, 'vmcore')));
    assert.match(
      target.warnings.map(({ text }) => text).join('\n'),
      /struct sim_cpu has 31 bytes there, 32 in the type information; memory that only page tables map is not shown/,
    );
    assert.throws(() => target.memory.readU64(BigInt(`0x${pagedAddress}`)), /no mapping/);
    assert.equal(target.global('panicstr').text(20), 'it broke');
  });

  it('is what makes the difference', () => {
    const target = openTarget(openDump(bytesSource(tinyDump(), 'vmcore')));
    assert.deepEqual(target.warnings, []);
    assert.equal(target.memory.readU64(BigInt(`0x${pagedAddress}`) + 24n), 0x1234n);
  });
});
