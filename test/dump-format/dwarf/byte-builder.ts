/** Puts bytes together, number by number, in either byte order. */

export class ByteBuilder {
  private readonly parts: number[] = [];
  private readonly isLittleEndian: boolean;

  constructor(byteOrder: 'little' | 'big' = 'little') {
    this.isLittleEndian = byteOrder === 'little';
  }

  /** Bytes so far. */
  get length(): number {
    return this.parts.length;
  }

  bytes(...bytes: readonly number[]): this {
    for (const byte of bytes) this.parts.push(byte & 0xff);
    return this;
  }

  /** An integer of a fixed size. */
  number(value: bigint | number, size: number): this {
    const bytes = Array.from({ length: size }, (_, index) =>
      Number((BigInt(value) >> BigInt(8 * index)) & 0xffn),
    );
    return this.bytes(...(this.isLittleEndian ? bytes : bytes.toReversed()));
  }

  uleb(value: bigint | number): this {
    let rest = BigInt(value);
    for (; rest >= 0x80n; rest >>= 7n) this.bytes(Number(rest & 0x7fn) | 0x80);
    return this.bytes(Number(rest));
  }

  sleb(value: bigint | number): this {
    let rest = BigInt(value);
    for (; rest < -64n || rest > 63n; rest >>= 7n) this.bytes(Number(rest & 0x7fn) | 0x80);
    return this.bytes(Number(rest & 0x7fn));
  }

  /** Text and the NUL that ends it. */
  text(text: string): this {
    return this.bytes(...new TextEncoder().encode(text), 0);
  }

  build(): Uint8Array {
    return Uint8Array.from(this.parts);
  }
}
