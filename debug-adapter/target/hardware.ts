/** Hardware state in a dump: the vendor note and `sim_cpu[]`, read by the types of the dump itself. */
import type { Dump } from '../../dump-format/dump.ts';
import { FormatError, LookupError } from '../../dump-format/errors.ts';
import type { Hardware } from './target.ts';
import type { Value } from './value.ts';

/** Source: docs/platform.md, hardware state in the dump. */
const noteOwner = 'SIMHW';
const noteType = 0x5349_4d31;
const noteSize = 48;
const memoryModels = ['sc', 'tso', 'weak'] as const;

/** CPUs the note may claim. */
export const hardwareCpuLimit = 4096;

/**
 * The hardware state that a dump carries, or undefined when it has no such note.
 *
 * @param typed gives a typed value at an address; called when a CPU is asked for
 */
export function readHardware(
  dump: Dump,
  typed: (type: string, address: bigint) => Value,
): Hardware | undefined {
  const note = dump.notes.find(({ owner, type }) => owner === noteOwner && type === noteType);
  if (!note || note.data.length < noteSize) return undefined;
  const { data } = note;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const model = view.getUint32(8, true);
  const count = view.getUint32(12, true);
  const table = view.getBigUint64(16, true);
  const size = view.getBigUint64(24, true);
  if (count > hardwareCpuLimit) return undefined;
  return {
    count,
    memoryModel: memoryModels[model] ?? `unknown (${model})`,
    tscFrequency: view.getBigUint64(32, true),
    cpu(index) {
      if (!Number.isInteger(index) || index < 0 || index >= count)
        throw new LookupError(`no hardware state for cpu ${index}: the dump has ${count}`);
      const value = typed('struct sim_cpu', table + BigInt(index) * size);
      if (BigInt(value.type.size) !== size) {
        throw new FormatError(
          `${dump.name}: ${noteOwner} note: struct sim_cpu has ${size} bytes there, ${value.type.size} in the type information`,
        );
      }
      return value;
    },
  };
}
