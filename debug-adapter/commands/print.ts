/** `::print`: typed data at an address, by type and member paths. */
import { strip, type CType, type Member } from '../../dump-format/ctype.ts';
import { FaultError, LookupError, UsageError } from '../../dump-format/errors.ts';
import { withPrefix } from '../target/symbolize.ts';
import { spaceOf } from '../target/locals.ts';
import { parsePath, pathAtOffset, type PathStep } from '../target/members.ts';
import { typeName } from '../target/type-names.ts';
import {
  followStep,
  integerBytes,
  valueAt,
  valueOfBytes,
  type ValueSpace,
} from '../target/typed-value.ts';
import type { Value } from '../target/value.ts';
import { isScalar, scalarSpans } from '../print/scalars.ts';
import { printValue, type PrintJob } from '../print/print.ts';
import { defaultStyle, sessionStyle, type PrintStyle } from '../print/style.ts';
import { errorRow, type Argument, type Dcmd, type Invocation, type Row } from './command.ts';
import {
  findTypeArgument,
  noSuchMemberError,
  noSuchTypeError,
  typeOfAddress,
  typeWords,
  type TypeArgument,
} from './lib-types.ts';
import { MemberLines } from './lib-member-lines.ts';
import { oncePerStage } from './lib-once.ts';

/** Elements that a range of ours (`p_mask[1..3]`) may have. */
const rangeLimit = 100_000;

/** Bytes of an address that is taken as a value (`-i`). */
const immediateSize = 8;

export const print: Dcmd = {
  name: 'print',
  address: 'optional',
  synopsis: '[type] [member|offset ...]',
  summary: 'print the contents of a data structure',
  description:
    'Without a type, that of the symbol at the address, or of the row that a pipe hands on. Member paths go through `.`, `->` and `[index]`; ' +
    'indexes are hexadecimal unless prefixed, and a range such as [1..3] is several (ours). $[offset] prints what lies at a byte offset. Without an address, the layout alone is printed.\n' +
    'Dot moves behind the object, so that a count prints an array of them. In front of a pipe each member gives one value: of a pointer, ' +
    'integer or enum its value, of anything else its address; with -a always the address.',
  options: [
    { letter: 'a', argument: 'none', help: 'show the address of each line' },
    {
      letter: 'c',
      argument: 'number',
      argumentName: 'limit',
      help: 'char arrays up to this many bytes as strings',
    },
    { letter: 'C', argument: 'none', help: 'no limit for char arrays' },
    { letter: 'd', argument: 'none', help: 'integers in decimal' },
    { letter: 'h', argument: 'none', help: 'show holes between members' },
    { letter: 'i', argument: 'none', help: 'the address is the value itself' },
    {
      letter: 'l',
      argument: 'number',
      argumentName: 'limit',
      help: 'print this many elements of an array',
    },
    { letter: 'L', argument: 'none', help: 'no limit for arrays' },
    { letter: 'n', argument: 'none', help: 'pointers as numbers, not as symbols' },
    { letter: 'p', argument: 'none', help: 'the address is physical' },
    {
      letter: 's',
      argument: 'number',
      argumentName: 'depth',
      help: 'nested structs, unions and arrays to this depth',
    },
    { letter: 't', argument: 'none', help: 'show the type of each line' },
    { letter: 'T', argument: 'none', help: 'show the type and its base type' },
    { letter: 'x', argument: 'none', help: 'integers in hexadecimal' },
  ],
  examples: [
    { line: '::print -at kthread_t', explains: 'the layout, with offsets and types' },
    { line: '<thread::print kthread_t t_ctx', explains: 'one member of the current thread' },
    { line: '::walk thread | ::print t_procp', explains: 'the type comes with the walk' },
  ],
  origin: 'mdb',
  completes: ['type', 'member'],
  run(invocation) {
    const { options, target, hasAddress, session } = invocation;
    if (options.has('p') && options.has('i'))
      return [errorRow('-p and -i options are incompatible')];
    const plan = planOf(invocation);
    const { type, members } = chooseType(invocation, plan);
    const job: PrintJob = { target, style: plan.style, hasValues: hasAddress };
    const print = plan.hasPlainMembers
      ? plan.memberLines.printer(job, type, members, session.radix)
      : undefined;
    if (!print) return allLines(invocation, plan, job, type, members);
    const line = print(wholeValue(invocation, plan.space, type));
    moveDot(invocation, type);
    return [line];
  },
};

function* allLines(
  invocation: Invocation,
  plan: Plan,
  job: PrintJob,
  type: CType,
  members: readonly Argument[],
): Generator<Row> {
  const { session } = invocation;
  const whole = wholeValue(invocation, plan.space, type);
  if (members.length === 0) yield* shown(invocation, job, whole);
  for (const member of members) {
    if (member.kind === 'immediate') {
      const { value, name } = placeAtOffset(whole, member.value);
      yield* shown(invocation, job, value, name);
      continue;
    }
    for (const { path, steps } of pathsOf(plan, member.text, session.radix)) {
      const warnings: string[] = [];
      const value = followPath(invocation, whole, path, steps, warnings);
      for (const warning of warnings) yield errorRow(warning);
      yield* shown(invocation, job, value, path);
    }
    session.checkpoint();
  }
  moveDot(invocation, type);
}

