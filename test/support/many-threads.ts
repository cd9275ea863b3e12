/** A dump with thousands of threads, made from one with a dozen: its sleeping threads are cloned into the list of all threads. */
import assert from 'node:assert/strict';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { PT_LOAD, programHeaderBytes } from '../../dump-format/elf/constants.ts';
import { openDump } from '../../dump-format/open-dump.ts';

/** Where the clones lie: in nothing that the sample kernel maps. */
const clonesAddress = 0xfffffea000000000n;
const clonesPhysicalAddress = 0x4_0000_0000n;

/** Offsets in the ELF64 header. */
const programHeaderOffset = 0x20;
const programHeaderCount = 0x38;

/**
 * @param core an illumos dump
 * @param count clones
 */
export function withManyThreads(core: Uint8Array, count: number): Uint8Array {
  const target = openTarget(openDump(bytesSource(core, 'a dozen threads')));
  const size = target.type('kthread_t').size;
  const offset = (member: string): number => memberOffset(target, member);
  const sleepers = [...target.threads()].filter(({ cpu, start }) => cpu === undefined && start);
  assert.ok(sleepers.length > 0, 'the dump has a sleeping thread');
  const address = (index: number): bigint => clonesAddress + BigInt(index * size);
  const clones = Buffer.alloc(count * size);
  const first = target.symbolAddress('t0');
  const last = target.value('kthread_t', first).member('t_prev').unsigned();
  for (let index = 0; index < count; index++) {
    const original = sleepers[index % sleepers.length]?.address ?? 0n;
    clones.set(target.memory.read(original, size), index * size);
    const write = (member: string, value: bigint): number =>
      clones.writeBigUInt64LE(value, index * size + offset(member));
    write('t_prev', index === 0 ? last : address(index - 1));
    write('t_next', index === count - 1 ? first : address(index + 1));
    clones.writeUInt32LE(1_000 + index, index * size + offset('t_tid'));
  }
  const patched = Buffer.from(core);
  const link = (thread: bigint, member: string, value: bigint): number =>
    patched.writeBigUInt64LE(value, fileOffset(target, thread + BigInt(offset(member))));
  link(last, 't_next', address(0));
  link(first, 't_prev', address(count - 1));
  return withSegment(patched, clones);
}

function memberOffset(target: Target, name: string): number {
  const member = target.value('kthread_t', 0n).member(name).address;
  assert.ok(member !== undefined, name);
  return Number(member);
}

function fileOffset({ dump }: Target, address: bigint): number {
  for (const { virtualAddress, size, fileOffset: start } of dump.segments)
    if (
      virtualAddress !== undefined &&
      address >= virtualAddress &&
      address < virtualAddress + size
    )
      return start + Number(address - virtualAddress);
  return assert.fail(`${address.toString(16)} is in no segment`);
}

/** The program headers move to the end of the file, where there is room for one more. */
function withSegment(core: Buffer, bytes: Buffer): Buffer {
  const start = Number(core.readBigUInt64LE(programHeaderOffset));
  const count = core.readUInt16LE(programHeaderCount);
  const headers = core.subarray(start, start + count * programHeaderBytes);
  const padding = Buffer.alloc((8 - (core.length % 8)) % 8);
  const bytesOffset = core.length + padding.length;
  const header = Buffer.alloc(programHeaderBytes);
  header.writeUInt32LE(PT_LOAD, 0);
  header.writeUInt32LE(6, 4);
  header.writeBigUInt64LE(BigInt(bytesOffset), 8);
  header.writeBigUInt64LE(clonesAddress, 16);
  header.writeBigUInt64LE(clonesPhysicalAddress, 24);
  header.writeBigUInt64LE(BigInt(bytes.length), 32);
  header.writeBigUInt64LE(BigInt(bytes.length), 40);
  header.writeBigUInt64LE(1n, 48);
  const whole = Buffer.concat([core, padding, bytes, headers, header]);
  whole.writeBigUInt64LE(BigInt(bytesOffset + bytes.length), programHeaderOffset);
  whole.writeUInt16LE(count + 1, programHeaderCount);
  return whole;
}
