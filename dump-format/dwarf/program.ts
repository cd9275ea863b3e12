/** The readers of one file that belong together: what types, variables, functions and scopes are made from. */
import { CallSites, isSameFunction } from './call-sites.ts';
import { CodeIndex } from './code-index.ts';
import { hasRanges } from './address-lists.ts';
import { dieAt } from './die.ts';
import type { Die } from './die.ts';
import type { DwarfFile } from './file.ts';
import { Lines } from './lines.ts';
import { NameIndex } from './name-index.ts';
import { DwarfTypes } from './types.ts';
import { Units } from './units.ts';

export interface Program {
  readonly file: DwarfFile;
  readonly units: Units;
  readonly names: NameIndex;
  readonly types: DwarfTypes;
  readonly lines: Lines;
  readonly code: CodeIndex;
  readonly callSites: CallSites;
}

/** Makes the readers; none reads anything yet. */
export function openProgram(file: DwarfFile): Program {
  const units = new Units(file);
  const names = new NameIndex(units);
  const code = new CodeIndex(units);
  const callSites = new CallSites(code, (die) => bodyOf(die, units, names));
  const types = new DwarfTypes(units, names);
  return { file, units, names, types, code, callSites, lines: new Lines(units) };
}

/** The entry with code of a function: this one, or that of the name, if it is the same function. */
function bodyOf(die: Die, units: Units, names: NameIndex): Die | undefined {
  if (hasRanges(die)) return die;
  const name = die.name();
  const key = name === undefined ? undefined : names.find('function', name);
  const body = key === undefined ? undefined : dieAt(units, key);
  return body && hasRanges(body) && isSameFunction(body, die) ? body : undefined;
}
