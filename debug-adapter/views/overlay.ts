/** A structure over the bytes that hold it: where it lies, its members with their values, and which bytes the dump has. */
import { strip } from '../../dump-format/ctype.ts';
import type { Memory } from '../../dump-format/memory.ts';
import { UsageError } from '../../dump-format/errors.ts';
import type { Inspector } from '../inspector.ts';
import { valueText } from '../print/value-text.ts';
import { typeName } from '../target/type-names.ts';
import type { Target } from '../target/target.ts';
import { layoutOf, type LayoutField } from './layout.ts';
import { pointerBits } from './parts.ts';
import { addressOf, objectAt } from './place.ts';

export interface Overlay {
  /** What was asked for. */
  readonly address: bigint;
  readonly symbol: string | undefined;
  /** Undefined when nobody knows what lies there. */
  readonly object: OverlaidObject | undefined;
}

export interface OverlaidObject {
  readonly address: bigint;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  readonly fields: readonly OverlaidField[];
  readonly isCut: boolean;
}

export interface OverlaidField extends LayoutField {
  /** The value on one line; undefined for a hole and where no dump is read. */
  readonly text: string | undefined;
  /** Where a pointer leads. */
  readonly pointer: bigint | undefined;
}

/**
 * The memory at a place.
 *
 * @param at an mdb expression
 * @param type C spelling; what `::whattype` knows when absent
 * @throws UsageError, LookupError, FaultError
 */
export function overlayAt(inspector: Inspector, at: string, type: string | undefined): Overlay {
  const { target } = inspector;
  const address = addressOf(inspector, at);
  const known =
    type === undefined || type === ''
      ? objectAt(inspector, address)
      : { address, type: target.type(type) };
  const symbol = target.symbolize(address);
  if (known === undefined || known.type.size === 0) return { address, symbol, object: undefined };
  const { fields, isCut } = layoutOf(target.value(known.type, known.address));
  const object = {
    address: known.address,
    type: typeName(known.type),
    size: known.type.size,
    fields: fields.map((field) => overlaid(target, field)),
    isCut,
  };
  return { address, symbol, object };
}

/** The layout of a type alone: nothing is read from memory. @throws LookupError, UsageError for a type without bytes */
export function layoutOfType(target: Target, name: string): OverlaidObject {
  const type = target.type(name);
  if (type.size === 0) throw new UsageError(`${name} has no bytes: it is declared, not defined`);
  const { fields, isCut } = layoutOf(target.value(type, 0n));
  const plain = fields.map((field) => ({ ...field, text: undefined, pointer: undefined }));
  return { address: 0n, type: typeName(type), size: type.size, fields: plain, isCut };
}

function overlaid(target: Target, field: LayoutField): OverlaidField {
  const { value } = field;
  if (value === undefined) return { ...field, text: undefined, pointer: undefined };
  const isPointer = strip(value.type).kind === 'pointer';
  const pointer = isPointer ? pointerBits(value) : undefined;
  return {
    ...field,
    text: valueText(target, value),
    pointer: pointer === 0n ? undefined : pointer,
  };
}

/** A run of present bytes. */
export interface PresentBytes {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** What the dump has of a range, by address; what is in no run is absent. Views are shared. */
export function* presentBytes(
  memory: Memory,
  start: bigint,
  length: number,
): Generator<PresentBytes> {
  const end = start + BigInt(length);
  for (let address = start; address < end;) {
    const range = memory.rangeAtOrAbove(address);
    if (range === undefined || range.start >= end) return;
    const from = range.start > address ? range.start : address;
    const bytes = memory.readAvailable(from, Number((range.end < end ? range.end : end) - from));
    if (bytes.length > 0) yield { address: from, bytes };
    // Whatever a range promises: the next look is further on.
    address = bytes.length === 0 ? range.end : from + BigInt(bytes.length);
  }
}
