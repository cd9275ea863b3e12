/** Completion of a word in an argument list: options, types, members, and whatever the command says it takes. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import type { CompletionKind, Dcmd } from '../commands/command.ts';
import { namedMembers } from '../target/members.ts';
import { typeName } from '../target/type-names.ts';
import type { Target } from '../target/target.ts';
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

/** Members of the type in the slot before, or of the symbol that is the address; a path is followed to its last step. */
function members(
  start: number,
  filled: readonly string[],
  place: WordPlace,
  context: CursorContext,
): Completion[] {
  const { text, session } = context;
  const { target } = session;
  const named = filled.map((word) => target.findType(word)).find((type) => type !== undefined);
  const base = named ?? typeOfAddress(place.path, target);
  if (base === undefined) return [];
  const typed = text.slice(start);
  const last = /^(.*?(?:\.|->|\])?)([A-Za-z_]\w*)?$/.exec(typed);
  const path = last?.[1] ?? '';
  const record = recordAt(base, path);
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

/** The type of a path's end, as a struct or union; undefined where a step leads nowhere. */
function recordAt(
  base: CType,
  path: string,
): Extract<CType, { kind: 'struct' | 'union' }> | undefined {
  let current: CType | undefined = base;
  for (const [, name, index] of path.matchAll(/([A-Za-z_]\w*)|(\[[^\]]*\])/g)) {
    if (current === undefined) return undefined;
    if (index !== undefined) current = elementOf(current);
    else if (name !== undefined)
      current = namedMembers(recordOf(current) ?? noRecord).find(
        (each) => each.name === name,
      )?.type;
  }
  return current === undefined ? undefined : recordOf(current);
}

const noRecord = {
  kind: 'struct',
  name: undefined,
  size: 0,
  members: [],
  isDeclaration: true,
} as const;

/** A struct or union, or what a pointer to one points to. */
function recordOf(type: CType): Extract<CType, { kind: 'struct' | 'union' }> | undefined {
  const bare = strip(type);
  const inner = bare.kind === 'pointer' ? strip(bare.target) : bare;
  return inner.kind === 'struct' || inner.kind === 'union' ? inner : undefined;
}

function elementOf(type: CType): CType | undefined {
  const bare = strip(type);
  if (bare.kind === 'array') return bare.element;
  return bare.kind === 'pointer' ? bare.target : undefined;
}

function typeOfAddress(path: readonly SyntaxNode[], target: Target): CType | undefined {
  const statement = path.find((node) => node.type === 'statement');
  const address = statement?.childForFieldName('address');
  if (address?.type !== 'symbol' && address?.type !== 'number_or_symbol') return undefined;
  return target.debugInfo?.variable(address.text)?.type;
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