/** Dot moves behind the object. */
function moveDot({ session, hasAddress, address }: Invocation, type: CType): void {
  session.dot = BigInt.asUintN(64, (hasAddress ? address : 0n) + BigInt(type.size));
}

/** What all calls of one `::print` in a pipeline share. */
interface Plan {
  /** The type that the arguments begin with. */
  readonly named: TypeArgument | undefined;
  readonly style: PrintStyle;
  readonly space: ValueSpace;
  readonly paths: Map<string, readonly ParsedPath[]>;
  /** True when members of records in memory are lines of their own, none with an address in front. */
  readonly hasPlainMembers: boolean;
  readonly memberLines: MemberLines;
}

interface ParsedPath {
  readonly path: string;
  readonly steps: readonly PathStep[];
}

const planOf = oncePerStage((invocation): Plan => {
  const { target, options, arguments: list, hasAddress, isPipeOut } = invocation;
  return {
    named: findTypeArgument(target, list),
    style: printStyle(invocation),
    space: spaceOf(target),
    paths: new Map(),
    hasPlainMembers: hasAddress && !isPipeOut && !options.has('i'),
    memberLines: new MemberLines(),
  };
});

/** A range is as many paths as it has elements: they are taken apart as they come. */
function pathsOf(plan: Plan, text: string, radix: number): Iterable<ParsedPath> {
  if (text.includes('..')) return parsedRange(text, radix);
  let paths = plan.paths.get(text);
  if (!paths) {
    paths = [{ path: text, steps: parsePath(text, radix) }];
    plan.paths.set(text, paths);
  }
  return paths;
}

function* parsedRange(text: string, radix: number): Generator<ParsedPath> {
  for (const path of expandRange(text, radix)) yield { path, steps: parsePath(path, radix) };
}

/** A value as its own lines, or as what the next stage takes. */
function shown(invocation: Invocation, job: PrintJob, value: Value, name?: string): Iterable<Row> {
  return invocation.isPipeOut ? [pipeRow(invocation, value)] : printValue(job, value, name);
}

/** The type, and the arguments that name members of it. @throws LookupError in mdb's words */
function chooseType(
  invocation: Invocation,
  { named }: Plan,
): { readonly type: CType; readonly members: readonly Argument[] } {
  const { target, arguments: list, address, hasAddress } = invocation;
  if (named) return { type: named.type, members: named.rest };
  const [first, second] = list;
  // No member is called `struct`: what follows it was meant as a type.
  const isTag = first?.kind === 'word' && /^(struct|union|enum)$/.test(first.text);
  if (isTag && second?.kind === 'word')
    throw noSuchTypeError(target, `${first.text} ${second.text}`);
  const known = typeOfAddress(invocation);
  if (known) return { type: known, members: list };
  if (first?.kind === 'word' && (!hasAddress || !target.symbolize(address)))
    throw noSuchTypeError(target, typeWords(list) ?? first.text);
  if (!hasAddress) throw new UsageError('');
  const symbol = target.symbolize(address);
  throw new LookupError(
    symbol === undefined
      ? `no symbol information for ${withPrefix(address, 16)}`
      : `no type data available for ${withPrefix(address, 16)} [${symbol}]`,
  );
}

function printStyle({ session, options }: Invocation): PrintStyle {
  const style = sessionStyle(session.settings, session.radix);
  const limit = (letter: string, none: string, otherwise: number | undefined) =>
    options.has(none) ? undefined : (count(options.number(letter)) ?? otherwise);
  return {
    ...style,
    integers: options.has('x') ? 'hex' : options.has('d') ? 'decimal' : 'natural',
    symbols: !options.has('n'),
    arrayElementLimit: limit('l', 'L', style.arrayElementLimit),
    stringLimit: limit('c', 'C', style.stringLimit),
    depthLimit: count(options.number('s')),
    types: options.has('T') ? 'base' : options.has('t') ? 'declared' : 'none',
    addresses: options.has('a'),
    holes: options.has('h'),
  };
}

