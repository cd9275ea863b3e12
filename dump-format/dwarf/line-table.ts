/** A line number program, run: which line each address belongs to (DWARF 5, section 6.2). */
import { FormatError } from '../errors.ts';
import { AddressMapBuilder } from './address-map.ts';
import type { AddressMap } from './address-map.ts';
import { DW_LNE, DW_LNS } from './constants.ts';
import { DwarfCursor } from './cursor.ts';
import type { LineHeader } from './line-header.ts';

/** One address and the line that its code is of. */
export interface LineRow {
  readonly address: bigint;
  readonly file: number;
  /** 0 when the code belongs to no line. */
  readonly line: number;
  readonly column: number;
  /** A good place to stop: the start of a statement. */
  readonly isStatement: boolean;
}

/** Rows of one sequence: contiguous code, addresses ascending, each address once. */
interface Sequence {
  readonly start: bigint;
  readonly end: bigint;
  /** Addresses less `start`. */
  readonly offsets: Uint32Array;
  readonly files: Uint32Array;
  readonly lines: Uint32Array;
  readonly columns: Uint32Array;
  readonly statements: Uint8Array;
}

/** All sequences of one program. */
export class LineTable {
  private readonly sequences: readonly Sequence[];
  private readonly byAddress: AddressMap;

  constructor(sequences: readonly Sequence[]) {
    this.sequences = sequences;
    const builder = new AddressMapBuilder();
    for (const [index, { start, end }] of sequences.entries()) builder.add(start, end, index);
    this.byAddress = builder.build();
  }

  /** The row that an address falls under. */
  at(address: bigint): LineRow | undefined {
    const sequence = this.sequences[this.byAddress.at(address) ?? -1];
    if (!sequence) return undefined;
    const wanted = Number(address - sequence.start);
    let low = 0;
    let high = sequence.offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sequence.offsets[middle] ?? 0) <= wanted) low = middle + 1;
      else high = middle;
    }
    return low > 0 ? row(sequence, low - 1) : undefined;
  }

  /** Every row, sequence by sequence; `startsRun` when the row before it is of another line. */
  *rows(): Generator<LineRow & { readonly startsRun: boolean }> {
    for (const sequence of this.sequences) {
      for (let index = 0; index < sequence.offsets.length; index++) {
        const isSame =
          index > 0 &&
          sequence.lines[index] === sequence.lines[index - 1] &&
          sequence.files[index] === sequence.files[index - 1];
        yield { ...row(sequence, index), startsRun: !isSame };
      }
    }
  }
}

function row(sequence: Sequence, index: number): LineRow {
  return {
    address: sequence.start + BigInt(sequence.offsets[index] ?? 0),
    file: sequence.files[index] ?? 0,
    line: sequence.lines[index] ?? 0,
    column: sequence.columns[index] ?? 0,
    isStatement: sequence.statements[index] === 1,
  };
}

/**
 * Runs a program. What comes before damage counts: of a sequence without an end, all but its last row.
 *
 * @param onDamage gets the error that ends a damaged program
 */
export function runLineProgram(
  header: LineHeader,
  onDamage: (error: FormatError) => void,
): LineTable {
  const machine = new LineMachine(header);
  const cursor = new DwarfCursor(header.section, header.programStart, header.programEnd);
  try {
    while (!cursor.isAtEnd) machine.execute(cursor);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    onDamage(error);
  }
  machine.finish();
  return new LineTable(machine.sequences);
}

class LineMachine {
  readonly sequences: Sequence[] = [];
  private readonly header: LineHeader;
  /** Address registers: what `DW_LNE_set_address` said, and what was added since. */
  private base = 0n;
  private advance = 0;
  private operation = 0;
  private file = 1;
  private line = 1;
  private column = 0;
  private isStatement: boolean;
  private rows: { offset: number; file: number; line: number; column: number; is: boolean }[] = [];
  /** Address of the first row. */
  private start = 0n;

  constructor(header: LineHeader) {
    this.header = header;
    this.isStatement = header.isStatementByDefault;
  }

  execute(cursor: DwarfCursor): void {
    const opcode = cursor.u8();
    if (opcode >= this.header.opcodeBase) this.special(cursor, opcode);
    else if (opcode === 0) this.extended(cursor);
    else this.standard(cursor, opcode);
  }

