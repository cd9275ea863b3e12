/** The format verbs `/ ? \ @ =`: a list of letters applied to memory or to a value, laid out as mdb lays it out. */
import { FaultError } from '../../dump-format/errors.ts';
import type { Memory } from '../../dump-format/memory.ts';
import { errorRow, type Row } from '../commands/command.ts';
import { decodeText } from '../target/decode-text.ts';
import { annotatedBinary } from './format-binary.ts';
import { cEscape, formatLetters, type LetterStyle, type NumericLetter } from './format-letters.ts';
import { FormatWriter } from './format-writer.ts';

/** One item of a format list, its count known. */
export type FormatElement =
  | { readonly kind: 'letter'; readonly letter: string; readonly count: number }
  | { readonly kind: 'string'; readonly text: string };

/** An instruction in memory, as the disassembler reads it. */
export interface DisassembledInstruction {
  readonly lengthBytes: number;
  readonly text: string;
}

export interface FormatContext extends LetterStyle {
  /** Where `/ ? \ @` read; undefined for `=`, which formats dot itself. */
  readonly memory: Memory | undefined;
  /** What stands before the values: mdb's `%a` for virtual addresses, hexadecimal for physical ones. */
  label(address: bigint): string;
  /** The symbol at exactly this address; undefined for a physical one. */
  symbolAt(address: bigint): string | undefined;
  /** Undefined when there is no disassembler for the dump's machine. @throws FaultError */
  readonly disassemble: ((address: bigint) => DisassembledInstruction) | undefined;
  readonly columns: number;
  readonly isWrapping: boolean;
  /** Called with each value printed: mdb keeps it in the variable `0`. */
  onValue(value: bigint): void;
  /** True when another stage takes the values: no labels, one row per value. */
  readonly isPipeOut: boolean;
}

/** Characters that one `s` or `S` reads at most. */
export const maximumFormatString = 65_536;

/** Letters that one list may print per iteration. */
export const maximumRepeat = 1_000_000;

/** Prints one list of letters at address after address, as the iterations of one command. */
export class FormatPrinter {
  private readonly context: FormatContext;
  private readonly items: readonly FormatElement[];
  private readonly writer: FormatWriter;
  /** Rows of the pipe, and messages, which do not wait for their line. */
  private readonly ready: Row[] = [];
  private cursor = 0n;
  private lastSize = 0n;

  constructor(context: FormatContext, items: readonly FormatElement[]) {
    this.context = context;
    this.items = items;
    this.writer = new FormatWriter(context.columns, context.isWrapping);
  }

  /**
   * One iteration. Returns how many bytes the list covered: the new increment.
   *
   * @param isFirst true where the label goes: on the first iteration of a loop
   */
  *print(address: bigint, isFirst: boolean): Generator<Row, bigint> {
    this.cursor = address;
    this.lastSize = 0n;
    if (isFirst && this.context.memory !== undefined && !this.context.isPipeOut)
      this.label(address);
    for (const item of this.items) {
      if (item.kind === 'string') this.text('text', item.text);
      else yield* this.letter(item.letter, item.count);
      yield* this.take();
    }
    const covered = BigInt.asUintN(64, this.cursor - address);
    return this.context.memory === undefined ? 0n : covered;
  }

  /** Ends the last line, if one is open. */
  *finish(): Generator<Row> {
    if (!this.writer.isAtMargin) this.writer.newline();
    yield* this.take();
  }

  private *take(): Generator<Row> {
    yield* this.ready.splice(0);
    const rows = this.writer.take();
    if (!this.context.isPipeOut) yield* rows;
  }

  private label(address: bigint): void {
    const first = this.leadingLetters();
    const name = this.context.symbolAt(address);
    this.unindented(() => {
      if (name !== undefined && first !== 'ai' && first !== 'ia') {
        this.writer.item({ kind: 'symbol', text: `${name}:`, address });
        this.writer.newline();
      }
      const text = `${this.context.label(address)}:`;
      this.writer.item({ kind: 'symbol', text, address }, 16);
      if (first === 'ai') this.writer.newline();
      else if (first !== 'ia') this.writer.tab(16, false);
    });
  }

  private leadingLetters(): string {
    return this.items
      .slice(0, 2)
      .map((item) => (item.kind === 'letter' ? item.letter : ''))
      .join('');
  }

  /** Text as it stands, newlines and all. */
  private text(kind: 'text' | 'string', text: string): void {
    if (this.context.isPipeOut) {
      this.ready.push({ spans: [{ kind, text }] });
      return;
    }
    for (const [index, line] of text.split('\n').entries()) {
      if (index > 0) this.writer.newline();
      if (line !== '') this.writer.item({ kind, text: line });
    }
  }

  private *letter(letter: string, wanted: number): Generator<Row> {
    const known = formatLetters.get(letter);
    const count = Math.min(wanted, maximumRepeat);
    if (known === undefined) this.warn(`invalid format character -- '${letter}'`);
    else if (known.kind === 'numeric') {
      for (let index = 0; index < count; index++) {
        if (!this.guard(() => this.numeric(known))) return;
        if (index % 1024 === 0) yield* this.take();
      }
    } else this.guard(() => this.special(letter, BigInt(count), count));
  }

