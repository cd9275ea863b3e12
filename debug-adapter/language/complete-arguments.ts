/** Completion of a word in an argument list: options, types, members, and whatever the command says it takes. */
import type { CompletionKind, Dcmd } from '../commands/command.ts';
import { namedMembers } from '../target/members.ts';
import { typeName } from '../target/type-names.ts';
import type { Target } from '../target/target.ts';
import { recordOf, typeInto, typeOfPath } from './complete-flow.ts';
import { symbolNames, variableNames, type CursorContext } from './complete-names.ts';
import type { Completion } from './completion.ts';
import type { SyntaxNode } from './syntax.ts';

/** Where the word stands. */
interface WordPlace {
  readonly word: SyntaxNode;
  /** The command that it is an argument of. */
  readonly command: SyntaxNode;
  /** All nodes around it, outermost first. */
  readonly path: readonly SyntaxNode[];
}

/** Commands whose quoted argument is itself a line. */
const evaluators: ReadonlySet<string> = new Set(['eval', 'grep', 'map']);

export function completeArgument(
  place: WordPlace,
  context: CursorContext,
  completeText: (context: CursorContext) => Completion[],
): Completion[] {
  const { word, command } = place;
  const { text, session } = context;
  const start = word.startIndex;
  if (command.type === 'assignment') return variableNames(start, context);
  if (command.type === 'write_command' || command.type === 'match_command')
    return trailingSymbol(context);
  const dcmd = session.dcmd(command.childForFieldName('name')?.text ?? '');
  if (dcmd === undefined) return [];
  const typed = text.slice(start);
  if (evaluators.has(dcmd.name)) {
    const inner = typed.replace(/^['"]/, '');
    const offset = text.length - inner.length;
    const nested = { ...context, text: inner, nesting: context.nesting + 1 };
    return completeText(nested).map((each) => ({
      ...each,
      start: each.start + offset,
      end: each.end + offset,
    }));
  }
  if (/^[-+]/.test(typed)) return options(dcmd, typed, start, text.length);
  return completeSlot(place, dcmd, context);
}

/** The words before the one at the cursor, as the command's slots: options are taken out, `struct foo` is one word. */
interface Slots {
  readonly filled: readonly string[];
  /** `struct`, `union` or `enum`, when that is the word before. */
  readonly keyword: string | undefined;
}

function completeSlot(place: WordPlace, dcmd: Dcmd, context: CursorContext): Completion[] {
  const before = place.command
    .childrenForFieldName('argument')
    .flatMap((node) => (node !== null && node.endIndex <= place.word.startIndex ? [node] : []));
  const slots = slotsOf(before, dcmd);
  if (slots === undefined) return [];
  const kind = kindAt(dcmd.completes ?? [], slots.filled.length);
  const typedStart = place.word.startIndex;
  const quote = /^['"]/.exec(context.text.slice(typedStart))?.[0] ?? '';
  const start = typedStart + quote.length;
  switch (kind) {
    case 'enum':
      return types(start, slots.keyword, true, context, place);
    case 'type': {
      // `symbol::print member`: the type of the symbol stands for the type.
      const isMemberToo =
        dcmd.completes?.includes('member') === true && slots.keyword === undefined;
      const memberNames = isMemberToo ? members(start, slots.filled, place, context) : [];
      return [...memberNames, ...types(start, slots.keyword, false, context, place)];
    }
    case 'member':
      return members(start, slots.filled, place, context);
    case 'walker':
      return named(context.session.walkers(), 'walker', start, context);
    case 'dcmd':
      return named(context.session.dcmds(), 'dcmd', start, context);
    case 'symbol':
      return symbolNames(start, context);
    case 'variable':
      return variableNames(start, context);
    default:
      return [];
  }
}

/** The last kind goes on where a command takes any number of them. */
function kindAt(kinds: readonly CompletionKind[], index: number): CompletionKind | undefined {
  const kind = kinds[index];
  if (kind !== undefined) return kind;
  const last = kinds.at(-1);
  return last === 'member' || last === 'dcmd' || last === 'symbol' ? last : undefined;
}

/** Undefined when the word is the argument of an option. */
function slotsOf(before: readonly SyntaxNode[], dcmd: Dcmd): Slots | undefined {
  const filled: string[] = [];
  let keyword: string | undefined;
  let isOptionArgument = false;
  let areOptionsOver = false;
  for (const node of before) {
    const text = unquoted(node.text);
    if (isOptionArgument) isOptionArgument = false;
    else if (!areOptionsOver && /^-./.test(text) && dcmd.options !== undefined) {
      const last = dcmd.options.find(({ letter }) => letter === text.at(-1));
      isOptionArgument = last !== undefined && last.argument !== 'none';
    } else if (keyword === undefined && /^(struct|union|enum)$/.test(text)) keyword = text;
    else {
      areOptionsOver = true;
      filled.push(keyword === undefined ? text : `${keyword} ${text}`);
      keyword = undefined;
    }
  }
  return isOptionArgument ? undefined : { filled, keyword };
}

function options(dcmd: Dcmd, typed: string, start: number, end: number): Completion[] {
  const cluster = typed.startsWith('-') ? typed.slice(1) : '';
  return (dcmd.options ?? [])
    .filter(({ letter }) => !cluster.includes(letter))
    .map(({ letter, help }) => ({
      text: `-${cluster}${letter}`,
      kind: 'option',
      start,
      end,
      detail: help,
    }));
}

/** Typedefs and base types by name; tags behind their keyword, in one word or two. */
function types(
  start: number,
  keyword: string | undefined,
  isEnum: boolean,
  { session, text }: CursorContext,
  place: WordPlace,
): Completion[] {
  const typed = text.slice(start);
  const inQuotes = /^(struct|union|enum)\s+/.exec(typed);
  const wanted = keyword ?? inQuotes?.[1];
  const tagStart = start + (inQuotes?.[0].length ?? 0);
  const tag = text.slice(tagStart);
  const found = new Set<string>();
  for (const { name, kind } of session.target.types.names()) {
    const bare = name.replace(/^(struct|union|enum)\s+/, '');
    const isWanted = isEnum
      ? kind === 'enum'
      : wanted === undefined
        ? kind === 'typedef' || kind === 'base'
        : kind === wanted;
    if (isWanted && bare.startsWith(tag)) found.add(bare);
  }
  const keywords = wanted === undefined && !isEnum ? ['struct', 'union', 'enum'] : [];
  const first = wanted === undefined ? elementTypesOf(place, session.target, session) : [];
  const names = [...found].sort();
  return [...new Set([...first, ...names, ...keywords])]
    .filter((name) => name.startsWith(tag))
    .map((name) => ({ text: name, kind: 'type', start: tagStart, end: text.length }));
}

/** What the walker before in the pipeline yields is the likeliest type. */
function elementTypesOf(
  { path, command }: WordPlace,
  target: Target,
  session: CursorContext['session'],
): string[] {
  const pipeline = path.findLast((node) => node.type === 'pipeline');
  const stages = pipeline?.namedChildren ?? [];
  const index = stages.findIndex((stage) => stage.startIndex === command.startIndex);
  const before = stages[index - 1];
  if (before?.childForFieldName('name')?.text !== 'walk') return [];
  const walker = session.walker(before.childForFieldName('argument')?.text ?? '');
  const type = walker?.elementType;
  return type !== undefined && target.findType(type) !== undefined ? [type] : [];
}

/** The member path at the end of a word, which may be a C expression: what leads to the last name, and that name. */
const trailingPath = /((?:(?:[A-Za-z_]\w*|\[[^\]]*\])(?:\[[^\]]*\])*(?:\.|->))*)([A-Za-z_]\w*)?$/;

/** Members of the type in the slot before, or of what the line and the stages before it give; a path is followed to its last step. */
function members(
  start: number,
  filled: readonly string[],
  place: WordPlace,
  context: CursorContext,
): Completion[] {
  const { text, session } = context;
  const { target } = session;
  const named = filled.map((word) => target.findType(word)).find((type) => type !== undefined);
  const base = named ?? typeInto(place.path, place.command, session);
  if (base === undefined) return [];
  const typed = text.slice(start);
  const last = trailingPath.exec(typed);
  const end = typeOfPath(base, last?.[1] ?? '');
  const record = end && recordOf(end);
  if (record === undefined) return [];
  const prefix = last?.[2] ?? '';
  return namedMembers(record).flatMap(({ name, type }) =>
    name !== undefined && name.startsWith(prefix)
      ? [
          {
            text: name,
            kind: 'member' as const,
            start: text.length - prefix.length,
            end: text.length,
            detail: typeName(type),
          },
        ]
      : [],
  );
}

function named(
  list: Iterable<{ readonly name: string; readonly summary: string }>,
  kind: 'walker' | 'dcmd',
  start: number,
  { text }: CursorContext,
): Completion[] {
  const typed = text.slice(start).replace(/^::/, '');
  const found: Completion[] = [];
  for (const { name, summary } of list)
    if (name.startsWith(typed))
      found.push({
        text: name,
        kind,
        start: text.length - typed.length,
        end: text.length,
        detail: summary,
      });
  return found;
}

function trailingSymbol(context: CursorContext): Completion[] {
  const typed = /[A-Za-z_][\w.`]*$/.exec(context.text)?.[0] ?? '';
  return symbolNames(context.text.length - typed.length, context);
}

function unquoted(text: string): string {
  return text.replaceAll(/['"]/g, '');
}
