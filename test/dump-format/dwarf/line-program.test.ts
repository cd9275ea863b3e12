/** Line number programs, opcode by opcode, on headers that no compiler here makes. */
import assert from 'node:assert/strict';
import { Budget } from '../../../dump-format/dwarf/budget.ts';
import { sectionBytes } from '../../../dump-format/dwarf/cursor.ts';
import { FileNames } from '../../../dump-format/dwarf/line-header.ts';
import type { LineHeader } from '../../../dump-format/dwarf/line-header.ts';
import { runLineProgram } from '../../../dump-format/dwarf/line-table.ts';
import { FormatError } from '../../../dump-format/errors.ts';
import { testSections } from './test-sections.ts';

const setAddress = [0, 9, 2, 0x00, 0x10, 0, 0, 0, 0, 0, 0];
const endSequence = [0, 1, 1];

/** Runs a program and shows its rows as `address line[s]`, where `s` is the start of a statement. */
function runProgram(
  program: readonly number[],
  changes: Partial<LineHeader> = {},
  onDamage?: (error: FormatError) => void,
): readonly string[] {
  const section = sectionBytes(testSections({}), '.debug_line', Uint8Array.from(program));
  const files = new FileNames(['/d'], [{ name: 'a.c', directory: 0 }], 1, new Budget(1000, 'full'));
  const header: LineHeader = {
    section,
    programStart: 0,
    programEnd: program.length,
    addressSize: 8,
    minimumInstructionLength: 1,
    maximumOperations: 1,
    isStatementByDefault: true,
    lineBase: -5,
    lineRange: 14,
    opcodeBase: 13,
    operandCounts: [0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1],
    files,
    ...changes,
  };
  const fail = (error: FormatError): never => {
    throw error;
  };
  return [...runLineProgram(header, onDamage ?? fail).rows()].map(
    (row) => `${row.address.toString(16)} ${row.line}${row.isStatement ? 's' : ''}`,
  );
}

/** A special opcode of the usual header. */
function special(lines: number, addresses: number): number {
  return lines + 5 + 14 * addresses + 13;
}

describe('dwarf: line programs', () => {
  it('runs every standard opcode', () => {
    const program = [
      setAddress,
      [3, 9, 1], // advance_line 9, copy
      [2, 0x80, 1, 6, 1], // advance_pc 128, negate_stmt, copy
      [8, special(1, 0)], // const_add_pc: as opcode 255, 17 addresses
      [9, 0x34, 0x12, 6, special(-1, 2)], // fixed_advance_pc 0x1234, negate_stmt
      [7, 10, 11, 12, 3, special(2, 1)], // basic_block, prologue_end, epilogue_begin, set_isa 3
      [2, 4],
      endSequence,
    ];
    const rows = runProgram(program.flat());
    assert.deepEqual(rows, ['1000 10s', '1080 10', '1091 11', '22c7 10s', '22c8 12s']);
  });

  it('keeps the last row of an address, unless only one before it starts a statement', () => {
    const statementLast = [6, special(0, 0), 6, special(1, 0)];
    const statementFirst = [special(0, 0), 6, special(1, 0)];
    const tail = [2, 1, ...endSequence];
    assert.deepEqual(runProgram([...setAddress, ...statementLast, ...tail]), ['1000 2s']);
    assert.deepEqual(runProgram([...setAddress, ...statementFirst, ...tail]), ['1000 1s']);
  });

  it('knows code that is of no line', () => {
    const program = [...setAddress, special(0, 0), 3, 0x7f, special(0, 1), 2, 1, ...endSequence];
    assert.deepEqual(runProgram(program), ['1000 1s', '1001 0s']);
  });

  it('counts operations of a bundle, and instructions of four bytes', () => {
    const program = [...setAddress, 1, special(1, 3), special(1, 3), 2, 1, ...endSequence];
    const rows = runProgram(program, { minimumInstructionLength: 4, maximumOperations: 2 });
    assert.deepEqual(rows, ['1000 1s', '1004 2s', '100c 3s']);
  });

  it('passes over opcodes that are not known, standard and extended', () => {
    const unknown = [13, 0x81, 1, 5, 0, 3, 0x80, 1, 2];
    const program = [...setAddress, ...unknown, 1, 2, 1, ...endSequence];
    const operandCounts = [0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 2];
    assert.deepEqual(runProgram(program, { opcodeBase: 14, operandCounts }), ['1000 1s']);
  });

  it('adds files that the program defines', () => {
    const files = new FileNames(['/d'], [], 1, new Budget(1000, 'full'));
    const define = [0, 8, 3, ...Buffer.from('b.c\0'), 0, 0, 0];
    runProgram([...define, ...setAddress, 1, 2, 1, ...endSequence], { files });
    assert.equal(files.path(1), '/d/b.c');
    assert.equal(files.path(0), undefined);
  });

  it('keeps what comes before damage', () => {
    const errors: string[] = [];
    const program = [
      ...setAddress,
      1,
      special(1, 4),
      ...endSequence,
      ...setAddress,
      1,
      special(2, 8),
    ];
    const rows = runProgram([...program, 2, 0x80], {}, (error) => errors.push(error.message));
    assert.deepEqual(rows, ['1000 1s', '1004 2s', '1000 1s', '1008 3s']);
    assert.deepEqual(errors, ['test: .debug_line: a LEB128 number without an end at offset 0x1e']);
  });

  const damaged: readonly (readonly [string, readonly number[], Partial<LineHeader>])[] = [
    ['a line range of 0', [255], { lineRange: 0 }],
    ['const_add_pc with a line range of 0', [8], { lineRange: 0 }],
    [
      'descending addresses',
      [...setAddress, special(0, 9), 0, 9, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      {},
    ],
    [
      'an end before the last row',
      [...setAddress, special(0, 9), ...setAddress, ...endSequence],
      {},
    ],
    ['an address of three bytes', [0, 4, 2, 1, 2, 3], {}],
    ['an opcode past the end', [0, 100, 0x80], {}],
    ['a number without an end', [2, 0x80], {}],
  ];
  for (const [what, program, changes] of damaged) {
    it(`refuses ${what}`, () => assert.throws(() => runProgram(program, changes), FormatError));
  }
});
