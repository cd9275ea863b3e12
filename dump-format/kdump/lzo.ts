/** Unpacks LZO1X, which makedumpfile -l writes. */
import { FormatError } from '../errors.ts';

/** Source: linux, Documentation/staging/lzo.rst, which describes the stream. */
const firstLiteralOnly = 17;
/** Literals that came before an instruction: none, 1 to 3 with the last copy, or a run of its own. */
const afterRun = 4;

/**
 * Unpacks one block.
 *
 * @param outputBytes largest result
 * @throws FormatError when the stream is damaged, or gives more
 */
export function unpackLzo(input: Uint8Array, outputBytes: number): Uint8Array {
  return new LzoDecoder(input, outputBytes).unpack();
}

class LzoDecoder {
  readonly #input: Uint8Array;
  readonly #output: Uint8Array;
  #from = 0;
  #to = 0;

  constructor(input: Uint8Array, outputBytes: number) {
    this.#input = input;
    this.#output = new Uint8Array(outputBytes);
  }

  unpack(): Uint8Array {
    let literals = 0;
    const first = this.#input[0] ?? 0;
    if (first > firstLiteralOnly) {
      this.#from = 1;
      this.#literals(first - firstLiteralOnly);
      literals = Math.min(first - firstLiteralOnly, afterRun);
    }
    for (;;) {
      const code = this.#byte();
      if (code < 16 && literals === 0) {
        this.#literals(3 + (code === 0 ? this.#long(15) : code));
        literals = afterRun;
        continue;
      }
      const tail = code < 16 ? this.#nearCopy(code, literals) : this.#copyBy(code);
      if (tail === undefined) return this.#output.subarray(0, this.#to);
      this.#literals(tail);
      literals = tail;
    }
  }

  /** Two bytes from within 1 KiB, or after a run three from the next 2 KiB. */
  #nearCopy(code: number, literals: number): number {
    const near = (code >> 2) + (this.#byte() << 2);
    if (literals === afterRun) this.#copy(0x801 + near, 3);
    else this.#copy(1 + near, 2);
    return code & 3;
  }

  /** Copies, and gives the literals behind it; undefined at the end of the stream. */
  #copyBy(code: number): number | undefined {
    if (code >= 64) {
      this.#copy(1 + ((code >> 2) & 7) + (this.#byte() << 3), (code >> 5) + 1);
      return code & 3;
    }
    const isFar = code < 32;
    const mask = isFar ? 7 : 31;
    const length = 2 + ((code & mask) === 0 ? this.#long(mask) : code & mask);
    const word = this.#byte() | (this.#byte() << 8);
    if (!isFar) {
      this.#copy(1 + (word >> 2), length);
      return word & 3;
    }
    const distance = ((code & 8) << 11) + (word >> 2);
    if (distance === 0) return undefined;
    this.#copy(0x4000 + distance, length);
    return word & 3;
  }

  /** A length that goes on in the bytes behind: 255 for each zero, then what is not zero. */
  #long(base: number): number {
    let length = base;
    for (;;) {
      const byte = this.#byte();
      if (byte !== 0) return length + byte;
      length += 255;
    }
  }

  #byte(): number {
    const byte = this.#input[this.#from++];
    if (byte === undefined) throw new FormatError('LZO data is damaged: it ends in the middle');
    return byte;
  }

  #literals(count: number): void {
    if (this.#from + count > this.#input.length)
      throw new FormatError('LZO data is damaged: it ends in the middle');
    this.#need(count);
    this.#output.set(this.#input.subarray(this.#from, this.#from + count), this.#to);
    this.#from += count;
    this.#to += count;
  }

  /** May overlap what it writes: a short distance repeats. */
  #copy(distance: number, length: number): void {
    if (distance > this.#to)
      throw new FormatError('LZO data is damaged: a copy from before its beginning');
    this.#need(length);
    const output = this.#output;
    const end = this.#to + length;
    for (; this.#to < end; this.#to++) output[this.#to] = output[this.#to - distance] ?? 0;
  }

  #need(count: number): void {
    if (this.#to + count > this.#output.length)
      throw new FormatError(`LZO data gives more than ${this.#output.length} bytes`);
  }
}
