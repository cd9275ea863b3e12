/** Types as arguments of a dcmd: one word, or two for `struct foo`. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import type { CType } from '../../dump-format/ctype.ts';
import type { Target } from '../target/target.ts';
import type { Argument, Invocation } from './command.ts';

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
  const written = typeWords(list);
  if (!written) return undefined;
  const type = target.findType(written.name);
  return type && { type, ...written };
}

/** @throws LookupError when the first words name no type; UsageError when there are none */
export function takeTypeArgument(target: Target, list: readonly Argument[]): TypeArgument {
  const found = findTypeArgument(target, list);
  if (found) return found;
  const written = typeWords(list);
  if (!written) throw new UsageError('');
  throw new LookupError(`failed to look up type ${written.name}: ${noSuchType(target)}`);
}

/** Why a type was not found, in the words of libctf. */
export function noSuchType(target: Target): string {
  return target.debugInfo
    ? 'No type found corresponding to name'
    : 'no symbolic debug information available for module';
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

function typeWords(
  list: readonly Argument[],
): { readonly name: string; readonly rest: readonly Argument[] } | undefined {
  const [first, second] = list;
  if (first?.kind !== 'word') return undefined;
  const isTag = ['struct', 'union', 'enum'].includes(first.text);
  if (!isTag || second?.kind !== 'word') return { name: first.text, rest: list.slice(1) };
  return { name: `${first.text} ${second.text}`, rest: list.slice(2) };
}