  private numeric(letter: NumericLetter): void {
    const value = this.value(letter.size);
    this.context.onValue(value);
    this.advance(letter.size);
    const { text, width } = letter.print(value, this.context);
    const span = {
      kind: letter.spanKind,
      text,
      ...(letter.spanKind === 'symbol' && { address: value }),
    };
    if (this.context.isPipeOut) this.ready.push({ spans: [span], value });
    else this.writer.item(span, width);
  }

  private special(letter: string, step: bigint, count: number): void {
    switch (letter) {
      case '+':
        return this.move(step);
      case '-':
        return this.move(-step);
      case '^':
        return this.move(-step * this.lastSize);
      case 'a':
        return this.unindented(() => {
          const text = `${this.context.label(this.cursor)}:`;
          this.writer.item({ kind: 'symbol', text, address: this.cursor }, 16);
          this.writer.tab(16, false);
        });
      case 'n':
      case 'N':
        for (let index = 0; index < count; index++) this.writer.newline();
        return;
      case 'r':
        return this.writer.item({ kind: 'text', text: ' '.repeat(Math.min(count, 80)) });
      case 't':
      case 'T':
        return this.writer.tab(Math.max(count, 1), true);
      case 'c':
      case 'C':
        return this.characters(letter, count);
      case 's':
      case 'S':
        for (let index = 0; index < count; index++) this.string(letter);
        return;
      case 'i':
      case 'I':
        for (let index = 0; index < count; index++) this.instruction(letter);
        return;
      case 'j':
        for (let index = 0; index < count; index++) this.binary();
        return;
      default:
        return this.warn(`match and write letters stand right behind the verb -- '${letter}'`);
    }
  }

  /** `c` prints each as it is, and nothing for a NUL; `C` prints them as one run in C notation. */
  private characters(letter: string, count: number): void {
    if (letter === 'C') {
      const run: number[] = [];
      for (let index = 0; index < count; index++) {
        run.push(Number(this.value(1)));
        this.advance(1);
      }
      return this.writer.item({ kind: 'string', text: cEscape(Uint8Array.from(run)) });
    }
    for (let index = 0; index < count; index++) {
      const byte = Number(this.value(1));
      this.advance(1);
      if (byte !== 0) this.text('string', decodeText(Uint8Array.of(byte)));
    }
  }

  private string(letter: string): void {
    const memory = this.context.memory;
    if (memory === undefined) return this.warn(`'${letter}' needs memory: use / in place of =`);
    const bytes = readString(memory, this.cursor);
    this.advance(bytes.length + 1);
    const text = letter === 'S' ? cEscape(bytes) : decodeText(bytes);
    this.unindented(() => this.text('string', text));
  }

  private instruction(letter: string): void {
    const { disassemble, memory } = this.context;
    if (disassemble === undefined || memory === undefined)
      return this.warn('no disassembler for this format');
    const { lengthBytes, text } = disassemble(this.cursor);
    if (letter === 'I')
      this.unindented(() => {
        const word = memory.readU32(this.cursor).toString(16);
        const address = this.cursor.toString(16);
        this.writer.item({ kind: 'text', text: `${address} ${word}: ${text}` });
      });
    else this.writer.item({ kind: 'text', text });
    this.writer.newline();
    this.advance(lengthBytes);
  }

  private binary(): void {
    const value = this.value(8);
    this.context.onValue(value);
    this.advance(8);
    if (this.context.isPipeOut) {
      this.ready.push({ spans: [{ kind: 'number', text: value.toString(16) }], value });
      return;
    }
    this.writer.leaveLine();
    for (const line of annotatedBinary(value)) this.writer.drawing({ kind: 'number', text: line });
  }

  /** With `=`, each letter sees the low bytes of the value. */
  private value(size: 1 | 2 | 4 | 8): bigint {
    const { memory } = this.context;
    if (memory === undefined) return BigInt.asUintN(size * 8, this.cursor);
    if (size === 1) return BigInt(memory.readU8(this.cursor));
    if (size === 2) return BigInt(memory.readU16(this.cursor));
    if (size === 4) return BigInt(memory.readU32(this.cursor));
    return memory.readU64(this.cursor);
  }

  /** With `=`, only `+` and `-` change the value. */
  private advance(size: number): void {
    this.lastSize = BigInt(size);
    if (this.context.memory !== undefined) this.move(this.lastSize);
  }

  private move(distance: bigint): void {
    this.cursor = BigInt.asUintN(64, this.cursor + distance);
  }

  private unindented(write: () => void): void {
    this.writer.isIndented = false;
    write();
    this.writer.isIndented = true;
  }

  /** Runs a letter; memory that is not there is told, and ends that letter alone. */
  private guard(run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      this.warn(`failed to read data from target: ${error.reason}`);
      return false;
    }
  }

  private warn(text: string): void {
    this.ready.push(errorRow(text));
  }
}

/** Bytes up to the NUL. @throws FaultError when it is not reached in memory that is there */
function readString(memory: Memory, start: bigint): Uint8Array {
  const parts: number[] = [];
  let address = start;
  while (parts.length < maximumFormatString) {
    const chunk = memory.readAvailable(address, 256);
    if (chunk.length === 0) throw new FaultError(address, 1);
    const end = chunk.indexOf(0);
    parts.push(...(end < 0 ? chunk : chunk.subarray(0, end)));
    if (end >= 0) break;
    address += BigInt(chunk.length);
  }
  return Uint8Array.from(parts);
}
