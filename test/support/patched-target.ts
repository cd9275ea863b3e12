/** Dumps in which a few members have other values: what a checker says of states that no scenario ends in. */
import assert from 'node:assert/strict';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import type { Value } from '../../debug-adapter/target/value.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';

/** A member and its new value, or an address and the bytes there. */
export type Patch = readonly [Value, bigint] | readonly [bigint, readonly number[]];

/** @param patches made of the dump as it is */
export function patchedTarget(
  bytes: Uint8Array,
  patches: (target: Target) => readonly Patch[],
): Target {
  const copy = Buffer.from(bytes);
  const whole = openTarget(openDump(bytesSource(bytes, 'whole')));
  for (const [place, value] of patches(whole)) {
    if (typeof place === 'bigint') {
      assert.ok(typeof value !== 'bigint');
      copy.set(value, fileOffset(whole, place));
      continue;
    }
    assert.ok(typeof value === 'bigint' && place.address !== undefined);
    const { size } = place.type;
    const word = Buffer.alloc(8);
    word.writeBigUInt64LE(BigInt.asUintN(64, value));
    copy.set(word.subarray(0, size), fileOffset(whole, place.address));
  }
  return openTarget(openDump(bytesSource(copy, 'patched')));
}

/** Where an address lies in the file of a dump. */
export function fileOffset({ dump }: Target, address: bigint): number {
  for (const { virtualAddress: start, size, fileOffset: offset } of dump.segments)
    if (start !== undefined && address >= start && address - start < size)
      return offset + Number(address - start);
  return assert.fail(`${address.toString(16)} is not in the dump`);
}
