/** Cells of mdb's tables: padded text that keeps what it is about. */
import type { Span } from '../commands/command.ts';
import { escapeControls } from '../print/escape.ts';

/** A pointer, right justified in 16 columns; zero padded where mdb's format has `%0?p`. */
export function pointer(address: bigint, options: { readonly zeroPadded?: boolean } = {}): Span {
  const digits = address.toString(16);
  const text = options.zeroPadded ? digits.padStart(16, '0') : digits.padStart(16);
  return address === 0n ? { kind: 'number', text } : { kind: 'address', text, address };
}

export function text(value: string): Span {
  return { kind: 'text', text: value };
}

/** Text that the dump holds, a process's name: what could drive a terminal is escaped. */
export function dumpText(value: string): Span {
  return { kind: 'text', text: escapeControls(value) };
}

export function heading(value: string): Span {
  return { kind: 'heading', text: value };
}

/** A symbol, left justified. */
export function symbol(name: string, address: bigint, width = 0): Span {
  return { kind: 'symbol', text: name.padEnd(width), address };
}
