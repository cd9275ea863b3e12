/** Builds BTF, record by record. */
import { join } from '../elf-builder.ts';
import { word } from './linux-builder.ts';

/** A record: its kind, name, flag and size or type, and the words behind it. */
export interface TestRecord {
  readonly kind: number;
  readonly name?: string;
  readonly count?: number;
  readonly flag?: boolean;
  readonly sizeOrType?: number;
  /** Numbers are written as they are, names as their places among the strings. */
  readonly words?: readonly (number | string)[];
}

export function encodeBtf(records: readonly TestRecord[]): Uint8Array {
  let strings = '\0';
  const place = (text: string): number => {
    if (text === '') return 0;
    strings += `${text}\0`;
    return strings.length - text.length - 1;
  };
  const types = join(
    records.flatMap(({ kind, name = '', count = 0, flag = false, sizeOrType = 0, words = [] }) => [
      word(place(name), 4),
      word((flag ? 2 ** 31 : 0) + kind * 2 ** 24 + count, 4),
      word(sizeOrType, 4),
      ...words.map((each) => word(typeof each === 'string' ? place(each) : each, 4)),
    ]),
  );
  const text = new TextEncoder().encode(strings);
  const header = [
    word(0xeb9f, 2),
    word(1, 1),
    word(0, 1),
    word(24, 4),
    word(0, 4),
    word(types.length, 4),
    word(types.length, 4),
    word(text.length, 4),
  ];
  return join([...header, types, text]);
}

/** Numbers of kinds. Source: linux, include/uapi/linux/btf.h. */
export const kind = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  forward: 7,
  typedef: 8,
  const: 10,
  function: 12,
  prototype: 13,
  variable: 14,
  float: 16,
  declarationTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

/** `int` of four bytes. */
export const signedInt: TestRecord = {
  kind: kind.int,
  name: 'int',
  sizeOrType: 4,
  words: [0x0100_0020],
};
