/** Stacks by ORC: calls, interrupts, the last frame, both layouts of an entry; what is not there is not known. */
import assert from 'node:assert/strict';
import { bytesSource } from '../../../dump-format/byte-source.ts';
import type { FrameRegisters } from '../../../dump-format/debug-info.ts';
import type { Dump } from '../../../dump-format/dump.ts';
import { OrcUnwindTable } from '../../../dump-format/linux/orc.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { join } from '../elf-builder.ts';
import { encodeBtf, kind, signedInt, type TestRecord } from './btf-builder.ts';
import { buildLinuxDump, word } from './linux-builder.ts';

/** Of each function: offset in the code, `sp_offset`, `bp_offset`, `sp_reg`, `bp_reg`, and the third word's upper bits. */
type Entry = readonly [
  place: number,
  spOffset: number,
  bpOffset: number,
  spRegister: number,
  bpRegister: number,
  bits: number,
];

const SP = 5;
const BP = 4;
const PREV_SP = 1;
const outside = 0xffff_ffff_8900_0000n;

const newLayout: TestRecord = {
  kind: kind.struct,
  name: 'orc_entry',
  count: 2,
  flag: true,
  sizeOrType: 6,
  words: ['type', 1, (3 << 24) | 40, 'signal', 1, (1 << 24) | 43],
};

function open(entries: readonly Entry[], stack: readonly bigint[], extra: TestRecord[] = []): Dump {
  const ips = (at: (symbol: string) => bigint): Uint8Array =>
    join(
      entries.map(([place], index) => {
        const own = at('__start_orc_unwind_ip') + BigInt(index * 4);
        return word(at('code') + BigInt(place) - own, 4);
      }),
    );
  const table = join(
    entries.map(([, spOffset, bpOffset, spRegister, bpRegister, bits]) =>
      join([
        word(spOffset, 2),
        word(bpOffset, 2),
        word(spRegister | (bpRegister << 4) | (bits << 8), 2),
      ]),
    ),
  );
  const bytes = buildLinuxDump({
    btf: encodeBtf([signedInt, ...extra]),
    objects: [
      { symbol: 'code', letter: 'T', bytes: new Uint8Array(0x1000) },
      { symbol: 'caller', letter: 'T', bytes: (at) => callOf(at('caller') + 0x10n, at('code')) },
      { symbol: '__start_orc_unwind_ip', bytes: ips },
      { symbol: '__stop_orc_unwind_ip', bytes: new Uint8Array(1) },
      { symbol: '__start_orc_unwind', bytes: table },
      { symbol: 'stack', bytes: join(stack.map((each) => word(each, 8))) },
    ],
  });
  const dump = openDump(bytesSource(bytes, 'vmcore'));
  assert.deepEqual(dump.warnings, []);
  return dump;
}

/** 16 bytes, then a call from there to a function. */
function callOf(from: bigint, to: bigint): Uint8Array {
  return join([new Uint8Array(16), Uint8Array.of(0xe8), word(to - from - 5n, 4)]);
}

const at = (dump: Dump, symbol: string): bigint => dump.symbols.byName(symbol)?.address ?? 0n;

function frame(
  dump: Dump,
  place: number,
  stackPlace: number,
  rbp: bigint | undefined,
): FrameRegisters {
  const pc = at(dump, 'code') + BigInt(place);
  const rsp = at(dump, 'stack') + BigInt(stackPlace);
  return {
    lookupAddress: pc,
    pc,
    register: (number) => (number === 7 ? rsp : number === 6 ? rbp : undefined),
    cfa: () => undefined,
    memory: dump.virtual,
    caller: () => undefined,
  };
}

const filler: Entry = [0x800, 8, 0, SP, 0, 0b100];