  private special(cursor: DwarfCursor, opcode: number): void {
    const { lineBase, lineRange, opcodeBase } = this.header;
    if (lineRange === 0) throw cursor.damage('a line table with a line range of 0');
    const adjusted = opcode - opcodeBase;
    this.advanceBy(Math.floor(adjusted / lineRange));
    this.line += lineBase + (adjusted % lineRange);
    this.append(cursor);
  }

  private standard(cursor: DwarfCursor, opcode: number): void {
    switch (opcode) {
      case DW_LNS.copy:
        return this.append(cursor);
      case DW_LNS.advance_pc:
        return this.advanceBy(cursor.uleb());
      case DW_LNS.advance_line:
        this.line += cursor.sleb();
        return;
      case DW_LNS.set_file:
        this.file = cursor.uleb();
        return;
      case DW_LNS.set_column:
        this.column = cursor.uleb();
        return;
      case DW_LNS.negate_stmt:
        this.isStatement = !this.isStatement;
        return;
      case DW_LNS.const_add_pc: {
        const { lineRange, opcodeBase } = this.header;
        if (lineRange === 0) throw cursor.damage('a line table with a line range of 0');
        return this.advanceBy(Math.floor((255 - opcodeBase) / lineRange));
      }
      case DW_LNS.fixed_advance_pc:
        this.advance += cursor.u16();
        this.operation = 0;
        return;
      default:
        // Basic blocks, prologue ends and the instruction set are of no use here; nor are opcodes to come.
        for (let count = this.header.operandCounts[opcode] ?? 0; count > 0; count--) cursor.uleb();
    }
  }

  private extended(cursor: DwarfCursor): void {
    const length = cursor.uleb();
    const end = cursor.position + length;
    if (length === 0) return;
    const opcode = cursor.u8();
    if (opcode === DW_LNE.end_sequence) this.endSequence(cursor);
    else if (opcode === DW_LNE.set_address) {
      this.base = cursor.unsigned(length - 1);
      this.advance = 0;
      this.operation = 0;
    } else if (opcode === DW_LNE.define_file) {
      const name = cursor.text();
      this.header.files.define(name, cursor.uleb());
    }
    if (end > cursor.end) throw cursor.damage('an opcode that runs past its line table');
    cursor.position = Math.max(cursor.position, end);
  }

  private advanceBy(operations: number): void {
    const { minimumInstructionLength, maximumOperations } = this.header;
    const total = this.operation + operations;
    this.advance += minimumInstructionLength * Math.floor(total / maximumOperations);
    this.operation = total % maximumOperations;
  }

  /** Adds a row. Of rows at one address the last counts, unless it starts no statement and one before it does. */
  private append(cursor: DwarfCursor): void {
    const { file, column, isStatement: is } = this;
    const address = BigInt.asUintN(64, this.base + BigInt(this.advance));
    if (this.rows.length === 0) this.start = address;
    const offset = Number(address - this.start);
    const last = this.rows.at(-1);
    if (offset < (last?.offset ?? 0) || offset > 0xffffffff)
      throw cursor.damage('a line table whose addresses do not ascend');
    const line = this.line > 0 ? this.line : 0;
    if (last?.offset !== offset) this.rows.push({ offset, file, line, column, is });
    else if (is || !last.is || last.line === 0)
      this.rows[this.rows.length - 1] = { offset, file, line, column, is };
  }

  private endSequence(cursor: DwarfCursor): void {
    const end = BigInt.asUintN(64, this.base + BigInt(this.advance));
    const isDescending = Number(end - this.start) < (this.rows.at(-1)?.offset ?? 0);
    if (isDescending) throw cursor.damage('a line table whose addresses do not ascend');
    this.close(end);
    this.rows = [];
    this.base = 0n;
    this.advance = 0;
    this.operation = 0;
    this.file = 1;
    this.line = 1;
    this.column = 0;
    this.isStatement = this.header.isStatementByDefault;
  }

  /** Keeps the rows of a sequence that has no end, up to the last address that it names. */
  finish(): void {
    this.close(this.start + BigInt(this.rows.at(-1)?.offset ?? 0));
    this.rows = [];
  }

  private close(end: bigint): void {
    const { rows, start } = this;
    if (rows.length === 0) return;
    this.sequences.push({
      start,
      end,
      offsets: Uint32Array.from(rows, (each) => each.offset),
      files: Uint32Array.from(rows, (each) => each.file),
      lines: Uint32Array.from(rows, (each) => each.line),
      columns: Uint32Array.from(rows, (each) => each.column),
      statements: Uint8Array.from(rows, (each) => (each.is ? 1 : 0)),
    });
  }
}
