/** The header of a line number program (DWARF 5, section 6.2.4, and its forms since DWARF 2): how to run it, and the files. */
import type { Budget } from './budget.ts';
import { DW_FORM, DW_LNCT } from './constants.ts';
import { DwarfCursor } from './cursor.ts';
import type { SectionBytes } from './cursor.ts';
import type { DwarfFile } from './file.ts';
import { readForm } from './forms.ts';
import type { UnitFormat } from './forms.ts';
import { joinPath } from './paths.ts';
import { readUnitLength } from './units.ts';

/** What a program needs to run, and what its file numbers mean. */
export interface LineHeader {
  readonly section: SectionBytes;
  /** Offsets of the first opcode, and one past the last. */
  readonly programStart: number;
  readonly programEnd: number;
  readonly addressSize: 4 | 8;
  readonly minimumInstructionLength: number;
  readonly maximumOperations: number;
  readonly isStatementByDefault: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Operands of the standard opcodes, by opcode; index 0 is unused. */
  readonly operandCounts: readonly number[];
  readonly files: FileNames;
}

/**
 * Reads a header.
 *
 * @param directory the unit's `DW_AT_comp_dir`
 * @param budget bytes of headers read and of paths made
 * @throws FormatError if it is damaged
 */
export function readLineHeader(
  file: DwarfFile,
  offset: number,
  addressSize: 4 | 8,
  directory: string,
  budget: Budget,
): LineHeader {
  const section = file.requiredSection('.debug_line');
  const whole = new DwarfCursor(section, offset);
  const { offsetSize, end } = readUnitLength(whole);
  const programEnd = Math.min(end, section.bytes.length);
  const cursor = new DwarfCursor(section, whole.position, programEnd);
  const version = cursor.u16();
  if (version < 2 || version > 5) throw cursor.damage(`a line table of DWARF version ${version}`);
  const format: UnitFormat = { version, offsetSize, addressSize };
  if (version >= 5) cursor.skip(2);
  const headerLength = cursor.offset(offsetSize);
  const programStart = cursor.position + headerLength;
  const fixed = readFixedPart(cursor, version);
  const files =
    version >= 5
      ? readNewNames(file, cursor, format, directory, budget)
      : readOldNames(cursor, directory, budget);
  budget.spend(cursor.position - offset);
  if (programStart > programEnd) throw cursor.damage('a line table header that is too long');
  return { section, programStart, programEnd, addressSize, files, ...fixed };
}

type FixedPart = Pick<
  LineHeader,
  | 'minimumInstructionLength'
  | 'maximumOperations'
  | 'isStatementByDefault'
  | 'lineBase'
  | 'lineRange'
  | 'opcodeBase'
  | 'operandCounts'
>;

function readFixedPart(cursor: DwarfCursor, version: number): FixedPart {
  const minimumInstructionLength = cursor.u8();
  const maximumOperations = version >= 4 ? Math.max(1, cursor.u8()) : 1;
  const isStatementByDefault = cursor.u8() !== 0;
  const lineBase = cursor.i8();
  const lineRange = cursor.u8();
  const opcodeBase = cursor.u8();
  const operandCounts = [0];
  for (let opcode = 1; opcode < opcodeBase; opcode++) operandCounts.push(cursor.u8());
  return {
    minimumInstructionLength,
    maximumOperations,
    isStatementByDefault,
    lineBase,
    lineRange,
    opcodeBase,
    operandCounts,
  };
}

/** The files of a header by number; a path is put together when it is first asked for. */
export class FileNames {
  private readonly directories: readonly string[];
  private readonly names: { readonly name: string; readonly directory: number }[];
  private readonly firstNumber: number;
  private readonly paths = new Map<number, string>();
  private readonly budget: Budget;

