/** `::print`: typed data as mdb shows it, line by line, nothing read before its line is asked for. */
import {
  strip,
  type ArrayType,
  type CType,
  type Member,
  type RecordType,
} from '../../dump-format/ctype.ts';
import type { Row, Span } from '../commands/command.ts';
import type { Target } from '../target/target.ts';
import { typeName } from '../target/type-names.ts';
import type { Value } from '../target/value.ts';
import { stringInArray } from './char-array.ts';
import { wrapItems } from './array-lines.ts';
import { withHoles } from './holes.ts';
import { hasHead, headSpans, indentStep, type PrintItem } from './line.ts';
import { dottedQuad, ipv6Text } from './network.ts';
import { isNamed, isScalar, scalarPrinter, scalarSpans } from './scalars.ts';
import { nestingLimit, type PrintStyle } from './style.ts';

/** What every line of one `::print` shares. */
export interface PrintJob {
  readonly target: Target;
  readonly style: PrintStyle;
  /** False: only the layout is printed and nothing is read (`::print -at type` without an address). */
  readonly hasValues: boolean;
}

/**
 * Prints a value and all that is in it.
 *
 * @param name the member path as the user wrote it; undefined for the object itself
 * @throws FaultError at the line whose bytes are absent; the lines before it have been given
 */
export function printValue(job: PrintJob, value: Value, name?: string): Iterable<Row> {
  // A walk prints a member of each of a million objects: no generator for what is one line.
  if (isScalar(value.type)) return [scalarLine(job, topItem(value, name))];
  const prefix = name === undefined ? '' : memberPrefix(name, value);
  return printItem(job, { ...topItem(value, name), prefix });
}

function topItem(value: Value, name: string | undefined): PrintItem {
  return { value, name, indent: 0, depth: 0, prefix: '', suffix: '' };
}

/**
 * Prints one scalar member of many objects: what is the same on all lines is made once.
 *
 * @returns undefined where lines differ in more than the value
 */
export function scalarLines(
  { target, style, hasValues }: PrintJob,
  type: CType,
  name: string,
): ((value: Value) => Row) | undefined {
  if (!hasValues || !isScalar(type) || style.addresses || style.types !== 'none') return undefined;
  const head: Span = { kind: 'member', text: name };
  const separator: Span = { kind: 'text', text: ' = ' };
  const declared = typeName(type);
  const print = scalarPrinter(target, type, style);
  return (value) => {
    const { address } = value;
    const [first, ...others] = print(value);
    if (address === undefined || first === undefined || others.length > 0)
      return scalarLine({ target, style, hasValues }, topItem(value, name));
    const data = { depth: 0, name, type: declared, address, value: first.text };
    return { spans: [head, separator, first], data, object: { address, type } };
  };
}

/** `p_lock.` before the names one level below a path; `p->` when the path ended by following a pointer; none in an array. */
function memberPrefix(name: string, value: Value): string {
  if (strip(value.type).kind === 'array') return '';
  if (!name.endsWith(']')) return `${name}.`;
  return name.endsWith('[0]') && !name.includes('$') ? `${name.slice(0, -3)}->` : '';
}

function* printItem(job: PrintJob, item: PrintItem): Generator<Row> {
  const base = strip(item.value.type);
  switch (base.kind) {
    case 'struct':
    case 'union':
      yield* printRecord(job, item, base);
      return;
    case 'array':
      yield* printArray(job, item, base);
      return;
    default:
      yield scalarLine(job, item);
  }
}

function scalarLine(job: PrintJob, item: PrintItem): Row {
  return line(job, item, job.hasValues ? scalarSpans(job.target, item.value, job.style) : []);
}

function* printRecord(job: PrintJob, item: PrintItem, record: RecordType): Generator<Row> {
  if (record.isDeclaration) {
    const text = `; <forward declaration of ${typeName(record)}>`;
    yield line(job, item, [{ kind: 'comment', text }]);
    return;
  }
  const network = job.hasValues ? networkAddress(item.value, record) : undefined;
  if (network !== undefined) {
    yield line(job, item, [{ kind: 'number', text: network }]);
    return;
  }
  if (isTooDeep(job, item)) {
    yield line(job, item, [{ kind: 'text', text: `{ ... }${item.suffix}` }]);
    return;
  }
  yield opening(job, item, '{');
  const members = job.style.holes ? withHoles(record) : record.members;
  for (const member of members) yield* printItem(job, memberItem(item, member));
  yield closing(item, `}${item.suffix}`);
}

