/** Members by name, path and offset. */
import assert from 'node:assert/strict';
import type { CType, RecordType } from '../../dump-format/ctype.ts';
import {
  findMember,
  isTypeAt,
  namedMembers,
  parsePath,
  pathAtOffset,
  requireMember,
} from '../../debug-adapter/target/members.ts';

const int: CType = { kind: 'base', name: 'int', size: 4, encoding: 'signed' };
const record = (
  kind: 'struct' | 'union',
  name: string | undefined,
  size: number,
  members: RecordType['members'],
): RecordType => ({ kind, name, size, members, isDeclaration: false });

const inner = record('struct', undefined, 8, [
  { name: 'x', type: int, offset: 0 },
  { name: 'bits', type: int, offset: 4, bitField: { offsetBits: 34, sizeBits: 3 } },
]);
const pair = record('struct', 'pair', 8, [
  { name: 'a', type: int, offset: 0 },
  { name: 'b', type: int, offset: 4 },
]);
const either = record('union', 'either', 8, [
  { name: 'p', type: pair, offset: 0 },
  { name: 'n', type: int, offset: 0 },
]);
const outer = record('struct', 'outer', 56, [
  { name: 'first', type: int, offset: 0 },
  { name: undefined, type: inner, offset: 8 },
  { name: 'pairs', type: { kind: 'array', element: pair, count: 3, size: 24 }, offset: 16 },
  { name: 'either', type: either, offset: 40 },
]);

describe('members', () => {
  it('of anonymous records count from the record around them', () => {
    assert.equal(findMember(outer, 'x')?.offset, 8);
    assert.deepEqual(findMember(outer, 'bits')?.bitField, { offsetBits: 98, sizeBits: 3 });
    assert.equal(findMember(outer, 'a'), undefined);
    assert.deepEqual(
      namedMembers(outer).map(({ name }) => name),
      ['first', 'x', 'bits', 'pairs', 'either'],
    );
    assert.throws(
      () => requireMember(outer, 'nosuch'),
      /failed to find member nosuch of struct outer: no such member of structure or union/,
    );
  });

  it('that contain themselves without a name end', () => {
    const members: RecordType['members'][number][] = [{ name: 'a', type: int, offset: 0 }];
    const loop = record('struct', 'loop', 8, members);
    members.push({ name: undefined, type: loop, offset: 4 });
    assert.equal(findMember(loop, 'a')?.offset, 0);
    assert.equal(findMember(loop, 'b'), undefined);
    assert.equal(
      isTypeAt(loop, 100, () => false),
      false,
    );
  });
});

describe('member paths', () => {
  it('are names, arrows and indexes in the radix of the session', () => {
    assert.deepEqual(parsePath('a->b.c[10][0t10]'), [
      { kind: 'auto', name: 'a' },
      { kind: 'arrow', name: 'b' },
      { kind: 'dot', name: 'c' },
      { kind: 'index', index: 16n },
      { kind: 'index', index: 10n },
    ]);
    assert.deepEqual(parsePath('[10]', 10), [{ kind: 'index', index: 10n }]);
    assert.deepEqual(parsePath('->a'), [{ kind: 'arrow', name: 'a' }]);
    assert.deepEqual(parsePath(''), []);
  });

  it('that are none say why', () => {
    const wrong: Readonly<Record<string, RegExp>> = {
      'a[1': /no trailing '\]'/,
      'a[1]b': /'b' is not a valid delimiter/,
      'a..b': /invalid member path/,
      'a.': /invalid member path/,
      'a[]': /invalid array index/,
      'a[z]': /digit 'z' is invalid in current base/,
      'a[10000000000000000]': /exceeds maximum immediate value/,
      [`a${'.a'.repeat(500)}`]: /more than 256 steps/,
    };
    for (const [path, pattern] of Object.entries(wrong))
      assert.throws(() => parsePath(path), pattern, path);
  });
});

describe('offsets', () => {
  it('have names down to a scalar, or to a union', () => {
    const path = (offset: number): string | undefined => {
      const found = pathAtOffset(outer, offset);
      return found && `${found.path}+${found.remainder}`;
    };
    assert.equal(path(0), 'first+0');
    assert.equal(path(2), 'first+2');
    assert.equal(path(8), '<anon>.x+0');
    assert.equal(path(28), 'pairs[1].b+0');
    assert.equal(path(44), 'either+4');
    assert.equal(path(4), '+4');
    assert.equal(path(56), undefined);
    assert.equal(path(-1), undefined);
  });

  it('are asked for a type, in unions too', () => {
    const isPair = (type: CType): boolean => type === pair;
    assert.equal(isTypeAt(outer, 24, isPair), true);
    assert.equal(isTypeAt(outer, 40, isPair), true);
    assert.equal(isTypeAt(outer, 20, isPair), false);
    assert.equal(
      isTypeAt(outer, 0, (type) => type === outer),
      true,
    );
  });
});
