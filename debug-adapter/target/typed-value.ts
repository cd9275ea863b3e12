/** The implementation of `Value`: a type over memory, or over bytes that came from registers. */
import { strip, type CType, type Member, type RecordType } from '../../dump-format/ctype.ts';
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import type { Memory } from '../../dump-format/memory.ts';
import { decodeText } from './decode-text.ts';
import { findMember, parsePath, requireMember, type PathStep } from './members.ts';
import { typeName } from './type-names.ts';
import type { Value } from './value.ts';

/** Bytes of text read when nobody sets a limit. */
export const textLimit = 4096;

/** Bytes a value may have to be copied out whole. */
export const valueSizeLimit = 64 * 1024 * 1024;

const textChunkSize = 64;
const pointerSize = 8;
const wordMask = 0xffff_ffff_ffff_ffffn;

/** What every value of one dump shares. */
export interface ValueSpace {
  /** Where pointers point to. */
  readonly memory: Memory;
  readonly byteOrder: 'little' | 'big';
}

/** A value at an address. Nothing is read. `memory` is another space than the pointers' for a physical address. */
export function valueAt(
  space: ValueSpace,
  type: CType,
  address: bigint,
  memory: Memory = space.memory,
): Value {
  return new TypedValue(space, type, memory, BigInt.asUintN(64, address), undefined, undefined);
}

/** An integer, enum or pointer that is only a number. It is kept modulo the width of its type. */
export function valueOfWord(space: ValueSpace, type: CType, word: bigint): Value {
  return new TypedValue(space, type, space.memory, undefined, word, undefined);
}

/** A value that is only bits: a register, an immediate, the pieces of a variable. Short bytes are zero-extended. */
export function valueOfBytes(space: ValueSpace, type: CType, bytes: Uint8Array): Value {
  return new TypedValue(space, type, space.memory, undefined, bytes, undefined);
}

