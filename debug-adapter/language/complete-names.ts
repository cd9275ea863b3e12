/** Names that can stand at a cursor: dcmds, symbols, variables, format letters. */
import type { Session } from '../commands/command.ts';
import { formatLetters } from '../print/format-letters.ts';
import type { Completion } from './completion.ts';
import type { Grammar } from './syntax.ts';

/** Completions offered at most: a list that nobody reads to its end. */
export const maximumCompletions = 200;

/** What is known at the cursor. */
export interface CursorContext {
  readonly session: Session;
  readonly grammar: Grammar;
  /** The line up to the cursor. */
  readonly text: string;
  /** How many commands in quotes lie around it. */
  readonly nesting: number;
}

/** Dcmds whose name begins with what is typed; legacy names only behind their sign. */
export function dcmdNames(
  start: number,
  { session, text }: CursorContext,
  prefix: string,
): Completion[] {
  const typed = text.slice(start);
  const module = typed.slice(0, typed.lastIndexOf('`') + 1);
  const bare = typed.slice(module.length);
  const isLegacy = /^[$:]/.test(bare);
  const found: Completion[] = [];
  for (const { name, summary, aliases = [] } of session.dcmds())
    for (const each of [name, ...aliases])
      if (each.startsWith(bare) && /^[$:]/.test(each) === isLegacy)
        found.push({
          text: prefix + each,
          kind: 'dcmd',
          start: start + module.length,
          end: text.length,
          detail: summary,
        });
  return found;
}

/** Symbols with what is typed before the cursor; nothing for nothing typed. */
export function symbolNames(start: number, { session, text }: CursorContext): Completion[] {
  const typed = text.slice(start);
  const bareStart = start + typed.lastIndexOf('`') + 1;
  const bare = text.slice(bareStart);
  if (bare === '' || bare === '.') return [];
  return session.target.symbols
    .withPrefix(bare, maximumCompletions)
    .map((name) => ({ text: name, kind: 'symbol', start: bareStart, end: text.length }));
}

export function variableNames(start: number, { session, text }: CursorContext): Completion[] {
  const typed = text.slice(start);
  const found: Completion[] = [];
  for (const { name, value } of session.variables.entries())
    if (name.startsWith(typed))
      found.push({
        text: name,
        kind: 'variable',
        start,
        end: text.length,
        detail: `0x${value.toString(16)}`,
      });
  return found;
}

export function letters({ text }: CursorContext): Completion[] {
  return [...formatLetters].map(([letter, { help }]) => ({
    text: letter,
    kind: 'format',
    start: text.length,
    end: text.length,
    detail: help,
  }));
}