describe('ORC', () => {
  it('finds the return address of a call, and the saved rbp', () => {
    const dump = open([[0x10, 24, -16, SP, PREV_SP, 0], filler], [0n, 0x77n, 0x1234n]);
    const { unwind } = dump.debugInfo ?? assert.fail();
    const step = unwind.step(frame(dump, 0x20, 0, 5n));
    assert.equal(step?.pc, 0x1234n);
    assert.equal(step.cfa, at(dump, 'stack') + 24n);
    assert.equal(step.register(7), step.cfa);
    assert.equal(step.register(6), 0x77n);
    assert.equal(step.register(3), undefined);
    assert.equal(step.isSignalFrame, false);
  });

  it('counts from rbp where the entry says so, and knows nothing without it', () => {
    const dump = open([[0, 16, -16, BP, PREV_SP, 0], filler], [1n, 2n, 3n, 0x4321n]);
    const { unwind } = dump.debugInfo ?? assert.fail();
    const rbp = at(dump, 'stack') + 16n;
    assert.equal(unwind.step(frame(dump, 4, 0, rbp))?.pc, 0x4321n);
    assert.equal(unwind.cfa(frame(dump, 4, 0, undefined)), undefined);
  });

  it('goes through an interrupt to what it interrupted, with all of its registers', () => {
    const saved = Array.from({ length: 21 }, (_, index) => BigInt(index + 100));
    saved[16] = 0xabcn;
    saved[17] = 0x10n;
    const dump = open([[0, 0, 0, SP, 0, 0b1], filler], saved);
    const { unwind } = dump.debugInfo ?? assert.fail();
    const step = unwind.step(frame(dump, 4, 0, 0n));
    assert.equal(step?.pc, 0xabcn);
    assert.equal(step.isSignalFrame, true);
    assert.equal(step.register(7), 119n);
    assert.equal(step.register(3), 105n);
    assert.equal(step.register(0), 110n);
  });

  it('ends where the kernel was entered from a process, where the entry says so, and outside every entry', () => {
    const saved = Array.from({ length: 21 }, () => 0x33n);
    const dump = open([[0x10, 0, 0, SP, 0, 0b1], filler], saved);
    const { unwind } = dump.debugInfo ?? assert.fail();
    assert.equal(unwind.step(frame(dump, 0x14, 0, 0n)), undefined);
    assert.notEqual(unwind.cfa(frame(dump, 0x900, 0, 0n)), undefined);
    assert.equal(unwind.step(frame(dump, 0x900, 0, 0n)), undefined);
    assert.equal(unwind.cfa({ ...frame(dump, 0, 0, 0n), lookupAddress: outside - 1n }), undefined);
  });

  it('reads the layout since Linux 6.4, by the kernel itself', () => {
    const call = 2;
    const end = 1;
    const entries: Entry[] = [
      [0, 8, 0, SP, 0, call],
      [0x800, 8, 0, SP, 0, end],
    ];
    const dump = open(entries, [0x99n], [newLayout]);
    const { unwind } = dump.debugInfo ?? assert.fail();
    assert.equal(unwind.step(frame(dump, 4, 0, 0n))?.pc, 0x99n);
    assert.equal(unwind.step(frame(dump, 0x804, 0, 0n)), undefined);
  });

  it("takes a module's own rules, although the kernel's last entry has no end", () => {
    const dump = open(
      [
        [0, 8, 0, SP, 0, 0],
        [0x100, 0, 0, 0, 0, 0],
        [0x200, 16, 0, SP, 0, 0],
        [0x300, 0, 0, 0, 0, 0],
      ],
      [1n, 0x55n],
    );
    const addresses = at(dump, '__start_orc_unwind_ip');
    const entries = at(dump, '__start_orc_unwind');
    const kernel = { addresses, entries, count: 2 };
    const module = { addresses: addresses + 8n, entries: entries + 12n, count: 2 };
    const layout = {
      size: 6,
      type: { offsetBits: 40, sizeBits: 2 },
      end: { offsetBits: 42, sizeBits: 1 },
    };
    for (const tables of [
      [kernel, module],
      [module, kernel],
    ]) {
      const unwind = new OrcUnwindTable(
        dump.virtual,
        layout,
        () => tables,
        () => undefined,
      );
      assert.equal(unwind.step(frame(dump, 0x210, 0, 0n))?.pc, 0x55n);
      assert.equal(unwind.step(frame(dump, 0x10, 0, 0n))?.pc, 1n);
      assert.equal(unwind.step(frame(dump, 0x110, 0, 0n)), undefined);
    }
  });

  it('looks for the call of a function that has no rule, and says so', () => {
    const code = 0xffff_ffff_8900_1000n;
    const caller = code + 0x1000n;
    const dump = open([[0, 0, 0, 0, 0, 0], filler], [code + 0x20n, caller, 7n, caller + 0x15n]);
    assert.equal(at(dump, 'caller'), caller);
    const { unwind } = dump.debugInfo ?? assert.fail();
    const step = unwind.step(frame(dump, 0x20, 0, 5n));
    assert.equal(step?.pc, caller + 0x15n);
    assert.equal(step.cfa, at(dump, 'stack') + 32n);
    assert.equal(step.isScanned, true);
    // Behind it there is no other call.
    assert.equal(unwind.step(frame(dump, 0x20, 32, 5n)), undefined);
  });

  it('does not make up a stack that is not in the dump', () => {
    const dump = open([[0, 8, 0, SP, 0, 0], filler], [1n]);
    const { unwind } = dump.debugInfo ?? assert.fail();
    const lost = { ...frame(dump, 4, 0, 0n), register: () => 0x1000n };
    assert.equal(unwind.step(lost), undefined);
  });
});
