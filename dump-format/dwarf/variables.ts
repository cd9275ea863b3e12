/** Variables, parameters and functions as a debugger names them. */
import type { FunctionInfo, VariableInfo } from '../debug-info.ts';
import { rangesOf } from './address-lists.ts';
import type { AddressRange } from './address-lists.ts';
import { Budget } from './budget.ts';
import { DW_AT, DW_TAG } from './constants.ts';
import { dieAt } from './die.ts';
import type { Die } from './die.ts';
import { lazy } from './lazy.ts';
import { locate } from './locate.ts';
import type { Program } from './program.ts';

/** Ranges of one function. */
export const functionRangeLimit = 1 << 16;

/**
 * A variable or parameter.
 *
 * @param holder the function it belongs to, inlined calls looked through; undefined for a global one
 */
export function variableInfo(program: Program, die: Die, holder: Die | undefined): VariableInfo {
  const type = lazy(() => program.types.typeOf(die));
  const declaredAt = lazy(() =>
    program.file.orWarn(undefined, () => program.lines.declaration(die)),
  );
  return {
    name: die.name() ?? '',
    isParameter: die.tag === DW_TAG.formal_parameter,
    get type() {
      return type();
    },
    get declaredAt() {
      return declaredAt();
    },
    locate: (frame) => {
      const defined = definitionOf(program, die);
      if (defined) return locate(program, defined, holder, type, frame);
      return { kind: 'unavailable', reason: 'it is declared here and defined elsewhere' };
    },
  };
}

/** The entry that says where a variable is. A block's `extern` declaration stands for the global one. */
function definitionOf(program: Program, die: Die): Die | undefined {
  if (!die.flag(DW_AT.declaration) || die.has(DW_AT.location)) return die;
  const name = die.name();
  const key = name === undefined ? undefined : program.names.find('variable', name);
  const found = key === undefined ? undefined : dieAt(program.units, key);
  return found && !found.flag(DW_AT.declaration) ? found : undefined;
}

/** A global or file-static variable by name. */
export function variableNamed(program: Program, name: string): VariableInfo | undefined {
  const key = program.names.find('variable', name);
  return key === undefined
    ? undefined
    : variableInfo(program, dieAt(program.units, key), undefined);
}

/** A function by name, if it has code of its own. */
export function functionNamed(program: Program, name: string): FunctionInfo | undefined {
  const key = program.names.find('function', name);
  const die = key === undefined ? undefined : dieAt(program.units, key);
  return die && functionInfo(program, die, die);
}

/**
 * A function, or an inlined instance of one.
 *
 * @param holder the function whose frame it runs in
 * @returns undefined when it has no code
 */
export function functionInfo(program: Program, die: Die, holder: Die): FunctionInfo | undefined {
  const main = mainRange(program, die);
  if (!main) return undefined;
  const type = lazy(() => program.types.functionType(die));
  const declaredAt = lazy(() =>
    program.file.orWarn(undefined, () => program.lines.declaration(die)),
  );
  const parameters = lazy(() =>
    [...die.children()]
      .filter((child) => child.tag === DW_TAG.formal_parameter && child.name() !== undefined)
      .map((child) => variableInfo(program, child, holder)),
  );
  return {
    name: die.name() ?? '',
    low: main.low,
    high: main.high,
    get type() {
      return type();
    },
    get declaredAt() {
      return declaredAt();
    },
    get parameters() {
      return parameters();
    },
  };
}

/** The range that a function is entered in: the cold part that gcc splits off is elsewhere. */
function mainRange(program: Program, die: Die): AddressRange | undefined {
  const { file } = program;
  const budget = new Budget(functionRangeLimit, `${file.sections.name}: too many code ranges`);
  const ranges = rangesOf(die, budget);
  const entry = die.address(DW_AT.entry_pc);
  if (entry === undefined) return ranges[0];
  return ranges.find(({ low, high }) => low <= entry && entry < high) ?? ranges[0];
}
