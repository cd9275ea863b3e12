/** The vendor note of the hardware state: read strictly, absent when it is not whole. */
import assert from 'node:assert/strict';
import type { Dump } from '../../dump-format/dump.ts';
import { readHardware } from '../../debug-adapter/target/hardware.ts';
import { valueAt } from '../../debug-adapter/target/typed-value.ts';
import type { Value } from '../../debug-adapter/target/value.ts';
import { openNamedTarget } from '../support/targets.ts';
import { memoryOf } from './memory-fixture.ts';

interface NoteFields {
  readonly model?: number;
  readonly count?: number;
  readonly size?: bigint;
  readonly bytes?: number;
}

function note({ model = 1, count = 2, size = 16n, bytes = 48 }: NoteFields): Uint8Array {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(0, 1, true);
  view.setUint32(4, 62, true);
  view.setUint32(8, model, true);
  view.setUint32(12, count, true);
  view.setBigUint64(16, 0x1000n, true);
  view.setBigUint64(24, size, true);
  view.setBigUint64(32, 2_600_000_000n, true);
  return new Uint8Array(view.buffer, 0, bytes);
}

/** A value of 16 bytes, as the type information says. */
function typed(_: string, address: bigint): Value {
  const type = { kind: 'base', name: 'state', size: 16, encoding: 'unsigned' } as const;
  return valueAt({ memory: memoryOf([]), byteOrder: 'little' }, type, address);
}

describe('hardware state', () => {
  let base: Dump;

  before(function () {
    const opened = openNamedTarget('program lists');
    if ('reason' in opened) this.skip();
    base = opened.dump;
  });

  const read = (fields: NoteFields, owner = 'SIMHW', type = 0x53494d31) =>
    readHardware({ ...dumpOf(base), notes: [{ owner, type, data: note(fields) }] }, typed);

  it('gives the CPUs by index', () => {
    const hardware = read({});
    assert.ok(hardware);
    assert.deepEqual(
      [hardware.count, hardware.memoryModel, hardware.tscFrequency],
      [2, 'tso', 2_600_000_000n],
    );
    assert.equal(hardware.cpu(1).address, 0x1010n);
    assert.throws(() => hardware.cpu(2), /no hardware state for cpu 2: the dump has 2/);
    assert.throws(() => hardware.cpu(-1), /no hardware state/);
  });

  it('is told apart from types of another build', () => {
    assert.throws(
      () => read({ size: 24n })?.cpu(0),
      /struct sim_cpu has 24 bytes there, 16 in the type/,
    );
  });

  it('names memory models that it does not know', () => {
    assert.equal(read({ model: 9 })?.memoryModel, 'unknown (9)');
  });

  it('is absent without a whole note of its own', () => {
    assert.equal(read({ bytes: 47 }), undefined);
    assert.equal(read({ count: 100_000 }), undefined);
    assert.equal(read({}, 'OTHER'), undefined);
    assert.equal(read({}, 'SIMHW', 1), undefined);
    assert.equal(readHardware(base, typed), undefined);
  });
});

/** The fields that reading the note needs. */
function dumpOf(dump: Dump): Dump {
  return {
    name: dump.name,
    kind: dump.kind,
    addressBits: 64,
    byteOrder: dump.byteOrder,
    machine: dump.machine,
    cpus: [],
    segments: [],
    virtual: dump.virtual,
    physical: dump.physical,
    symbols: dump.symbols,
    debugInfo: undefined,
    buildId: undefined,
    info: new Map(),
    notes: [],
    warnings: [],
    sourceText: () => undefined,
    close: () => {},
  };
}
