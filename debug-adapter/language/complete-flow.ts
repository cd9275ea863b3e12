/** What flows into a stage of a pipeline, by the stages before it: the type that members are completed from. Nothing is run. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import type { Session } from '../commands/command.ts';
import { findMember } from '../target/members.ts';
import type { SyntaxNode } from './syntax.ts';

/** Commands that hand on the elements that they get. */
const passing: ReadonlySet<string> = new Set(
  'grep head tail filter sort uniq table thread whatis findstack stacks'.split(' '),
);

/**
 * The type of the objects that a command gets: what its symbol is, or what the stages before it give; undefined when they don't tell.
 *
 * @param path the nodes around the command, outermost first
 */
export function typeInto(
  path: readonly SyntaxNode[],
  command: SyntaxNode,
  session: Session,
): CType | undefined {
  const pipeline = path.findLast((node) => node.type === 'pipeline');
  const stages = pipeline?.namedChildren ?? [];
  const before = stages.filter((stage) => stage.endIndex <= command.startIndex);
  return before.reduce<CType | undefined>(
    (type, stage) => typeOut(stage, type, session),
    typeOfAddress(path, session),
  );
}

/** The type of the symbol that is the address of the line. */
function typeOfAddress(path: readonly SyntaxNode[], { target }: Session): CType | undefined {
  const statement = path.find((node) => node.type === 'statement');
  const address = statement?.childForFieldName('address');
  if (address?.type !== 'symbol' && address?.type !== 'number_or_symbol') return undefined;
  return target.debugInfo?.variable(address.text)?.type;
}

/** What a stage gives for what it gets. */
function typeOut(stage: SyntaxNode, into: CType | undefined, session: Session): CType | undefined {
  const name = stage.childForFieldName('name')?.text ?? '';
  const words = stage
    .childrenForFieldName('argument')
    .flatMap((node) => (node === null ? [] : [node.text.replaceAll(/['"]/g, '')]));
  const isAddress = words.some((word) => /^-\w*a/.test(word));
  const [type, rest] = splitType(
    words.filter((word) => !word.startsWith('-')),
    session,
  );
  switch (name) {
    case 'walk': {
      const element = session.walker(words[0] ?? '')?.elementType;
      return element === undefined ? undefined : session.target.findType(element);
    }
    case 'list':
    case 'array':
      return type;
    case 'print':
      return printed(type ?? into, rest, isAddress);
    default:
      return passing.has(name) ? into : undefined;
  }
}

/** A type in one word or two, and the words behind it. */
function splitType(
  words: readonly string[],
  { target }: Session,
): readonly [CType | undefined, readonly string[]] {
  const [first = '', second = ''] = words;
  const isTag = /^(struct|union|enum)$/.test(first);
  const type = target.findType(isTag ? `${first} ${second}` : first);
  return type === undefined ? [undefined, words] : [type, words.slice(isTag ? 2 : 1)];
}

/** In a pipe a pointer leads to what it points to; what is no word is handed on by its address. */
function printed(
  base: CType | undefined,
  members: readonly string[],
  isAddress: boolean,
): CType | undefined {
  const [member, extra] = members;
  if (base === undefined || extra !== undefined) return undefined;
  const type = member === undefined ? base : typeOfPath(base, member);
  const bare = type && strip(type);
  return bare?.kind === 'pointer' && !isAddress ? bare.target : type;
}

/** The type at the end of a path such as `t_procp->p_user` or `a[3].b`; undefined where a step leads nowhere. */
export function typeOfPath(base: CType, path: string): CType | undefined {
  let current: CType | undefined = base;
  for (const [, name, index] of path.matchAll(/([A-Za-z_]\w*)|(\[[^\]]*\])/g)) {
    if (current === undefined) return undefined;
    if (index !== undefined) current = elementOf(current);
    else if (name !== undefined) {
      const record = recordOf(current);
      current = record && findMember(record, name)?.type;
    }
  }
  return current;
}

/** A struct or union, or what a pointer to one points to. */
export function recordOf(type: CType): Extract<CType, { kind: 'struct' | 'union' }> | undefined {
  const bare = strip(type);
  const inner = bare.kind === 'pointer' ? strip(bare.target) : bare;
  return inner.kind === 'struct' || inner.kind === 'union' ? inner : undefined;
}

function elementOf(type: CType): CType | undefined {
  const bare = strip(type);
  if (bare.kind === 'array') return bare.element;
  return bare.kind === 'pointer' ? bare.target : undefined;
}
