/** Opens DWARF 2 to 5: types, functions, variables, lines and unwinding, each read when it is first asked for. */
import type { CType } from '../ctype.ts';
import type {
  CodeScope,
  DebugInfo,
  FunctionInfo,
  SourceLine,
  UnwindTable,
  VariableInfo,
} from '../debug-info.ts';
import { DwarfFile } from './file.ts';
import { openProgram } from './program.ts';
import type { Program } from './program.ts';
import { scopesAt } from './scopes.ts';
import type { DwarfSections } from './sections.ts';
import { DwarfUnwindTable } from './unwind.ts';
import { functionInfo, functionNamed, variableNamed } from './variables.ts';

/** Debug information and what was found to be damaged in it so far. */
export interface DwarfInfo extends DebugInfo {
  /** One sentence each; grows as more is read, so look again after a query. */
  readonly warnings: readonly string[];
  /** What is whole but of a kind that is not read; as `warnings`. */
  readonly leftOut: readonly string[];
}

/**
 * Opens the DWARF of a file. Reads nothing yet: never throws, and costs nothing until a query.
 *
 * A query that meets damage answers with what is not damaged, and adds a warning. Only what a type or a variable is made
 * of (a member's type, a parameter) may throw FormatError when it is looked at and can't be read.
 */
export function openDwarf(sections: DwarfSections): DwarfInfo {
  return new DwarfReader(new DwarfFile(sections));
}

class DwarfReader implements DwarfInfo {
  readonly unwind: UnwindTable;
  readonly warnings: readonly string[];
  readonly leftOut: readonly string[];
  private readonly file: DwarfFile;
  private readonly program: Program;

  constructor(file: DwarfFile) {
    this.file = file;
    this.warnings = file.warnings;
    this.leftOut = file.leftOut;
    this.program = openProgram(file);
    this.unwind = new DwarfUnwindTable(file);
  }

  lookup(name: string): CType | undefined {
    return this.file.orWarn(undefined, () => this.program.types.lookup(name));
  }

  names(): ReturnType<DebugInfo['names']> {
    return this.program.types.names();
  }

  functionAt(pc: bigint): FunctionInfo | undefined {
    return this.file.orWarn(undefined, () => {
      const die = this.program.code.functionAt(pc);
      return die && functionInfo(this.program, die, die);
    });
  }

  functionNamed(name: string): FunctionInfo | undefined {
    return this.file.orWarn(undefined, () => functionNamed(this.program, name));
  }

  scopesAt(pc: bigint): readonly CodeScope[] {
    return this.file.orWarn([], () => scopesAt(this.program, pc));
  }

  variable(name: string): VariableInfo | undefined {
    return this.file.orWarn(undefined, () => variableNamed(this.program, name));
  }

  lineAt(pc: bigint): SourceLine | undefined {
    return this.file.orWarn(undefined, () => {
      const unit = this.program.code.unitAt(pc);
      return unit && this.program.lines.at(unit, pc);
    });
  }

  typeDeclaredAt(name: string): SourceLine | undefined {
    return this.file.orWarn(undefined, () => {
      const die = this.program.types.entry(name);
      return die && this.program.lines.declaration(die);
    });
  }

  addressesOf(file: string, line: number): readonly bigint[] {
    return this.file.orWarn([], () => this.program.lines.addressesOf(file, line));
  }

  sourceFiles(): readonly string[] {
    return this.file.orWarn([], () => this.program.lines.sourceFiles());
  }
}
