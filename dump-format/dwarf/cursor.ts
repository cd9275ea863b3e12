/** A checked cursor over the bytes of one DWARF section: fixed-size numbers, LEB128, strings. */
import { FormatError } from '../errors.ts';
import type { DwarfSections } from './sections.ts';

/** The bytes of one section with what is needed to read them and to name them in a message. */
export interface SectionBytes {
  /** For messages: `unix: .debug_info`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly isLittleEndian: boolean;
}

/** Wraps the bytes of a section. */
export function sectionBytes(
  sections: DwarfSections,
  name: string,
  bytes: Uint8Array,
): SectionBytes {
  return {
    name: `${sections.name}: ${name}`,
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    isLittleEndian: sections.byteOrder === 'little',
  };
}

/** Reads forward through a section, up to an end. A failed read leaves the position where it was. */
export class DwarfCursor {
  readonly section: SectionBytes;
  /** Offset of the next byte in the section. */
  position: number;
  /** Offset of the first byte that may not be read. */
  readonly end: number;

  /**
   * @param position offset of the first byte to read
   * @param end offset to stop at; the end of the section when left out
   * @throws FormatError if the range is not inside the section
   */
  constructor(section: SectionBytes, position: number, end = section.bytes.length) {
    this.section = section;
    this.position = position;
    this.end = end;
    if (!(position >= 0 && position <= end && end <= section.bytes.length)) {
      const size = section.bytes.length;
      throw new FormatError(
        `${section.name}: offset 0x${position.toString(16)} is outside its ${size} bytes`,
      );
    }
  }

  get isAtEnd(): boolean {
    return this.position >= this.end;
  }

  u8(): number {
    const at = this.take(1);
    return this.section.view.getUint8(at);
  }

  i8(): number {
    const at = this.take(1);
    return this.section.view.getInt8(at);
  }

  u16(): number {
    const at = this.take(2);
    return this.section.view.getUint16(at, this.section.isLittleEndian);
  }

  i16(): number {
    const at = this.take(2);
    return this.section.view.getInt16(at, this.section.isLittleEndian);
  }

  u24(): number {
    const at = this.take(3);
    const { view, isLittleEndian } = this.section;
    const [low, high] = isLittleEndian ? [at, at + 2] : [at + 2, at];
    return view.getUint8(low) | (view.getUint8(at + 1) << 8) | (view.getUint8(high) << 16);
  }

  u32(): number {
    const at = this.take(4);
    return this.section.view.getUint32(at, this.section.isLittleEndian);
  }

  i32(): number {
    const at = this.take(4);
    return this.section.view.getInt32(at, this.section.isLittleEndian);
  }

  u64(): bigint {
    const at = this.take(8);
    return this.section.view.getBigUint64(at, this.section.isLittleEndian);
  }

  i64(): bigint {
    const at = this.take(8);
    return this.section.view.getBigInt64(at, this.section.isLittleEndian);
  }

  /** An unsigned number of 1, 2, 4 or 8 bytes. */
  unsigned(sizeBytes: number): bigint {
    switch (sizeBytes) {
      case 1:
        return BigInt(this.u8());
      case 2:
        return BigInt(this.u16());
      case 4:
        return BigInt(this.u32());
      case 8:
        return this.u64();
      default:
        throw this.damage(`a number of ${sizeBytes} bytes`);
    }
  }

  /** An offset or length of 4 or 8 bytes. @throws FormatError beyond what a file can hold */
  offset(sizeBytes: 4 | 8): number {
    if (sizeBytes === 4) return this.u32();
    const start = this.position;
    const value = Number(this.u64());
    if (Number.isSafeInteger(value)) return value;
    this.position = start;
    throw this.damage(`an offset of ${value}`);
  }

  /** Unsigned LEB128. @throws FormatError above 2^53: for codes, counts and offsets */
  uleb(): number {
    const { bytes } = this.section;
    const first = this.position < this.end ? (bytes[this.position] ?? 0) : 0x80;
    if (first < 0x80) {
      this.position += 1;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let at = this.position; at < this.end; at++) {
      const byte = bytes[at] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw this.damage('a LEB128 number above 2^53');
        this.position = at + 1;
        return value;
      }
      scale *= 128;
    }
    throw this.damage('a LEB128 number without an end');
  }

  /** Unsigned LEB128, the low 64 bits of it. */
  ulebBig(): bigint {
    return BigInt.asUintN(64, this.leb(false));
  }

  /** Signed LEB128 as a signed 64-bit number. */
  slebBig(): bigint {
    return BigInt.asIntN(64, this.leb(true));
  }

  /** Signed LEB128. @throws FormatError beyond 2^53 */
  sleb(): number {
    const start = this.position;
    const value = Number(this.slebBig());
    if (Number.isSafeInteger(value)) return value;
    this.position = start;
    throw this.damage('a LEB128 number beyond 2^53');
  }

  /** Text up to a NUL, which is consumed. */
  text(): string {
    const length = this.section.bytes.subarray(this.position, this.end).indexOf(0);
    if (length < 0) throw this.damage('a string without an end');
    const text = decodeText(this.section.bytes, this.position, this.position + length);
    this.position += length + 1;
    return text;
  }

  /** The next bytes as a view that is shared with the section. */
  bytes(length: number): Uint8Array {
    const at = this.take(length);
    return this.section.bytes.subarray(at, at + length);
  }

  skip(length: number): void {
    this.take(length);
  }

  /** An error that names this place. */
  damage(what: string): FormatError {
    return new FormatError(
      `${this.section.name}: ${what} at offset 0x${this.position.toString(16)}`,
    );
  }

  /** Moves over `length` bytes and gives the offset of the first. */
  private take(length: number): number {
    const at = this.position;
    if (!(length >= 0 && length <= this.end - at))
      throw this.damage(`need ${length} bytes, have ${this.end - at}`);
    this.position = at + length;
    return at;
  }

  private leb(isSigned: boolean): bigint {
    const { bytes } = this.section;
    let value = 0n;
    let shift = 0n;
    for (let at = this.position; at < this.end; at++) {
      const byte = bytes[at] ?? 0;
      if (shift < 70n) value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte >= 0x80) continue;
      this.position = at + 1;
      return isSigned && byte & 0x40 && shift < 64n ? value - (1n << shift) : value;
    }
    throw this.damage('a LEB128 number without an end');
  }
}

const utf8 = new TextDecoder();

/** Text of `bytes[start, end)`: names are nearly always short ASCII, which this decodes without a call out of JavaScript. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 64) return utf8.decode(bytes.subarray(start, end));
  let text = '';
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80) return utf8.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}
