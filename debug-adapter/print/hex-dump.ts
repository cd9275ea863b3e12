/** `::dump`: memory in hexadecimal and as characters, laid out as mdb lays it out. */
import type { Memory } from '../../dump-format/memory.ts';
import { FaultError } from '../../dump-format/errors.ts';
import type { Row, Span } from '../commands/command.ts';
import { isPrintable } from './escape.ts';

/** Bytes of a paragraph, mdb's unit of lines. */
export const paragraphBytes = 16;

/** Bytes that one dump may cover. */
export const dumpLimit = 1 << 28;

export interface HexDumpStyle {
  /** Bytes of a group: a power of two that divides the line (`-g`). */
  readonly groupBytes: number;
  /** Paragraphs of a line: 1 to 16 (`-w`). */
  readonly paragraphs: number;
  /** False: no characters at the right (`-q`). */
  readonly hasText: boolean;
  /** Bytes of each group last to first; no header, no characters, no alignment (`-e`). */
  readonly isSwapped: boolean;
  /** Offsets from the first byte instead of addresses (`-r`). */
  readonly isRelative: boolean;
  /** Lines start at the address itself (`-u`). */
  readonly isUnaligned: boolean;
  /** Only what was asked for, not the rest of its lines (`-t`). */
  readonly isTrimmed: boolean;
  /** A `*` for lines like the one before (`-s`). */
  readonly isSquished: boolean;
  /** Addresses of full width (`-v`). */
  readonly isWide: boolean;
}

export const defaultHexDump: HexDumpStyle = {
  groupBytes: 4,
  paragraphs: 1,
  hasText: true,
  isSwapped: false,
  isRelative: false,
  isUnaligned: false,
  isTrimmed: false,
  isSquished: false,
  isWide: false,
};

/** Where everything is on a line. */
interface Layout {
  readonly style: HexDumpStyle;
  readonly address: bigint;
  /** First byte of the first line. */
  readonly start: bigint;
  /** One past the last byte asked for. */
  readonly end: bigint;
  readonly lineBytes: number;
  /** Digits of the address column. */
  readonly digits: number;
}

/**
 * Dumps `length` bytes at `address`. Absent bytes are blank; the dump ends at the first absent one that was asked for.
 *
 * @throws FaultError there, after the lines before it
 */
export function* hexDump(
  memory: Memory,
  address: bigint,
  length: number,
  style: HexDumpStyle,
): Generator<Row> {
  const layout = layOut(address, Math.min(length, dumpLimit), style);
  if (!style.isSwapped) yield { spans: [{ kind: 'heading', text: header(layout) }] };
  let previous: string | undefined;
  let isElided = false;
  for (let line = layout.start; line < layout.end; line += BigInt(layout.lineBytes)) {
    const bytes = readLine(memory, line, layout);
    const text = dataText(bytes, layout);
    const isWhole = bytes.every((byte) => byte !== undefined);
    if (style.isSquished && isWhole && text === previous) {
      if (!isElided) yield { spans: [{ kind: 'text', text: '*' }] };
      isElided = true;
    } else {
      yield lineRow(line, bytes, text, layout);
      isElided = false;
    }
    previous = text;
    failOnHole(line, bytes, layout);
  }
}

function layOut(address: bigint, length: number, style: HexDumpStyle): Layout {
  const lineBytes = paragraphBytes * style.paragraphs;
  const isAligned = !style.isUnaligned && !style.isRelative && !style.isSwapped;
  const start = isAligned ? address & ~0xfn : address;
  const end = address + BigInt(length);
  const lines = (end - start + BigInt(lineBytes) - 1n) / BigInt(lineBytes);
  const last = lines * BigInt(lineBytes) - 1n + (style.isRelative ? 0n : start);
  const digits = style.isWide ? 16 : BigInt.asUintN(64, last).toString(16).length;
  return { style, address, start, end, lineBytes, digits };
}

/** Column numbers, `\/` above the byte at dot and `v` above its character. */
function header({ style, address, start, lineBytes, digits }: Layout): string {
  const dot = style.isRelative ? -1 : Number(address - start);
  const first = style.isRelative ? 0 : Number(start & 0xfn);
  let columns = '';
  let ruler = '';
  for (let index = 0; index < lineBytes; index++) {
    const digit = ((first + index) & 0xf).toString(16);
    columns += separator(index, style) + (index === dot ? '\\/' : ` ${digit}`);
    ruler += index === dot ? 'v' : digit;
  }
  const line = `${' '.repeat(digits)}   ${columns}`;
  return style.hasText ? `${line}  ${ruler}` : line;
}

/** Blanks before a byte: one between groups, two at every eighth byte when each byte is a group. */
function separator(index: number, { groupBytes }: HexDumpStyle): string {
  if (index === 0 || index % groupBytes !== 0) return '';
  return groupBytes === 1 && index % 8 === 0 ? '  ' : ' ';
}

type Bytes = readonly (number | undefined)[];

/** The bytes of a line; undefined for what is absent, and with `-t` for what was not asked for. */
function readLine(memory: Memory, line: bigint, layout: Layout): Bytes {
  const bytes: (number | undefined)[] = [];
  while (bytes.length < layout.lineBytes) {
    const at = BigInt.asUintN(64, line + BigInt(bytes.length));
    const part = memory.readAvailable(at, layout.lineBytes - bytes.length);
    bytes.push(...part);
    if (part.length === 0) bytes.push(undefined);
  }
  if (!layout.style.isTrimmed) return bytes;
  return bytes.map((byte, index) => {
    const at = line + BigInt(index);
    return at >= layout.address && at < layout.end ? byte : undefined;
  });
}

function dataText(bytes: Bytes, { style }: Layout): string {
  let text = '';
  for (let index = 0; index < bytes.length; index++) {
    const { groupBytes } = style;
    const inGroup = index % groupBytes;
    const place = style.isSwapped ? index - inGroup + groupBytes - 1 - inGroup : index;
    const byte = bytes[place];
    text += separator(index, style);
    text += byte === undefined ? '  ' : byte.toString(16).padStart(2, '0');
  }
  return text;
}

function lineRow(line: bigint, bytes: Bytes, text: string, layout: Layout): Row {
  const { style, digits, start } = layout;
  const shown = style.isRelative ? line - start : BigInt.asUintN(64, line);
  const spans: Span[] = [
    { kind: 'address', text: `${shown.toString(16).padStart(digits, '0')}:`, address: line },
    { kind: 'text', text: '  ' },
    { kind: 'number', text },
  ];
  if (style.hasText && !style.isSwapped) {
    const characters = bytes.map((byte) =>
      byte === undefined ? ' ' : isPrintable(byte) ? String.fromCharCode(byte) : '.',
    );
    spans.push({ kind: 'text', text: '  ' }, { kind: 'string', text: characters.join('') });
  }
  return { spans, data: { address: line, bytes: text.replaceAll(' ', '') } };
}

/** A byte that was asked for and is absent ends the dump. */
function failOnHole(line: bigint, bytes: Bytes, { address, end }: Layout): void {
  for (const [index, byte] of bytes.entries()) {
    const at = line + BigInt(index);
    if (byte === undefined && at >= address && at < end)
      throw new FaultError(BigInt.asUintN(64, at), 1);
  }
}
