/** A checked cursor over bytes: every read says which field it was for, and fails with a place. */
import { FormatError } from './errors.ts';

export type ByteOrder = 'little' | 'big';

/** Where bytes were taken from, for messages. */
export interface BytePlace {
  /** Name of the file. */
  readonly name: string;
  /** Offset in the file of the first byte; 0 when absent. */
  readonly offset?: number;
}

/**
 * Reads fields one after another. A read that fails leaves the cursor where it was.
 *
 * Every read takes the field's name in its specification, so that a message can say
 * `vmcore: e_phnum: need 2 bytes, have 0 at offset 0x38`.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #name: string;
  readonly #base: number;
  #position = 0;

  constructor(bytes: Uint8Array, order: ByteOrder, place: BytePlace) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = order === 'little';
    this.#name = place.name;
    this.#base = place.offset ?? 0;
  }

  /** Bytes from the start. */
  get position(): number {
    return this.#position;
  }

  /** Bytes left after the cursor. */
  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** Moves to `position`. @throws FormatError when that lies outside the bytes */
  seek(field: string, position: number): void {
    if (!Number.isSafeInteger(position) || position < 0 || position > this.#bytes.length)
      throw this.error(field, `position ${position} is outside ${this.#bytes.length} bytes`);
    this.#position = position;
  }

  /** Passes over `length` bytes. @throws FormatError when there are fewer */
  skip(field: string, length: number): void {
    this.#need(field, length);
    this.#position += length;
  }

  /** Passes over padding up to a multiple of `alignment` bytes from the start, or to the end when that comes first. */
  align(alignment: number): void {
    const next = Math.ceil(this.#position / alignment) * alignment;
    this.#position = Math.min(next, this.#bytes.length);
  }

  /** @throws FormatError at the end of the bytes, as all reads below */
  u8(field: string): number {
    this.#need(field, 1);
    return this.#view.getUint8(this.#position++);
  }

  u16(field: string): number {
    this.#need(field, 2);
    const value = this.#view.getUint16(this.#position, this.#little);
    this.#position += 2;
    return value;
  }

  u32(field: string): number {
    this.#need(field, 4);
    const value = this.#view.getUint32(this.#position, this.#little);
    this.#position += 4;
    return value;
  }

  u64(field: string): bigint {
    this.#need(field, 8);
    const value = this.#view.getBigUint64(this.#position, this.#little);
    this.#position += 8;
    return value;
  }

  /** A 64-bit offset, size or count as a number. @throws FormatError when it is not a safe integer */
  size64(field: string): number {
    this.#need(field, 8);
    const value = this.#view.getBigUint64(this.#position, this.#little);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw this.error(field, `0x${value.toString(16)} is too large`);
    this.#position += 8;
    return Number(value);
  }

  /** A view of the next `length` bytes, shared with the reader's. */
  bytes(field: string, length: number): Uint8Array {
    this.#need(field, length);
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, start + length);
  }

  /** `length` bytes as UTF-8 text, up to the first NUL. */
  text(field: string, length: number): string {
    return decodeText(this.bytes(field, length));
  }

  /** An error about the field at the cursor. */
  error(field: string, found: string): FormatError {
    const place = (this.#base + this.#position).toString(16);
    return new FormatError(`${this.#name}: ${field}: ${found} at offset 0x${place}`);
  }

  #need(field: string, length: number): void {
    const have = this.remaining;
    if (!(length <= have) || length < 0)
      throw this.error(field, `need ${length} bytes, have ${have}`);
  }
}

const utf8 = new TextDecoder();

/** Bytes as UTF-8 text, up to the first NUL. What is no UTF-8 becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return utf8.decode(nul < 0 ? bytes : bytes.subarray(0, nul));
}