function count(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function wholeValue(
  { target, address, options, hasAddress }: Invocation,
  space: ValueSpace,
  type: CType,
): Value {
  if (options.has('i')) {
    if (type.size > immediateSize) {
      const size = withPrefix(BigInt(type.size), 16);
      throw new LookupError(`${typeName(type)} has ${size} bytes: an immediate has 8`);
    }
    const bytes = integerBytes(address, 8, space.byteOrder);
    const isHigh = space.byteOrder === 'big' && type.size < 8;
    return valueOfBytes(space, type, isHigh ? bytes.subarray(8 - type.size) : bytes);
  }
  const memory = options.has('p') ? target.physical : space.memory;
  return valueAt(space, type, hasAddress ? address : 0n, memory);
}

/** @param warnings gets what is odd about the path; it is followed all the same */
function followPath(
  { hasAddress }: Invocation,
  whole: Value,
  path: string,
  steps: readonly PathStep[],
  warnings: string[],
): Value {
  let value = whole;
  for (const step of steps) {
    if (!hasAddress && strip(value.type).kind === 'pointer')
      throw new LookupError(`${path}: a pointer can't be followed without an address`);
    const problem = step.kind === 'index' ? outside(value, step.index) : undefined;
    if (problem !== undefined) warnings.push(problem);
    value = follow(value, step);
  }
  return value;
}

/** `p_mask[1..3]`, which mdb does not have, is three paths; any other path is itself. @throws LookupError */
function* expandRange(path: string, radix: number): Generator<string> {
  const match = /^([^[]*(?:\[[^\].]*\][^[]*)*)\[([^\].]+)\.\.([^\].]+)\](.*)$/.exec(path);
  if (!match) {
    yield path;
    return;
  }
  const [, before = '', first = '', last = '', after = ''] = match;
  const index = (text: string): bigint => {
    const [step] = parsePath(`[${text}]`, radix);
    return step?.kind === 'index' ? step.index : 0n;
  };
  const end = index(last);
  if (end - index(first) >= BigInt(rangeLimit))
    throw new LookupError(`${path}: a range has at most ${rangeLimit} elements`);
  for (let at = index(first); at <= end; at++) yield `${before}[${at.toString(radix)}]${after}`;
}

/** An index past the end of an array is a warning, as in mdb: people look at flexible arrays that way. */
function outside(value: Value, index: bigint): string | undefined {
  const type = strip(value.type);
  if (type.kind !== 'array' || type.count === undefined || type.count === 0) return undefined;
  if (index < BigInt(type.count)) return undefined;
  const last = (type.count - 1).toString(16);
  return `index ${index.toString(16)} is outside of array bounds [0 .. ${last}]`;
}

function follow(value: Value, step: PathStep): Value {
  try {
    checkMember(value, step);
    return followStep(value, step);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    const { address, length } = error;
    throw new FaultError(
      address,
      length,
      `${error.reason}: could not dereference pointer ${address.toString(16)}`,
    );
  }
}

/** A name that is no member is told with the ones that are spelled alike. */
function checkMember(value: Value, step: PathStep): void {
  if (step.kind === 'index') return;
  const base = strip(value.type);
  const record = base.kind === 'pointer' ? strip(base.target) : base;
  if (record.kind !== 'struct' && record.kind !== 'union') return;
  if (!value.hasMember(step.name)) throw noSuchMemberError(record, step.name, typeName(record));
}

function placeAtOffset(
  whole: Value,
  offset: bigint,
): { readonly value: Value; readonly name?: string } {
  const found = offset < 2n ** 48n ? pathAtOffset(whole.type, Number(offset)) : undefined;
  if (!found) throw new LookupError(`invalid offset ${offset.toString(16)}`);
  if (found.path === '') return { value: whole };
  return { value: found.steps.reduce(stepInto, whole), name: found.path };
}

function stepInto(value: Value, step: Member | number): Value {
  return typeof step === 'number' ? value.index(BigInt(step)) : value.field(step);
}

/** What a value is worth to the next stage: itself when it fits a word, its address when it doesn't or `-a` asks. */
function pipeRow({ target, options, session }: Invocation, value: Value): Row {
  const { kind } = strip(value.type);
  const isWord = ['pointer', 'enum'].includes(kind) || isInteger(value);
  const word = isWord && !options.has('a') ? value.unsigned() : value.address;
  if (word === undefined) throw new LookupError('an immediate value has no address');
  const text = isWord && !options.has('a') ? withPrefix(word, session.radix) : word.toString(16);
  const object = pointedObject(value, word, options.has('a'));
  return {
    spans: [{ kind: 'address', text, address: word }],
    value: word,
    data: { value: isScalar(value.type) ? scalarText(target, value) : word },
    ...(object && { object }),
  };
}

function isInteger({ type }: Value): boolean {
  const base = strip(type);
  return base.kind === 'base' && base.encoding !== 'float' && base.encoding !== 'complex';
}

/** The object that a row hands on: what a pointer points to, or the thing at the address. */
function pointedObject(value: Value, word: bigint, isAddress: boolean): Row['object'] {
  const type = strip(value.type);
  if (type.kind === 'pointer' && !isAddress) {
    return strip(type.target).kind === 'void' ? undefined : { address: word, type: type.target };
  }
  return value.address === word ? { address: word, type: value.type } : undefined;
}

function scalarText(target: Invocation['target'], value: Value): string {
  return scalarSpans(target, value, defaultStyle)
    .map((span) => span.text)
    .join('');
}
