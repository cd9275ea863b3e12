/** An interpreter over the program of the transcripts, with commands of the test's own beside the real ones. */
import type { Context } from 'mocha';
import { commands } from '../../debug-adapter/commands/index.ts';
import {
  rowText,
  type Capabilities,
  type Dcmd,
  type Walker,
} from '../../debug-adapter/commands/command.ts';
import { AddedTypes } from '../../debug-adapter/language/added-types.ts';
import { CommandTable } from '../../debug-adapter/language/command-table.ts';
import { Interpreter } from '../../debug-adapter/language/interpreter.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { cGrammar, mdbGrammar } from '../support/grammars.ts';
import { openNamedTarget } from '../support/targets.ts';

export interface Own {
  /** In test/programs; `formats` when absent. */
  readonly program?: string;
  readonly dcmds?: readonly Dcmd[];
  readonly walkers?: readonly Walker[];
  readonly isInteractive?: boolean;
  readonly capabilities?: Capabilities;
}

/** Skips the test where there is no gcc to build the program with. */
export function openSession(test: Context, own: Own = {}): Interpreter {
  const opened = openNamedTarget(`program ${own.program ?? 'formats'}`);
  if ('reason' in opened) test.skip();
  const addedTypes = new AddedTypes();
  return new Interpreter({
    target: openTarget(opened.dump, { addedTypes }),
    grammar: mdbGrammar,
    cGrammar,
    commands: new CommandTable([...commands, ...(own.dcmds ?? [])], own.walkers ?? []),
    addedTypes,
    checks: [],
    capabilities: own.capabilities ?? {},
    settings: {},
    isInteractive: own.isInteractive ?? false,
    isCancelled: () => false,
    disassemble: undefined,
  });
}

/** What a line prints. */
export function run(session: Interpreter, line: string): string[] {
  return [...session.runPrompt(line)].map(rowText);
}

/** A dcmd that only runs. */
export function dcmd(name: string, rest: Partial<Dcmd> & Pick<Dcmd, 'run'>): Dcmd {
  return {
    name,
    address: 'optional',
    synopsis: '[...]',
    summary: name,
    origin: 'corewalk',
    ...rest,
  };
}

/** A walker of these addresses. */
export function walker(
  name: string,
  addresses: () => Iterable<bigint>,
  rest: Partial<Walker> = {},
): Walker {
  return { name, summary: name, address: 'optional', origin: 'corewalk', walk: addresses, ...rest };
}
