/** A scalar as text that means the same in both dumps: what is equal in text is equal. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { FaultError } from '../../dump-format/errors.ts';
import { valueText } from '../print/value-text.ts';
import type { Target } from '../target/target.ts';
import { isText, type Leaf } from './leaves.ts';
import type { Pairing, Place } from './pairs.ts';

/** Characters of a text that are shown. */
const textLimit = 80;

/** Bytes of a text behind a pointer. */
const stringLimit = 256;

export interface LeafPlace {
  readonly side: 'left' | 'right';
  readonly target: Target;
  readonly pairing: Pairing;
  /** The object, and its bytes. */
  readonly place: Place;
  readonly bytes: Uint8Array;
  readonly leaf: Leaf;
}

/** What a leaf holds: a text, or anything else in words. */
export type LeafText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly text: string };

export function leafText(at: LeafPlace): LeafText {
  const { target, leaf, place, bytes } = at;
  if (leaf.bitField) return { kind: 'value', text: bitText(leaf.bitField, bytes) };
  const type = strip(leaf.type);
  if (type.kind === 'array' && isText(type.element))
    return { kind: 'text', text: untilNul(bytes.subarray(leaf.offset, leaf.offset + leaf.size)) };
  const value = target.value(leaf.type, place.address + BigInt(leaf.offset));
  if (type.kind === 'pointer') return pointerText(at, value.unsigned(), type.target);
  const code =
    type.kind === 'base' && type.size === 8 ? functionAt(target, value.unsigned()) : undefined;
  return { kind: 'value', text: code ?? valueText(target, value) };
}

function pointerText(
  { side, target, pairing }: LeafPlace,
  pointer: bigint,
  pointed: CType,
): LeafText {
  if (pointer === 0n) return { kind: 'value', text: '0' };
  const string = isText(pointed) ? stringAt(target, pointer) : undefined;
  if (string !== undefined) return { kind: 'text', text: string };
  const name = pairing.nameOf(side, pointer);
  return { kind: 'value', text: name ?? pointer.toString(16) };
}

/** An integer that is an address of code: the function alone, for builds place it differently. */
function functionAt(target: Target, value: bigint): string | undefined {
  const symbol = target.symbols.nearestBelow(value);
  const isInside = symbol?.type === 'function' && value < symbol.address + symbol.size;
  return isInside ? symbol.name : undefined;
}

/** Printable text behind a pointer; an empty one may as well be something else. */
function stringAt(target: Target, address: bigint): string | undefined {
  try {
    const bytes: number[] = [];
    for (let offset = 0n; offset < stringLimit; offset++) {
      const byte = target.memory.readU8(address + offset);
      if (byte === 0) return bytes.length === 0 ? undefined : Buffer.from(bytes).toString('latin1');
      if (byte < 0x20 || byte > 0x7e) return undefined;
      bytes.push(byte);
    }
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
  }
  return undefined;
}

function untilNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('latin1');
}

function bitText(
  { offsetBits, sizeBits }: NonNullable<Leaf['bitField']>,
  bytes: Uint8Array,
): string {
  let value = 0n;
  for (let bit = sizeBits - 1; bit >= 0; bit--) {
    const at = offsetBits + bit;
    value = (value << 1n) | BigInt(((bytes[at >> 3] ?? 0) >> (at & 7)) & 1);
  }
  return `0x${value.toString(16)}`;
}

/** Both as they are shown; undefined when they are equal. Of texts of several lines, those from the first to the last that differ. */
export function differingTexts(
  left: LeafText,
  right: LeafText,
): readonly [string, string] | undefined {
  if (left.kind === right.kind && left.text === right.text) return undefined;
  const shown = (text: LeafText, lines: readonly string[]): string =>
    text.kind === 'text' ? quoted(lines.join('\n')) : text.text;
  const [mine, theirs] = [left.text.split('\n'), right.text.split('\n')];
  if (left.kind === 'text' && right.kind === 'text')
    while (mine.length > 1 && theirs.length > 1 && mine[0] === theirs[0]) {
      mine.shift();
      theirs.shift();
    }
  return [shown(left, mine), shown(right, theirs)];
}

function quoted(text: string): string {
  return JSON.stringify(text.length > textLimit ? `${text.slice(0, textLimit)}...` : text);
}
