/** `::sort` and `::uniq`: the elements of a pipeline in order, and each once. Ours. */
import { FaultError, LookupError, UsageError } from '../../dump-format/errors.ts';
import type { CExpression } from '../language/c-expression.ts';
import { numberOf } from '../language/c-operand.ts';
import { strip } from '../../dump-format/ctype.ts';
import { isCharacter } from '../print/scalars.ts';
import type { Value } from '../target/value.ts';
import type { Dcmd, Invocation, Row } from './command.ts';
import { compile, scopeOf, typeOfOption, typeOption } from './lib-c.ts';

/** Elements that may be sorted, or told apart. */
export const sortLimit = 10_000_000;

export const sort: Dcmd = {
  name: 'sort',
  address: 'optional',
  synopsis: '[expression]',
  summary: 'sort the elements of a pipe',
  description:
    'By value, or by a C expression over the element, as in ::filter: numbers as numbers, text as text. Elements with equal keys keep their order; ' +
    'those whose key can not be read come last.',
  options: [typeOption, { letter: 'r', argument: 'none', help: 'the greatest first' }],
  examples: [
    { line: '::walk thread | ::sort', explains: 'by address' },
    { line: '::walk thread | ::sort -r t_pri', explains: 'by a member, the greatest first' },
  ],
  origin: 'corewalk',
  completes: ['member'],
  run() {
    throw new UsageError('');
  },
  *runPipe(invocation, input) {
    const keyOf = keyFunction(invocation);
    const keyed: { readonly row: Row; readonly key: Key }[] = [];
    for (const row of elements(invocation, input)) keyed.push({ row, key: keyOf(row) });
    const sign = invocation.options.has('r') ? -1 : 1;
    keyed.sort((a, b) => compare(a.key, b.key, sign));
    for (const { row } of keyed) yield row;
  },
};

export const uniq: Dcmd = {
  name: 'uniq',
  address: 'optional',
  synopsis: '[expression]',
  summary: 'let each element of a pipe through once',
  description:
    'The first of equal ones, wherever they stand: nothing has to be sorted before. Equal are equal values, or equal values of a C expression over the element.',
  options: [
    typeOption,
    { letter: 'c', argument: 'none', help: 'with how many there were of each' },
  ],
  examples: [
    { line: '::walk thread | ::print t_procp | ::uniq -c', explains: 'threads of each process' },
  ],
  origin: 'corewalk',
  completes: ['member'],
  run() {
    throw new UsageError('');
  },
  *runPipe(invocation, input) {
    const keyOf = keyFunction(invocation);
    const isCounted = invocation.options.has('c');
    const found = new Map<Key, { readonly row: Row; count: number }>();
    for (const row of elements(invocation, input)) {
      const key = keyOf(row);
      const known = found.get(key);
      if (known) known.count++;
      else {
        found.set(key, { row, count: 1 });
        if (!isCounted) yield row;
      }
    }
    if (!isCounted) return;
    for (const { row, count } of found.values()) {
      const spans: Row['spans'] = invocation.isPipeOut
        ? row.spans
        : [{ kind: 'number', text: `${count.toString().padStart(8)} ` }, ...row.spans];
      yield { ...row, spans, data: { ...row.data, count } };
    }
  },
};

/** Undefined when it can't be read. */
type Key = bigint | number | string | undefined;

function* elements({ session }: Invocation, input: Iterable<Row>): Generator<Row> {
  let count = 0;
  for (const row of input) {
    if (row.value === undefined) continue;
    if ((++count & 0xfff) === 0) session.checkpoint({ done: count, what: 'elements' });
    if (count > sortLimit) throw new LookupError(`more than ${sortLimit} elements`);
    yield row;
  }
}

function keyFunction(invocation: Invocation): (row: Row) => Key {
  const [first, more] = invocation.arguments;
  if (more !== undefined || first?.kind === 'immediate') throw new UsageError('');
  if (first === undefined) return (row) => row.value;
  const expression = compile(invocation, first.text);
  const type = typeOfOption(invocation);
  return (row) => readKey(invocation, expression, row, type);
}

function readKey(
  invocation: Invocation,
  expression: CExpression,
  row: Row,
  type: ReturnType<typeof typeOfOption>,
): Key {
  const { target } = invocation;
  try {
    const value = expression.evaluate(target, scopeOf(invocation, row, type));
    return isText(value) ? (value.text() ?? undefined) : numberOf(target, value).value;
  } catch (error) {
    if (error instanceof FaultError || error instanceof LookupError) return undefined;
    throw error;
  }
}

function isText(value: Value): boolean {
  const type = strip(value.type);
  const element = type.kind === 'pointer' ? type.target : type.kind === 'array' && type.element;
  return element !== false && isCharacter(element);
}

function compare(a: Key, b: Key, sign: 1 | -1): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a < b ? -sign : a > b ? sign : 0;
}
