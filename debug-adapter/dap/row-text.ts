/** Rows as lines of a console: plain, or coloured with ANSI sequences of our own; and as JSON. */
import type { Row, Span } from '../commands/command.ts';
import { typeName } from '../target/type-names.ts';
import type { HexAddress, RowItem, SpanItem } from './protocol.ts';
import { safeText } from './safe-text.ts';

/** Select graphic rendition by kind of span; 16 colours, so that a theme decides how they look. */
const renditions: Readonly<Partial<Record<Span['kind'], string>>> = {
  heading: '1',
  address: '36',
  symbol: '33',
  type: '32',
  string: '35',
  error: '31',
  comment: '2',
};

/** The row without its line end. */
export function rowLine(row: Row, isColoured: boolean): string {
  let line = '';
  for (const span of row.spans) line += isColoured ? coloured(span) : safeText(span.text);
  return line;
}

function coloured({ kind, text }: Span): string {
  const rendition = renditions[kind];
  const safe = safeText(text);
  return rendition === undefined || safe.trim() === '' ? safe : `\x1b[${rendition}m${safe}\x1b[0m`;
}

export function hexAddress(address: bigint): HexAddress {
  return `0x${BigInt.asUintN(64, address).toString(16)}`;
}

/** The row as data; 64-bit numbers are hexadecimal strings. */
export function rowItem(row: Row): RowItem {
  return {
    spans: row.spans.map(spanItem),
    ...(row.value !== undefined && { value: hexAddress(row.value) }),
    ...(row.object && {
      object: { address: hexAddress(row.object.address), type: typeName(row.object.type) },
    }),
    ...(row.data && { data: plainData(row.data) }),
    ...(row.isError && { isError: true }),
  };
}

export function spanItem({ kind, text, address }: Span): SpanItem {
  return {
    kind,
    text: safeText(text),
    ...(address !== undefined && { address: hexAddress(address) }),
  };
}

/** Nesting of a row's data, at most. */
const dataDepthLimit = 16;

/** JSON of what a row carries: bigints as `HexAddress`, negative ones as `-0x`; strings made safe; maps and sets as objects and lists. */
export function plainData(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint')
    return value < 0n ? `-0x${(-value).toString(16)}` : hexAddress(value);
  if (typeof value === 'string') return safeText(value);
  if (value === undefined || value === null || typeof value !== 'object') return value;
  if (depth >= dataDepthLimit) return '...';
  if (value instanceof Map) return plainData(Object.fromEntries(value), depth);
  if (value instanceof Set || Array.isArray(value) || ArrayBuffer.isView(value))
    return Array.from(iterate(value), (each) => plainData(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [safeText(name), plainData(each, depth + 1)]),
  );
}

function iterate(value: Iterable<unknown> | ArrayBufferView): Iterable<unknown> {
  if (!ArrayBuffer.isView(value)) return value;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
