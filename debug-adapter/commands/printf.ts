/** `::printf`: members of typed data by a format. */
import { FaultError, LookupError, UsageError } from '../../dump-format/errors.ts';
import { conversionCount, formatValues, parseFormat, type FormatPart } from '../print/printf.ts';
import { spaceOf } from '../target/locals.ts';
import { strip } from '../../dump-format/ctype.ts';
import { LineError } from '../language/line-error.ts';
import { findMember, parsePath } from '../target/members.ts';
import type { Target } from '../target/target.ts';
import { followStep, valueOfWord } from '../target/typed-value.ts';
import type { Value } from '../target/value.ts';
import { AbortError, errorRow, textRow, type Dcmd, type Invocation, type Row } from './command.ts';
import { findTypeArgument, noSuchTypeError, typeOfAddress, words } from './lib-types.ts';
import { oncePerStage } from './lib-once.ts';

export const printf: Dcmd = {
  name: 'printf',
  address: 'required',
  synopsis: 'format type member ...',
  summary: 'print formatted members of a data structure',
  description:
    'The format takes mdb conversions: %% %a %A %p of pointers; %d %q %R signed and %u %o %x %X %r %H unsigned integers and enums; %I %N network addresses; ' +
    '%s strings and names of enums; %Y times. Flags are -, 0 and #; a width is a decimal number, or ? for the digits of a pointer. ' +
    'The member . is dot itself. Nothing is appended: write the \\n into a double-quoted format.',
  options: [],
  examples: [
    {
      line: '::walk thread | ::printf "%?p %a\\n" kthread_t . t_startpc',
      explains: 'a line for each thread',
    },
  ],
  origin: 'mdb',
  completes: ['none', 'type', 'member'],
  *run(invocation) {
    yield* lines([format(invocation)]);
  },
  *runPipe(invocation, input) {
    function* texts(): Generator<string | Row> {
      for (const row of input) {
        if (row.value === undefined) continue;
        invocation.session.checkpoint();
        invocation.session.dot = row.value;
        yield format({ ...invocation, address: row.value, hasAddress: true, input: row });
      }
    }
    yield* lines(texts());
  },
};

/** Characters after which a line is broken that has no end: a format without `\\n` on a walk of a million. */
const lineLimit = 4096;

/** Pieces of text as lines: a piece without a line end is continued by the next one. Messages stand between. */
function* lines(pieces: Iterable<string | Row>): Generator<Row> {
  let rest = '';
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      yield piece;
      if (piece.isError && piece.data?.['ends'] === true) throw new AbortError();
      continue;
    }
    rest += piece;
    if (!piece.includes('\n') && rest.length < lineLimit) continue;
    const complete = rest.split('\n');
    const last = complete.pop() ?? '';
    const isBroken = last.length >= lineLimit;
    if (isBroken) complete.push(last);
    rest = isBroken ? '' : last;
    for (const line of complete) yield textRow(line);
  }
  if (rest !== '') yield textRow(rest);
}

/** The text for one object, or the message why there is none. */
function format(invocation: Invocation): string | Row {
  const { target, address, session } = invocation;
  const { parts, members, type } = readArguments(invocation);
  const found = conversionCount(parts);
  if (found !== members.length) {
    const problem = found < members.length ? 'missing' : 'extra';
    const row = errorRow(
      `${problem} format specifiers (found ${found}, expected ${members.length})`,
    );
    return { ...row, data: { ends: true } };
  }
  try {
    const whole = target.value(type, address);
    const values = members.map((path) => memberOrDot(target, whole, path, session.radix));
    return formatValues(target, parts, values, session.radix);
  } catch (error) {
    if (error instanceof FaultError || error instanceof LookupError) return errorRow(error.message);
    throw error;
  }
}

interface Arguments {
  readonly parts: readonly FormatPart[];
  readonly members: readonly string[];
  readonly type: Value['type'];
}

/** @throws UsageError, LookupError in mdb's words */
function readArguments(invocation: Invocation): Arguments {
  const { parts, members, named } = fixedArguments(invocation);
  const type = named ?? knownType(invocation, members);
  if (type) return { parts, members, type };
  const [name] = members;
  if (name === undefined) throw new UsageError('');
  throw noSuchTypeError(invocation.target, name);
}

/** What does not depend on the address. @throws UsageError, LookupError in mdb's words */
const fixedArguments = oncePerStage((invocation) => {
  const [first, ...list] = invocation.arguments;
  if (first?.kind !== 'word') throw new UsageError('');
  const named = findTypeArgument(invocation.target, list);
  return {
    parts: readFormat(first.text),
    members: words(named?.rest ?? list),
    named: named?.type,
  };
});

/** The type may be left out where the symbol or the pipe tells it, and the first word is a member of it. */
function knownType(invocation: Invocation, [first]: readonly string[]): Value['type'] | undefined {
  const type = typeOfAddress(invocation);
  const base = type && strip(type);
  if (first === undefined || first === '.') return type;
  if (base?.kind !== 'struct' && base?.kind !== 'union') return undefined;
  return findMember(base, /^\w*/.exec(first)?.[0] ?? '') ? type : undefined;
}

/** A bad format is told without the usage line, as in mdb. */
function readFormat(text: string): readonly FormatPart[] {
  try {
    return parseFormat(text);
  } catch (error) {
    if (error instanceof UsageError) throw new LineError(error.message);
    throw error;
  }
}

/** `.` is the address itself. */
function memberOrDot(target: Target, whole: Value, path: string, radix: number): Value {
  if (path !== '.') return parsePath(path, radix).reduce<Value>(followStep, whole);
  const type = { kind: 'pointer', size: 8, target: whole.type } as const;
  return valueOfWord(spaceOf(target), type, whole.address ?? 0n);
}
