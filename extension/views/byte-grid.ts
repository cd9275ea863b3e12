/** Memory as rows of bytes, each with the member that it belongs to: present, absent and hole are three things. */
import type { BytesBody, FieldItem, LayoutItem } from '../../debug-adapter/dap/picture-protocol.ts';

/** Bytes of a row. */
export const rowSize = 16;

/** Colours that members take in turn. */
export const hueCount = 6;

export interface ByteCell {
  readonly address: bigint;
  /** Undefined where the dump has nothing. */
  readonly value: number | undefined;
  /** Index among the fields of the object. */
  readonly field: number | undefined;
  /** First byte of its member. */
  readonly isStart: boolean;
}

export interface ByteRow {
  readonly address: bigint;
  readonly cells: readonly ByteCell[];
}

/** @param start multiple of `rowSize` */
export function byteRows(
  start: bigint,
  rowCount: number,
  { runs }: BytesBody,
  object: LayoutItem | undefined,
): ByteRow[] {
  const bytes = bytesOf(start, rowCount * rowSize, runs);
  const owners = object === undefined ? [] : fieldOfEachByte(object);
  const base = BigInt(object?.address ?? 0);
  return Array.from({ length: rowCount }, (_, row) => {
    const address = start + BigInt(row * rowSize);
    const cells = Array.from({ length: rowSize }, (__, column) => {
      const at = address + BigInt(column);
      const offset = Number(at - base);
      const field = object === undefined ? undefined : owners[offset];
      return {
        address: at,
        value: bytes[row * rowSize + column],
        field,
        isStart: field !== undefined && owners[offset - 1] !== field,
      };
    });
    return { address, cells };
  });
}

/** For each byte of an object the index of its field: of several, the first that is no alternative of a union. */
export function fieldOfEachByte({ fields, size }: LayoutItem): readonly (number | undefined)[] {
  const owners = new Array<number | undefined>(size).fill(undefined);
  for (const wantsAlternatives of [false, true])
    for (const [index, field] of fields.entries()) {
      if ((field.isAlternative ?? false) !== wantsAlternatives) continue;
      const end = Math.min(size, field.offset + field.size);
      for (let offset = field.offset; offset < end; offset++) owners[offset] ??= index;
    }
  return owners;
}

/** Which colour each field has; none for a hole. Neighbours differ. */
export function huesOf(fields: readonly FieldItem[]): readonly (number | undefined)[] {
  let next = 0;
  return fields.map((field) => (field.isHole ? undefined : next++ % hueCount));
}

/** Eight present bytes, aligned, that hold a place: as a pointer. Undefined where one is absent. */
export function wordAt(rows: readonly ByteRow[], address: bigint): bigint | undefined {
  const first = address & ~7n;
  const row = rows.find((each) => first >= each.address && first < each.address + BigInt(rowSize));
  const bytes = row?.cells.slice(Number(first - row.address), Number(first - row.address) + 8);
  let word = 0n;
  for (const cell of bytes?.toReversed() ?? []) {
    if (cell.value === undefined) return undefined;
    word = (word << 8n) | BigInt(cell.value);
  }
  return bytes === undefined ? undefined : word;
}

/** What a person looks for, as bytes in hexadecimal: `0x…` is a number of 1 to 8 bytes, anything else text. Undefined when it is empty. */
export function searchBytes(text: string): string | undefined {
  const number = /^0x([0-9a-f]{1,16})$/i.exec(text.trim())?.[1];
  if (number === undefined) {
    const bytes = [...new TextEncoder().encode(text)];
    return bytes.length === 0 ? undefined : bytes.map(twoDigits).join('');
  }
  const size = [2, 4, 8, 16].find((digits) => number.length <= digits) ?? 16;
  return (number.padStart(size, '0').match(/../g) ?? []).toReversed().join('');
}

/** A byte in a line of ASCII. */
export function asciiOf(value: number | undefined): string {
  if (value === undefined) return ' ';
  return value >= 0x20 && value < 0x7f ? String.fromCharCode(value) : '.';
}

export function twoDigits(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function bytesOf(start: bigint, size: number, runs: BytesBody['runs']): (number | undefined)[] {
  const bytes = new Array<number | undefined>(size).fill(undefined);
  for (const run of runs) {
    const place = Number(BigInt(run.address) - start);
    const data = atob(run.data);
    for (let index = 0; index < data.length; index++)
      if (place + index >= 0 && place + index < size) bytes[place + index] = data.charCodeAt(index);
  }
  return bytes;
}
