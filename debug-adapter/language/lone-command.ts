/** A line that is one command by its name, `::status`: read without the grammar, which takes longer to start than such a command to run. */
import type { ParsedLine } from './ast.ts';
import type { Grammar } from './syntax.ts';

const loneCommand = /^::([A-Za-z_][0-9A-Za-z_]*)$/;

/** True for a line that `parseLine` reads without its grammar, and whose command runs no line that would need it. */
export function isLoneCommand(line: string): boolean {
  return loneCommand.test(line);
}

/** What the line means; undefined for any other. */
export function readLoneCommand(text: string): ParsedLine | undefined {
  const name = loneCommand.exec(text)?.[1];
  if (name === undefined) return undefined;
  const place = { start: 0, end: text.length };
  const stage = { kind: 'dcmd', ...place, name, namePlace: place, arguments: [] } as const;
  const statement = {
    kind: 'statement',
    ...place,
    address: undefined,
    count: undefined,
    head: undefined,
    stages: [stage],
    shell: undefined,
  } as const;
  return { text, statements: [statement], fault: undefined };
}

/** For a shell that runs lone commands only. */
export const loneGrammar: Grammar = {
  name: 'mdb, lone commands',
  parse: refuse,
  query: refuse,
};

function refuse(): never {
  throw new Error('a shell that runs lone commands was given another line');
}