function memberItem(parent: PrintItem, member: Member): PrintItem {
  return {
    value: parent.value.field(member),
    name: parent.prefix + (member.name ?? '<anon>'),
    indent: parent.indent + indentStep,
    depth: parent.depth + 1,
    prefix: '',
    suffix: '',
  };
}

function* printArray(job: PrintJob, item: PrintItem, array: ArrayType): Generator<Row> {
  if (!job.hasValues) {
    yield line(job, item, []);
    return;
  }
  const limit = job.style.arrayElementLimit ?? Infinity;
  const count = array.count ?? 0;
  if (count === 0 || limit === 0 || isTooDeep(job, item)) {
    yield line(job, item, [{ kind: 'text', text: '[ ... ]' }]);
    return;
  }
  const text = stringInArray(item.value, array, job.style);
  if (text !== undefined) {
    yield line(job, item, [{ kind: 'string', text: `[ "${text}" ]` }]);
    return;
  }
  const shown = Math.min(count, limit);
  if (isScalar(array.element)) {
    yield* printScalars(job, item, shown, shown < count);
    return;
  }
  yield opening(job, item, '[');
  for (let index = 0; index < shown; index++)
    yield* printItem(job, elementItem(item, array, index));
  yield closing(item, shown < count ? '... ]' : ']');
}

function elementItem(parent: PrintItem, array: ArrayType, index: number): PrintItem {
  return {
    value: parent.value.index(BigInt(index)),
    name: undefined,
    indent: parent.indent + indentStep,
    depth: parent.depth + 1,
    prefix: '',
    suffix: strip(array.element).kind === 'array' ? '' : ',',
  };
}

function* printScalars(
  job: PrintJob,
  item: PrintItem,
  shown: number,
  isCut: boolean,
): Generator<Row> {
  const { target, style } = job;
  function* elements(): Generator<readonly Span[]> {
    for (let index = 0; index < shown; index++)
      yield scalarSpans(target, item.value.index(BigInt(index)), style);
    if (isCut) yield [{ kind: 'text', text: '...' }];
  }
  const head = headSpans(item, style);
  if (hasHead(item, style))
    head.push({ kind: 'text', text: item.name === undefined ? ' ' : ' = ' });
  for (const spans of wrapItems(head, elements(), item.indent + indentStep, style.columns))
    yield row(item, spans);
}

/** A line with the value on it; in a layout, the head and the blank that mdb leaves. */
function line(job: PrintJob, item: PrintItem, value: readonly Span[]): Row {
  const spans = headSpans(item, job.style);
  if (!job.hasValues) spans.push({ kind: 'text', text: ' ' });
  else if (item.name !== undefined) spans.push({ kind: 'text', text: ' = ' });
  else if (hasHead(item, job.style)) spans.push({ kind: 'text', text: ' ' });
  spans.push(...value);
  const [first, second] = value;
  const isOne = first !== undefined && second === undefined;
  return row(item, spans, isOne ? first.text : value.map((span) => span.text).join(''));
}

function opening(job: PrintJob, item: PrintItem, bracket: '{' | '['): Row {
  const spans = headSpans(item, job.style);
  const isAssigned = item.name !== undefined && job.hasValues;
  const separator = isAssigned ? ' = ' : hasHead(item, job.style) ? ' ' : '';
  return row(item, [...spans, { kind: 'text', text: separator + bracket }]);
}

function closing(item: PrintItem, bracket: string): Row {
  return { spans: [{ kind: 'text', text: ' '.repeat(item.indent) + bracket }] };
}

function row(item: PrintItem, spans: readonly Span[], text?: string): Row {
  const { address, type } = item.value;
  const data: Record<string, unknown> = { depth: item.depth };
  if (item.name !== undefined) data['name'] = item.name;
  data['type'] = typeName(type);
  if (address !== undefined) data['address'] = address;
  if (text !== undefined) data['value'] = text;
  return address === undefined ? { spans, data } : { spans, data, object: { address, type } };
}

function isTooDeep({ style }: PrintJob, { depth }: PrintItem): boolean {
  return depth >= Math.min(style.depthLimit ?? nestingLimit, nestingLimit);
}

/** `struct in_addr` and `struct in6_addr` as people read them; their members are then left out. */
function networkAddress(value: Value, record: RecordType): string | undefined {
  if (record.name === 'in_addr' && record.size === 4) return dottedQuad(value.bytes());
  if ((record.name === 'in6_addr' || isNamed(value.type, 'in6_addr_t')) && record.size === 16)
    return ipv6Text(value.bytes());
  return undefined;
}
