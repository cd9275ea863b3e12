/** Types as arguments of a dcmd: one word, or two for `struct foo`. */
import { UsageError } from '../../dump-format/errors.ts';
import { strip, type CType } from '../../dump-format/ctype.ts';
import { LineError } from '../language/line-error.ts';
import { didYouMean, nearestNames } from '../language/nearest.ts';
import { namedMembers } from '../target/members.ts';
import type { Target } from '../target/target.ts';
import type { Argument, Invocation } from './command.ts';

/** Types whose names are compared for a hint. */
const hintLimit = 200_000;

export interface TypeArgument {
  readonly type: CType;
  /** As the user wrote it. */
  readonly name: string;
  /** The arguments after it. */
  readonly rest: readonly Argument[];
}

/** The type that the arguments begin with, or undefined when they begin with none. */
export function findTypeArgument(
  target: Target,
  list: readonly Argument[],
): TypeArgument | undefined {
  const written = splitType(list);
  if (!written) return undefined;
  const type = target.findType(written.name);
  return type && { type, ...written };
}

/** @throws LineError when the first words name no type; UsageError when there are none */
export function takeTypeArgument(target: Target, list: readonly Argument[]): TypeArgument {
  const found = findTypeArgument(target, list);
  if (found) return found;
  const written = splitType(list);
  if (!written) throw new UsageError('');
  throw noSuchTypeError(target, written.name);
}

/** mdb's message, and the names that may have been meant: `struct foo` for `foo`, and what is spelled alike. */
export function noSuchTypeError(target: Target, name: string): LineError {
  return new LineError(`failed to look up type ${name}: ${noSuchType(target)}`, {
    hint: typeHint(target, name),
  });
}

/** `did you mean struct foo?`, or undefined. */
export function typeHint(target: Target, name: string): string | undefined {
  const bare = name.replace(/[\s*]+$/, '').replace(/^(struct|union|enum) /, '');
  const tagged = ['struct', 'union', 'enum'].map((word) => `${word} ${bare}`);
  const exact = [...tagged, bare, `${bare}_t`].filter(
    (each) => each !== name && target.findType(each) !== undefined,
  );
  if (exact.length > 0) return didYouMean(exact);
  return didYouMean(nearestNames(bare, allTypeNames(target)));
}

function* allTypeNames(target: Target): Generator<string> {
  let count = 0;
  for (const { name, kind } of target.types.names()) {
    if (count++ > hintLimit) return;
    yield ['struct', 'union', 'enum'].includes(kind) ? `${kind} ${name}` : name;
  }
}

/** mdb's message, and the members that may have been meant. */
export function noSuchMemberError(type: CType, member: string, ofType: string): LineError {
  const base = strip(type);
  const names =
    base.kind === 'struct' || base.kind === 'union'
      ? namedMembers(base).flatMap((each) => each.name ?? [])
      : [];
  return new LineError(
    `failed to find member ${member} of ${ofType}: no such member of structure or union`,
    { hint: didYouMean(nearestNames(member, names)) },
  );
}

/** Why a type was not found, in the words of libctf. */
export function noSuchType(target: Target): string {
  return target.debugInfo
    ? 'No type found corresponding to name'
    : 'no symbolic debug information available for module';
}

/** The words of a type as the user wrote them: one, or two after struct, union and enum. */
export function typeWords(list: readonly Argument[]): string | undefined {
  return splitType(list)?.name;
}

/** The only word of a command that takes one. @throws UsageError when there are more, or none */
export function onlyWord(list: readonly Argument[]): string {
  const [first, second] = list;
  if (first?.kind !== 'word' || second !== undefined) throw new UsageError('');
  return first.text;
}

/** All arguments as words. @throws UsageError for a `$[...]` */
export function words(list: readonly Argument[]): readonly string[] {
  return list.map((each) => {
    if (each.kind === 'word') return each.text;
    throw new UsageError('');
  });
}

/** The type of the object that the address is about: what a symbol says at that very address, or the row of the pipe. */
export function typeOfAddress({
  target,
  address,
  hasAddress,
  input,
}: Invocation): CType | undefined {
  if (!hasAddress) return undefined;
  if (input?.object && input.object.address === address) return input.object.type;
  const symbol = target.symbols.nearestBelow(address);
  if (symbol?.address !== address) return undefined;
  return target.debugInfo?.variable(symbol.name)?.type;
}

function splitType(
  list: readonly Argument[],
): { readonly name: string; readonly rest: readonly Argument[] } | undefined {
  const [first, second] = list;
  if (first?.kind !== 'word') return undefined;
  const isTag = ['struct', 'union', 'enum'].includes(first.text);
  if (!isTag || second?.kind !== 'word') return { name: first.text, rest: list.slice(1) };
  return { name: `${first.text} ${second.text}`, rest: list.slice(2) };
}
