/** `::enum`: the names and values of an enumeration. */
import { strip, type EnumType } from '../../dump-format/ctype.ts';
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { withPrefix } from '../target/symbolize.ts';
import type { Target } from '../target/target.ts';
import { commonPrefix, isBitEnum } from '../print/enums.ts';
import type { Argument, Dcmd, Invocation, Row } from './command.ts';

export const enumDcmd: Dcmd = {
  name: 'enum',
  address: 'optional',
  synopsis: 'enum [name]',
  summary: 'print an enumeration',
  description:
    'With an address, the enumerators of that value; with a name, that one. A bare word is tried as an enum tag first, then as a typedef.',
  options: [
    { letter: 'e', argument: 'none', help: 'leave out what all names begin with' },
    { letter: 'x', argument: 'none', help: 'values in hexadecimal' },
  ],
  examples: [
    { line: '::enum thread_state', explains: 'every enumerator' },
    { line: '4::enum thread_state', explains: 'the name of a value' },
  ],
  origin: 'mdb',
  completes: ['enum', 'none'],
  *run(invocation) {
    const { name, type, member } = readArguments(invocation);
    const isHex = invocation.options.has('x') || isBitEnum(type);
    const chosen = choose(invocation, type, name, member);
    if (!invocation.isPipeOut && invocation.isFirst) yield heading(isHex);
    const prefix = invocation.options.has('e')
      ? commonPrefix(type.enumerators.map((each) => each.name)).length
      : 0;
    for (const each of chosen) yield row(invocation, each, isHex, prefix);
  },
};

type Enumerator = EnumType['enumerators'][number];

function heading(isHex: boolean): Row {
  return { spans: [{ kind: 'heading', text: `${'VALUE'.padStart(isHex ? 8 : 11)} NAME` }] };
}

function row(
  { isPipeOut, session }: Invocation,
  { name, value }: Enumerator,
  isHex: boolean,
  prefix: number,
): Row {
  const unsigned = BigInt.asUintN(64, value);
  const number = isHex
    ? BigInt.asUintN(value < 0n ? 32 : 64, value)
        .toString(16)
        .padStart(8)
    : value.toString().padStart(11);
  return {
    spans: isPipeOut
      ? [{ kind: 'number', text: withPrefix(unsigned, session.radix) }]
      : [
          { kind: 'number', text: number },
          { kind: 'text', text: ` ${name.slice(prefix)}` },
        ],
    value: unsigned,
    data: { name, value },
  };
}

/** The enumerators that the address or the name picks; all of them without either. */
function choose(
  { address, hasAddress }: Invocation,
  type: EnumType,
  name: string,
  member: string | undefined,
): readonly Enumerator[] {
  if (member !== undefined) {
    const found = type.enumerators.find((each) => each.name === member);
    if (!found) throw new LookupError(`name "${member}" not in '${name}'`);
    return [found];
  }
  if (!hasAddress) return type.enumerators;
  const value = type.isSigned ? BigInt.asIntN(64, address) : address;
  const narrow = BigInt.asIntN(32, address);
  const found = type.enumerators.filter((each) => each.value === value || each.value === narrow);
  if (found.length === 0) throw new LookupError(`value ${value} not in '${name}'`);
  return found;
}

interface EnumArguments {
  /** As messages name it: `enum foo`. */
  readonly name: string;
  readonly type: EnumType;
  readonly member: string | undefined;
}

/** @throws UsageError, LookupError in mdb's words */
function readArguments({ target, arguments: list }: Invocation): EnumArguments {
  const texts = list.map(wordOf);
  const isTagged = texts[0] === 'enum' && texts.length > 1;
  const [tag, member, more] = isTagged ? texts.slice(1) : texts;
  if (tag === undefined || more !== undefined) throw new UsageError('');
  const bare = tag.replace(/^enum\s+/, '');
  const found = findEnum(target, bare, isTagged || bare !== tag);
  if (!found) throw new LookupError(`'${tag}': not an enumeration`);
  return { ...found, member };
}

function findEnum(
  target: Target,
  word: string,
  isTag: boolean,
): { readonly name: string; readonly type: EnumType } | undefined {
  const names = isTag ? [`enum ${word}`] : [`enum ${word}`, word];
  for (const name of names) {
    const type = target.findType(name);
    const base = type && strip(type);
    if (base?.kind === 'enum') return { name, type: base };
  }
  return undefined;
}

function wordOf(argument: Argument): string {
  if (argument.kind === 'word') return argument.text;
  throw new UsageError('');
}