/** The bytes of an unsigned integer in the dump's byte order. */
export function integerBytes(value: bigint, size: number, byteOrder: 'little' | 'big'): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = value;
  for (let index = 0; index < size; index++) {
    bytes[byteOrder === 'little' ? index : size - 1 - index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

type BitField = { readonly offsetBits: number; readonly sizeBits: number };

/** A bit-field seen from its own first byte. */
function relativeBits({ offset, bitField }: Member): BitField | undefined {
  return bitField && { ...bitField, offsetBits: bitField.offsetBits - offset * 8 };
}

class TypedValue implements Value {
  readonly type: CType;
  readonly address: bigint | undefined;
  readonly bitField: BitField | undefined;
  private readonly space: ValueSpace;
  private readonly memory: Memory;
  /** For a value without an address: its bytes, or the number that they are. */
  private readonly content: Uint8Array | bigint | undefined;

  constructor(
    space: ValueSpace,
    type: CType,
    memory: Memory,
    address: bigint | undefined,
    content: Uint8Array | bigint | undefined,
    bitField: BitField | undefined,
  ) {
    this.space = space;
    this.type = type;
    this.memory = memory;
    this.address = address;
    this.content = content;
    this.bitField = bitField;
  }

  member(name: string): Value {
    const base = strip(this.type);
    if (base.kind === 'pointer') return this.dereference().member(name);
    return this.field(requireMember(requireRecord(base), name));
  }

  field(member: Member): Value {
    return this.at(member.type, BigInt(member.offset), relativeBits(member));
  }

  path(path: string): Value {
    return parsePath(path).reduce<Value>(followStep, this);
  }

  index(index: bigint): Value {
    const base = strip(this.type);
    if (base.kind === 'array') {
      const offset = index * BigInt(base.element.size);
      return this.at(base.element, offset);
    }
    if (base.kind !== 'pointer')
      throw new LookupError('cannot index into non-array, non-pointer type');
    if (strip(base.target).kind === 'void') throw new LookupError('cannot dereference void type');
    const target = this.unsigned() + index * BigInt(base.target.size);
    return valueAt(this.space, base.target, target);
  }

  dereference(): Value {
    const base = strip(this.type);
    if (base.kind !== 'pointer')
      throw new LookupError(`${typeName(this.type)} is not a pointer type`);
    return valueAt(this.space, base.target, this.unsigned());
  }

  hasMember(name: string): boolean {
    let base = strip(this.type);
    if (base.kind === 'pointer') base = strip(base.target);
    return (
      (base.kind === 'struct' || base.kind === 'union') && findMember(base, name) !== undefined
    );
  }

  unsigned(): bigint {
    const base = strip(this.type);
    if (this.bitField) return this.bits(this.bitField);
    switch (base.kind) {
      case 'base':
      case 'enum':
        return this.integer(base.size);
      case 'pointer':
        return this.integer(pointerSize);
      case 'function':
        return this.address ?? 0n;
      default:
        throw new LookupError(`${typeName(this.type)} is not an integer type`);
    }
  }

  signed(): bigint {
    const base = strip(this.type);
    const value = this.unsigned();
    const isSigned =
      base.kind === 'enum'
        ? base.isSigned
        : base.kind === 'base' && (base.encoding === 'signed' || base.encoding === 'signed-char');
    if (!isSigned) return value;
    return BigInt.asIntN(this.bitField?.sizeBits ?? Math.min(64, base.size * 8), value);
  }

  bytes(): Uint8Array {
    const size = this.bitField
      ? Math.ceil((this.bitField.offsetBits + this.bitField.sizeBits) / 8)
      : this.type.size;
    return this.read(size);
  }

  text(limit = textLimit): string | undefined {
    try {
      return this.readText(limit);
    } catch (error) {
      if (error instanceof FaultError) return undefined;
      throw error;
    }
  }

  private readText(limit: number): string | undefined {
    const base = strip(this.type);
    if (base.kind === 'pointer') return textAt(this.space.memory, this.unsigned(), limit);
    if (base.kind !== 'array') throw new LookupError(`${typeName(this.type)} is not a string type`);
    if (base.count === undefined && this.address !== undefined)
      return textAt(this.memory, this.address, limit);
    const bytes = this.read(Math.min(limit, base.size));
    const end = bytes.indexOf(0);
    return decodeText(end < 0 ? bytes : bytes.subarray(0, end));
  }

  private at(type: CType, offset: bigint, bitField?: BitField): Value {
    if (this.address !== undefined) {
      const address = BigInt.asUintN(64, this.address + offset);
      return new TypedValue(this.space, type, this.memory, address, undefined, bitField);
    }
    const start = offset < 0n || offset > valueSizeLimit ? valueSizeLimit : Number(offset);
    const content = this.contentBytes()?.subarray(start);
    return new TypedValue(this.space, type, this.memory, undefined, content, bitField);
  }

  private read(size: number): Uint8Array {
    if (size > valueSizeLimit) {
      throw new LookupError(
        `${typeName(this.type)} has ${size} bytes; at most ${valueSizeLimit} are read at once`,
      );
    }
    if (this.address !== undefined) return this.memory.read(this.address, size);
    const bytes = new Uint8Array(size);
    bytes.set((this.contentBytes() ?? bytes).subarray(0, size));
    return bytes;
  }

  private contentBytes(): Uint8Array | undefined {
    if (typeof this.content !== 'bigint') return this.content;
    const size = Math.min(8, Math.max(1, this.type.size));
    return integerBytes(BigInt.asUintN(64, this.content), size, this.space.byteOrder);
  }

  private integer(size: number): bigint {
    if (typeof this.content === 'bigint')
      return BigInt.asUintN(Math.min(64, size * 8), this.content);
    if (this.address !== undefined) {
      switch (size) {
        case 8:
          return this.memory.readU64(this.address);
        case 4:
          return BigInt(this.memory.readU32(this.address));
        case 2:
          return BigInt(this.memory.readU16(this.address));
        case 1:
          return BigInt(this.memory.readU8(this.address));
      }
    }
    return wordOf(this.read(size), this.space.byteOrder) & wordMask;
  }

  private bits({ offsetBits, sizeBits }: BitField): bigint {
    const size = Math.ceil((offsetBits + sizeBits) / 8);
    const word = wordOf(this.read(size), this.space.byteOrder);
    const shift = this.space.byteOrder === 'little' ? offsetBits : size * 8 - offsetBits - sizeBits;
    return BigInt.asUintN(Math.min(sizeBits, 64), word >> BigInt(shift));
  }
}

/** One step of a path from a value. @throws LookupError, FaultError in mdb's words */
export function followStep(value: Value, step: PathStep): Value {
  if (step.kind === 'index') return value.index(step.index);
  const base = strip(value.type);
  const isArrow = step.kind === 'arrow' || (step.kind === 'auto' && base.kind === 'pointer');
  if (isArrow && base.kind === 'array') return value.index(0n).member(step.name);
  if (isArrow && base.kind !== 'pointer')
    throw new LookupError(`${typeName(value.type)} is not a pointer type`);
  if (!isArrow && base.kind !== 'struct' && base.kind !== 'union')
    throw new LookupError(`${typeName(value.type)} is not a struct or union type`);
  return value.member(step.name);
}

/** Reads text to its NUL, at most `limit` bytes; what stands before an absent page counts. Undefined when nothing is there. */
export function textAt(memory: Memory, address: bigint, limit: number): string | undefined {
  const bytes = textBytesAt(memory, address, limit);
  return bytes && decodeText(bytes);
}

/** The bytes of text before its NUL, at most `limit`; undefined when the first one is absent. A copy. */
export function textBytesAt(
  memory: Memory,
  address: bigint,
  limit: number,
): Uint8Array | undefined {
  const collected: number[] = [];
  for (let offset = 0; offset < limit; offset += textChunkSize) {
    const wanted = Math.min(textChunkSize, limit - offset);
    const chunk = memory.readAvailable(BigInt.asUintN(64, address + BigInt(offset)), wanted);
    if (chunk.length === 0) return offset === 0 ? undefined : Uint8Array.from(collected);
    const end = chunk.indexOf(0);
    collected.push(...(end < 0 ? chunk : chunk.subarray(0, end)));
    if (end >= 0 || chunk.length < wanted) break;
  }
  return Uint8Array.from(collected);
}

function wordOf(bytes: Uint8Array, byteOrder: 'little' | 'big'): bigint {
  let word = 0n;
  for (let index = 0; index < bytes.length; index++) {
    const at = byteOrder === 'little' ? bytes.length - 1 - index : index;
    word = (word << 8n) | BigInt(bytes[at] ?? 0);
  }
  return word;
}

function requireRecord(type: CType): RecordType {
  if (type.kind === 'struct' || type.kind === 'union') return type;
  throw new LookupError(`${typeName(type)} is not a struct or union type`);
}
