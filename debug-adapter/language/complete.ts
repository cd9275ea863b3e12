/** Completion: what could stand at the cursor, from the tree of the line before it. */
import type { Session } from '../commands/command.ts';
import { completeArgument } from './complete-arguments.ts';
import {
  dcmdNames,
  letters,
  maximumCompletions,
  symbolNames,
  variableNames,
  type CursorContext,
} from './complete-names.ts';
import type { Completion } from './completion.ts';
import type { Grammar, SyntaxNode } from './syntax.ts';

/** Quoted commands in quoted commands that are looked into. */
const maximumNesting = 4;

/**
 * Stands for the word that is being typed: with it every half-typed line is a whole one, and the tree says what the word
 * would be. The letter is no digit, opens nothing, and makes no write verb after `/`.
 */
const placeholder = 'x';

/**
 * The completions at a cursor, in the order to show them: never throws, whatever the line.
 *
 * @param position UTF-16 offset of the cursor
 */
export function completeLine(
  line: string,
  position: number,
  session: Session,
  grammar: Grammar,
): Completion[] {
  const before = line.slice(0, Math.max(0, Math.min(position, line.length)));
  const lineStart = before.lastIndexOf('\n') + 1;
  const context: CursorContext = { session, grammar, text: before.slice(lineStart), nesting: 0 };
  return completeText(context).map((each) => ({
    ...each,
    start: each.start + lineStart,
    end: each.end + lineStart,
  }));
}

/** The same for a context; offsets are into `context.text`. */
function completeText(context: CursorContext): Completion[] {
  if (context.nesting > maximumNesting || context.text.length > 4096) return [];
  const cursor = context.text.length;
  return context.grammar.parse(context.text + placeholder, (root) => {
    const path = nodesAt(root, cursor);
    const found = completeNode(path, context) ?? completeBroken(context);
    return found.slice(0, maximumCompletions);
  });
}

/** The nodes that hold an offset, outermost first. */
function nodesAt(root: SyntaxNode, offset: number): SyntaxNode[] {
  const path: SyntaxNode[] = [root];
  for (let node = root; ;) {
    const child = node.children.find(
      ({ startIndex, endIndex }) => startIndex <= offset && offset < endIndex,
    );
    if (child === undefined) return path;
    path.push(child);
    node = child;
  }
}

/** Undefined when the tree does not tell. */
function completeNode(
  path: readonly SyntaxNode[],
  context: CursorContext,
): Completion[] | undefined {
  if (path.some((node) => node.isError)) return undefined;
  const leaf = path.at(-1);
  const word = path.find((node) => node.type === 'word');
  const command = path.findLast((node) => commandTypes.has(node.type));
  if (word !== undefined && command !== undefined)
    return completeArgument({ word, command, path }, context, completeText);
  switch (leaf?.type) {
    case 'dcmd_name':
      return dcmdNames(leaf.startIndex, context, '');
    case 'legacy_name':
      return dcmdNames(leaf.startIndex, context, '');
    case 'symbol':
    case 'number_or_symbol':
      return symbolNames(leaf.startIndex, context);
    case 'variable_name':
      return variableNames(leaf.startIndex, context);
    case 'format_letter':
      return letters(context);
    case 'comment':
    case 'shell_text':
    case 'string_content':
      return [];
    default:
      return undefined;
  }
}

const commandTypes: ReadonlySet<string> = new Set([
  'dcmd',
  'legacy',
  'assignment',
  'write_command',
  'match_command',
]);

/** A line with a hole: behind a pipe stands a command, elsewhere a symbol may. */
function completeBroken(context: CursorContext): Completion[] {
  const { text } = context;
  const typed = /[A-Za-z_][\w.`]*$/.exec(text)?.[0] ?? '';
  const start = text.length - typed.length;
  if (/(^|[^|])\|\s*$/.test(text.slice(0, start))) return dcmdNames(start, context, '::');
  const dcmd = /::([\w.`]*)$/.exec(text);
  if (dcmd !== null) return dcmdNames(text.length - (dcmd[1]?.length ?? 0), context, '');
  return symbolNames(start, context);
}
