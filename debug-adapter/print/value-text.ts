/** A value on one line: for variables and hovers of an editor, tables and arguments of a stack. */
import { strip, type ArrayType, type RecordType } from '../../dump-format/ctype.ts';
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';
import { stringInArray } from './char-array.ts';
import { escapeControls } from './escape.ts';
import { isScalar, scalarSpans } from './scalars.ts';
import { defaultStyle, type PrintStyle } from './style.ts';

/** Characters of a line when nobody sets a limit; what doesn't fit is `...`. */
export const lineTextLimit = 160;

/** Aggregates nested deeper than this are `{...}` on one line. */
const lineDepthLimit = 3;

/**
 * The value as one line: scalars as `::print` shows them, `{a = 0x1, b = {...}}`, `[0x1, 0x2, ...]`, `"text"`.
 *
 * Never throws for what the dump lacks: that part reads `<no mapping for address 1000>`.
 */
export function valueText(
  target: Target,
  value: Value,
  style: PrintStyle = defaultStyle,
  limit: number = lineTextLimit,
): string {
  const writer = new LineWriter(limit);
  write(writer, target, value, style, 0);
  return escapeControls(writer.text);
}

/** Collects text until the line is full. */
class LineWriter {
  text = '';
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  get isFull(): boolean {
    return this.text.length >= this.limit;
  }

  add(text: string): void {
    this.text += text;
  }
}

function write(
  writer: LineWriter,
  target: Target,
  value: Value,
  style: PrintStyle,
  depth: number,
): void {
  try {
    const type = strip(value.type);
    if (isScalar(type)) {
      const spans = scalarSpans(target, value, style);
      writer.add(spans.map((span) => span.text).join(''));
    } else if (type.kind === 'array') writeArray(writer, target, value, type, style, depth);
    else if (type.kind === 'struct' || type.kind === 'union')
      writeRecord(writer, target, value, type, style, depth);
  } catch (error) {
    writer.add(reasonText(error));
  }
}

/** Why a value can't be shown, in angle brackets. Rethrows what is no fault of the dump. */
export function reasonText(error: unknown): string {
  if (error instanceof FaultError) return `<${error.reason} ${error.address.toString(16)}>`;
  if (error instanceof LookupError) return `<${error.message}>`;
  throw error;
}

function writeRecord(
  writer: LineWriter,
  target: Target,
  value: Value,
  record: RecordType,
  style: PrintStyle,
  depth: number,
): void {
  if (record.isDeclaration) {
    writer.add('<incomplete type>');
    return;
  }
  if (depth >= lineDepthLimit) {
    writer.add('{...}');
    return;
  }
  writer.add('{');
  for (const [index, member] of record.members.entries()) {
    if (index > 0) writer.add(', ');
    if (writer.isFull) {
      writer.add('...');
      break;
    }
    if (member.name !== undefined) writer.add(`${member.name} = `);
    write(writer, target, value.field(member), style, depth + 1);
  }
  writer.add('}');
}

function writeArray(
  writer: LineWriter,
  target: Target,
  value: Value,
  array: ArrayType,
  style: PrintStyle,
  depth: number,
): void {
  const text = stringInArray(value, array, style);
  if (text !== undefined) {
    writer.add(`"${text}"`);
    return;
  }
  const count = array.count ?? 0;
  const shown = Math.min(count, style.arrayElementLimit ?? Infinity);
  writer.add('[');
  for (let index = 0; index < count; index++) {
    if (index > 0) writer.add(', ');
    if (index >= shown || writer.isFull || depth >= lineDepthLimit) {
      writer.add('...');
      break;
    }
    write(writer, target, value.index(BigInt(index)), style, depth + 1);
  }
  writer.add(count === 0 ? '...]' : ']');
}
