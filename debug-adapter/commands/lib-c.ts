/** C expressions over the elements of a pipeline: names are members of the element, `dot` is a pointer to it. */
import { LookupError } from '../../dump-format/errors.ts';
import type { CType } from '../../dump-format/ctype.ts';
import { compileC, type CExpression, type CScope } from '../language/c-expression.ts';
import { integerTypeNamed } from '../language/c-operand.ts';
import { spaceOf } from '../target/locals.ts';
import { valueOfWord } from '../target/typed-value.ts';
import type { Value } from '../target/value.ts';
import type { Invocation, OptionSpecification, Row } from './command.ts';

export const typeOption: OptionSpecification = {
  letter: 't',
  argument: 'text',
  argumentName: 'type',
  help: 'the type of the elements, where the pipe does not tell',
};

/** Reads a C expression. @throws LineError; LookupError when the shell brought no C grammar */
export function compile({ session }: Invocation, text: string): CExpression {
  if (!session.cGrammar) throw new LookupError('this shell has no C grammar');
  return compileC(session.cGrammar, text);
}

/** The type that `-t` names. @throws LookupError when there is none */
export function typeOfOption({ options, target }: Invocation): CType | undefined {
  const name = options.text('t');
  return name === undefined ? undefined : target.type(name);
}

/** What names in an expression mean for one element. */
export function scopeOf(invocation: Invocation, row: Row, type: CType | undefined): CScope {
  const { target, session } = invocation;
  const address = row.value ?? 0n;
  const known = type ?? (row.object?.address === address ? row.object.type : undefined);
  const variables = (name: string): bigint | undefined => session.variables.get(name);
  if (known) return { object: target.value(known, address), session: variables };
  const variable = (name: string): Value | undefined =>
    name === 'dot' ? untypedDot(invocation, address) : undefined;
  return { variable, session: variables };
}

function untypedDot({ target }: Invocation, address: bigint): Value {
  return valueOfWord(spaceOf(target), integerTypeNamed('unsigned long'), address);
}