  /**
   * @param directories whole paths by number; 0 is the unit's own
   * @param firstNumber number of the first name: 0 since DWARF 5, 1 before
   */
  constructor(
    directories: readonly string[],
    names: { readonly name: string; readonly directory: number }[],
    firstNumber: number,
    budget: Budget,
  ) {
    this.directories = directories;
    this.names = names;
    this.firstNumber = firstNumber;
    this.budget = budget;
  }

  /** The whole path of a file. @throws FormatError when paths take more room than an honest file's */
  path(number: number): string | undefined {
    const known = this.paths.get(number);
    if (known !== undefined) return known;
    const entry = this.names[number - this.firstNumber];
    if (!entry) return undefined;
    const directory = this.directories[entry.directory] ?? this.directories[0] ?? '';
    this.budget.spend(directory.length + entry.name.length);
    const path = joinPath(directory, entry.name);
    this.paths.set(number, path);
    return path;
  }

  /** `DW_LNE_define_file`. */
  define(name: string, directory: number): void {
    this.names.push({ name, directory });
  }

  /** Every number with its path. */
  *all(): Generator<readonly [number, string]> {
    for (let index = 0; index < this.names.length; index++) {
      const number = index + this.firstNumber;
      const path = this.path(number);
      if (path !== undefined) yield [number, path];
    }
  }
}

/** Directories and files of DWARF 2 to 4. */
function readOldNames(cursor: DwarfCursor, directory: string, budget: Budget): FileNames {
  const directories = [joinPath(directory)];
  for (let name = cursor.text(); name !== ''; name = cursor.text()) {
    budget.spend(directory.length + name.length);
    directories.push(joinPath(directory, name));
  }
  const names: { name: string; directory: number }[] = [];
  for (let name = cursor.text(); name !== ''; name = cursor.text()) {
    names.push({ name, directory: cursor.uleb() });
    cursor.uleb();
    cursor.uleb();
  }
  return new FileNames(directories, names, 1, budget);
}

/** Directories and files of DWARF 5. */
function readNewNames(
  file: DwarfFile,
  cursor: DwarfCursor,
  format: UnitFormat,
  directory: string,
  budget: Budget,
): FileNames {
  const recorded = readNameTable(file, cursor, format, budget).map((each) => each.name);
  const first = recorded[0] ?? directory;
  // gcc records the unit's own directory whole; what is relative counts from where the unit was compiled.
  const own = first === directory ? joinPath(directory) : joinPath(directory, first);
  const directories = recorded.map((path, index) => {
    budget.spend(own.length + path.length);
    return index === 0 ? own : joinPath(own, path);
  });
  return new FileNames(directories, readNameTable(file, cursor, format, budget), 0, budget);
}

/** A table of names whose columns the table itself describes. */
function readNameTable(
  file: DwarfFile,
  cursor: DwarfCursor,
  format: UnitFormat,
  budget: Budget,
): { name: string; directory: number }[] {
  const columns: { content: number; form: number }[] = [];
  for (let count = cursor.u8(); count > 0; count--)
    columns.push({ content: cursor.uleb(), form: cursor.uleb() });
  const count = cursor.uleb();
  if (count > cursor.end - cursor.position) throw cursor.damage(`a table of ${count} names`);
  const names: { name: string; directory: number }[] = [];
  while (names.length < count) {
    let name = '';
    let directory = 0;
    for (const { content, form } of columns) {
      if (content === DW_LNCT.path) name = readName(file, cursor, form, format);
      else {
        const value = readForm(cursor, form, 0n, format);
        if (content === DW_LNCT.directory_index && value.kind === 'constant')
          directory = Number(value.value);
      }
    }
    budget.spend(columns.length + name.length);
    names.push({ name, directory });
  }
  return names;
}

function readName(file: DwarfFile, cursor: DwarfCursor, form: number, format: UnitFormat): string {
  if (form === DW_FORM.string) return cursor.text();
  const value = readForm(cursor, form, 0n, format);
  if (value.kind !== 'text' || value.section === undefined) return '';
  return new DwarfCursor(file.requiredSection(value.section), value.offset).text();
}
