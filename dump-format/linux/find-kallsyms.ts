/** Finds the tables of kallsyms in a kernel's memory: before Linux 6.0 no note says where they are. */
import { FormatError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import type { SymbolTable } from '../symbols.ts';
import { maximumKallsyms, openKallsyms } from './kallsyms.ts';

/** Bytes behind `_stext` that are searched: code, then read-only data, which has the tables. */
export const kernelImageBytes = 2 ** 26;

/** Places that look like the digits among the tokens, and like a count before names, that are tried. */
export const digitPlaceLimit = 4096;
export const countPlaceLimit = 65536;

const tokenCount = 256;
/** Digits are tokens of their own in every kernel: names have them where no longer token fits. */
const digits = [...'0123456789'].map((digit) => `${digit}\0`).join('');
const digitToken = 48;
/** Names that one marker stands for. */
const namesPerMarker = 256;
/** Tables begin at multiples of it. */
const alignment = 8;

/**
 * The symbols of the kernel that has `_stext` where the note says; undefined when no tables are found that agree with that.
 *
 * In the order of scripts/kallsyms.c up to Linux 6.3: offsets, relative base, count, names, markers, token table, token index.
 */
export function findKallsyms(memory: Memory, start: bigint): SymbolTable | undefined {
  const end = start + BigInt(kernelImageBytes);
  for (let at = start; at < end;) {
    const range = memory.rangeAtOrAbove(at);
    if (!range || range.start >= end) return undefined;
    const from = range.start > at ? range.start : at;
    const size = range.end < end ? range.end - from : end - from;
    const found = new ImagePart(memory.readAvailable(from, Number(size))).find(start);
    if (found) return found;
    at = range.end;
  }
  return undefined;
}

/** Bytes of the image that lie together. All offsets are from their start. */
class ImagePart {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #countsTried = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  find(stext: bigint): SymbolTable | undefined {
    const text = new TextDecoder('latin1').decode(this.#bytes);
    let hit = text.indexOf(digits);
    for (let tried = 0; hit >= 0 && tried < digitPlaceLimit; tried++) {
      const tokens = this.#findTokens(hit);
      const symbols = tokens && this.#findNames(tokens.table, tokens.index, stext);
      if (symbols) return symbols;
      hit = text.indexOf(digits, hit + 1);
    }
    return undefined;
  }

  /** The table that has the digits at an offset, by the index behind it, which says where each token begins. */
  #findTokens(digitOffset: number): { readonly table: number; readonly index: number } | undefined {
    let end = digitOffset;
    for (let token = digitToken; token < tokenCount; token++) {
      end = this.#bytes.indexOf(0, end) + 1;
      if (end === 0) return undefined;
    }
    const index = alignUp(end);
    if (index + tokenCount * 2 > this.#bytes.length) return undefined;
    const table = digitOffset - this.#view.getUint16(index + digitToken * 2, true);
    if (table < 0 || this.#view.getUint16(index, true) !== 0) return undefined;
    for (let token = 1; token < tokenCount; token++) {
      const place = this.#view.getUint16(index + token * 2, true);
      const before = this.#view.getUint16(index + token * 2 - 2, true);
      if (place <= before || this.#bytes[table + place - 1] !== 0) return undefined;
    }
    return { table, index };
  }

  /** Markers lie before the tokens, 4 bytes each since Linux 5.0 and 8 before; names before the markers, their count before them. */
  #findNames(table: number, index: number, stext: bigint): SymbolTable | undefined {
    for (const width of [4, 8] as const) {
      const markers = this.#markersBefore(table, width);
      if (!markers) continue;
      const last = markers.values.length * namesPerMarker;
      for (let at = markers.start - alignment; at >= 2 * alignment; at -= alignment) {
        const count = this.#view.getUint32(at, true);
        if (count > last || count <= last - namesPerMarker || count > maximumKallsyms) continue;
        if (this.#countsTried++ >= countPlaceLimit) return undefined;
        if (!this.#areNames(at + alignment, count, markers)) continue;
        const symbols = this.#open(at, count, { table, index, end: markers.start });
        if (symbols?.byName('_stext')?.address === stext) return symbols;
      }
    }
    return undefined;
  }

  /** Offsets of every 256th name: ascending from 0 up to the tokens. */
  #markersBefore(table: number, width: 4 | 8): Markers | undefined {
    const valueAt = (at: number): number =>
      width === 4 ? this.#view.getUint32(at, true) : Number(this.#view.getBigUint64(at, true));
    let at = table - width;
    // Padding up to where the tokens begin.
    if (at >= 0 && valueAt(at) === 0) at -= width;
    const values: number[] = [];
    for (; at >= 0; at -= width) {
      const value = valueAt(at);
      const next = values.at(-1);
      if (next !== undefined && value >= next) return undefined;
      values.push(value);
      if (value === 0) return { start: at, values: values.toReversed() };
    }
    return undefined;
  }

  #areNames(start: number, count: number, { start: end, values }: Markers): boolean {
    let at = start;
    for (let index = 0; index < count; index++) {
      const isMarked = index % namesPerMarker === 0;
      if (isMarked && values[index / namesPerMarker] !== at - start) return false;
      const length = this.#bytes[at] ?? 0;
      at += length & 0x80 ? 2 + ((length & 0x7f) | ((this.#bytes[at + 1] ?? 0) << 7)) : 1 + length;
      if (at > end) return false;
    }
    return alignUp(at) === end;
  }

  /** @param countAt offset of `kallsyms_num_syms` */
  #open(
    countAt: number,
    count: number,
    place: { readonly table: number; readonly index: number; readonly end: number },
  ): SymbolTable | undefined {
    const base = countAt - alignment;
    const offsets = base - alignUp(count * 4);
    if (offsets < 0) return undefined;
    const part = (from: number, to: number): Uint8Array => this.#bytes.subarray(from, to);
    try {
      return openKallsyms({
        byteOrder: 'little',
        count,
        names: part(countAt + alignment, place.end),
        tokens: part(place.table, place.index),
        tokenIndex: part(place.index, place.index + tokenCount * 2),
        offsets: part(offsets, offsets + count * 4),
        relativeBase: this.#view.getBigUint64(base, true),
      });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return undefined;
    }
  }
}

interface Markers {
  readonly start: number;
  readonly values: readonly number[];
}

function alignUp(offset: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
