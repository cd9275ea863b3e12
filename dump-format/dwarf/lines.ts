/** Source lines: of an address, addresses of a line, and all source files of a program. */
import type { SourceLine } from '../debug-info.ts';
import { Budget } from './budget.ts';
import { DW_AT } from './constants.ts';
import { rootOf } from './die.ts';
import type { Die } from './die.ts';
import { readLineHeader } from './line-header.ts';
import type { LineHeader } from './line-header.ts';
import { runLineProgram } from './line-table.ts';
import type { LineTable } from './line-table.ts';
import { endsInPath } from './paths.ts';
import type { Unit, Units } from './units.ts';

interface FilePlace {
  readonly header: LineHeader;
  readonly number: number;
}

/** The line tables of a file, each read when it is needed and kept. */
export class Lines {
  private readonly units: Units;
  private readonly headers = new Map<number, LineHeader | undefined>();
  private readonly headerOf = new Map<Unit, LineHeader | undefined>();
  private readonly tables = new Map<LineHeader, LineTable>();
  private placesByPath: Map<string, FilePlace[]> | undefined;
  private budget: Budget | undefined;

  constructor(units: Units) {
    this.units = units;
  }

  /** The line of an address in a unit's code. */
  at(unit: Unit, address: bigint): SourceLine | undefined {
    const header = this.header(unit);
    const row = header && this.table(header).at(address);
    if (!row || row.line === 0) return undefined;
    const { file } = this.units;
    const path = file.orWarn(undefined, () => header.files.path(row.file));
    return path === undefined ? undefined : { file: path, line: row.line, column: row.column };
  }

  /** Where an entry says that it was declared. One that completes another may leave the file to that. */
  declaration(die: Die): SourceLine | undefined {
    const line = die.holderOf(DW_AT.decl_line)?.number(DW_AT.decl_line);
    const column = die.holderOf(DW_AT.decl_column)?.number(DW_AT.decl_column);
    const holder = die.holderOf(DW_AT.decl_file);
    return this.line(holder, DW_AT.decl_file, line, column);
  }

  /** Where an inlined call stands in its caller. */
  call(die: Die): SourceLine | undefined {
    const line = die.number(DW_AT.call_line);
    return this.line(die, DW_AT.call_file, line, die.number(DW_AT.call_column));
  }

  /** First addresses of a line, ascending. @param file a whole path, or its last components */
  addressesOf(file: string, line: number): readonly bigint[] {
    const statements = new Set<bigint>();
    const others = new Set<bigint>();
    for (const { header, number } of this.places(file)) {
      for (const row of this.table(header).rows()) {
        if (row.line !== line || row.file !== number || !row.startsRun) continue;
        if (!this.units.file.isDiscarded(row.address))
          (row.isStatement ? statements : others).add(row.address);
      }
    }
    const found = statements.size > 0 ? statements : others;
    return [...found].sort((a, b) => (a < b ? -1 : 1));
  }

  sourceFiles(): readonly string[] {
    return [...this.byPath().keys()].sort();
  }

  private line(
    holder: Die | undefined,
    fileAttribute: number,
    line: number | undefined,
    column: number | undefined,
  ): SourceLine | undefined {
    const number = holder?.number(fileAttribute);
    if (!holder || number === undefined || line === undefined) return undefined;
    const file = this.header(holder.unit)?.files.path(number);
    return file === undefined ? undefined : { file, line, column: column ?? 0 };
  }

  private places(file: string): readonly FilePlace[] {
    const byPath = this.byPath();
    const exact = byPath.get(file);
    if (exact) return exact;
    return [...byPath].flatMap(([path, places]) => (endsInPath(path, file) ? places : []));
  }

  private byPath(): Map<string, FilePlace[]> {
    if (this.placesByPath) return this.placesByPath;
    const byPath = new Map<string, FilePlace[]>();
    const headers = new Set(this.units.all().map((unit) => this.header(unit)));
    for (const header of headers)
      if (header) this.units.file.orWarn(undefined, () => collectFiles(header, byPath));
    this.placesByPath = byPath;
    return byPath;
  }

  private table(header: LineHeader): LineTable {
    const known = this.tables.get(header);
    if (known) return known;
    const table = runLineProgram(header, (error) => this.units.file.warn(error.message));
    this.tables.set(header, table);
    return table;
  }

  /** The header of a unit's line table; undefined when there is none, or it is damaged. */
  private header(unit: Unit): LineHeader | undefined {
    if (this.headerOf.has(unit)) return this.headerOf.get(unit);
    const header = this.units.file.orWarn(undefined, () => this.readHeader(unit));
    this.headerOf.set(unit, header);
    return header;
  }

  private readHeader(unit: Unit): LineHeader | undefined {
    const root = rootOf(this.units, unit);
    const offset = root?.sectionOffset(DW_AT.stmt_list);
    if (!root || offset === undefined) return undefined;
    if (this.headers.has(offset)) return this.headers.get(offset);
    // A damaged header stays undefined, so that units that share it do not read it again.
    this.headers.set(offset, undefined);
    const { file } = this.units;
    const header = readLineHeader(
      file,
      offset,
      unit.addressSize,
      root.text(DW_AT.comp_dir) ?? '',
      this.headerBudget(),
    );
    this.headers.set(offset, header);
    return header;
  }

  /** Five bytes of a header name a path of a hundred characters; only a hostile file is much denser. */
  private headerBudget(): Budget {
    const section = this.units.file.requiredSection('.debug_line');
    this.budget ??= new Budget(
      64 * section.bytes.length + (1 << 20),
      `${section.name}: its file names take too much room`,
    );
    return this.budget;
  }
}

function collectFiles(header: LineHeader, byPath: Map<string, FilePlace[]>): void {
  for (const [number, path] of header.files.all()) {
    const places = byPath.get(path);
    if (places) places.push({ header, number });
    else byPath.set(path, [{ header, number }]);
  }
}
