/** C type names, read and written. */
import assert from 'node:assert/strict';
import type { CType, RecordType, TypeSource } from '../../dump-format/ctype.ts';
import { parseTypeName } from '../../debug-adapter/target/parse-type.ts';
import {
  bitFieldTypeName,
  canonicalBaseName,
  declaration,
  typeName,
} from '../../debug-adapter/target/type-names.ts';

const int: CType = { kind: 'base', name: 'int', size: 4, encoding: 'signed' };
const unsignedLong: CType = {
  kind: 'base',
  name: 'long unsigned int',
  size: 8,
  encoding: 'unsigned',
};
const foo: RecordType = {
  kind: 'struct',
  name: 'foo',
  size: 16,
  members: [{ name: 'a', type: int, offset: 0 }],
  isDeclaration: false,
};
const known = new Map<string, CType>([
  ['int', int],
  ['long unsigned int', unsignedLong],
  ['struct foo', foo],
  ['foo_t', { kind: 'typedef', name: 'foo_t', target: foo, size: 16 }],
]);
const types: TypeSource = {
  lookup: (name) => known.get(name),
  names: () => [],
};

describe('type names', () => {
  /** Each reads as itself, or as what stands behind it. */
  const spellings: readonly (readonly [string, string?])[] = [
    ['int'],
    ['struct foo'],
    ['foo_t'],
    ['struct foo *'],
    ['struct foo*', 'struct foo *'],
    ['foo_t **'],
    ['int [16]'],
    ['int[16]', 'int [16]'],
    ['int [2][3]'],
    ['struct foo *[4]'],
    ['int (*)()'],
    ['int (*)(void)', 'int (*)()'],
    ['int (*)(struct foo *, int)', 'int (*)()'],
    ['struct foo (*)[3]'],
    ['int (*[4])()'],
    ['const int *'],
    ['int const *', 'const int *'],
    ['int *const'],
    ['void'],
    ['void *'],
    ['unsigned long'],
    ['unsigned long int', 'unsigned long'],
    ['long unsigned', 'unsigned long'],
    ['unsigned', 'unsigned int'],
    ['unsigned char'],
    ['signed char'],
    ['short int', 'short'],
    ['long long', 'long long'],
    ['char []', 'char [0]'],
    ['unix`foo_t', 'foo_t'],
    ['struct unix`foo *', 'struct foo *'],
    ['  foo_t  *  ', 'foo_t *'],
  ];
  for (const [text, expected = text] of spellings) {
    it(`reads '${text}'`, () => {
      const type = parseTypeName(types, text);
      assert.ok(type, text);
      assert.equal(typeName(type), expected);
    });
  }

  it('reads sizes', () => {
    const size = (name: string): number | undefined => parseTypeName(types, name)?.size;
    assert.equal(size('struct foo [3]'), 48);
    assert.equal(size('struct foo *[3]'), 24);
    assert.equal(size('struct foo (*)[3]'), 8);
    assert.equal(size('int [0x10]'), 64);
    assert.equal(size('char []'), 0);
  });

  it('reads nothing into what is no type name', () => {
    const wrong = [
      '',
      ' ',
      '*',
      'nosuch_t',
      'struct',
      'struct nosuch',
      'struct *',
      'foo_t x',
      'int [',
      'int [x]',
      'int [-1]',
      'int [99999999999999]',
      'int (',
      'int (*',
      'int )',
      'foo_t; foo_t',
      'int (*)(',
      '('.repeat(500),
      'int ' + '*'.repeat(500),
      'int (' + '('.repeat(100) + '*',
    ];
    for (const name of wrong) assert.equal(parseTypeName(types, name), undefined, name);
  });

  it('writes anonymous records and bit-fields as CTF does', () => {
    const anonymous: CType = { ...foo, name: undefined };
    assert.equal(typeName(anonymous), 'struct ');
    assert.equal(declaration(typeName(anonymous), '<anon>'), 'struct  <anon>');
    assert.equal(typeName({ kind: 'pointer', size: 8, target: anonymous }), 'struct  *');
    const alias: CType = { kind: 'typedef', name: 'u64', target: unsignedLong, size: 8 };
    assert.equal(bitFieldTypeName(alias, 3), 'unsigned long:3');
  });

  it('ends on a type that contains itself', () => {
    const loop: { kind: 'pointer'; size: number; target: CType } = {
      kind: 'pointer',
      size: 8,
      target: int,
    };
    loop.target = loop;
    assert.match(typeName(loop), /^\.\.\. \*+$/);
  });

  it('spells base types as C does', () => {
    const pairs = {
      'short unsigned int': 'unsigned short',
      'long long int': 'long long',
      char: 'char',
      'unsigned char': 'unsigned char',
      _Bool: '_Bool',
      'long double': 'long double',
      '__int128 unsigned': '__int128 unsigned',
      double: 'double',
    };
    for (const [dwarf, c] of Object.entries(pairs)) assert.equal(canonicalBaseName(dwarf), c);
  });
});
