/** Layouts against gcc's own offsetof and sizeof: members, holes, unions, bit-fields, arrays of structs. */
import assert from 'node:assert/strict';
import { layoutOf } from '../../debug-adapter/views/layout.ts';
import { layoutOfType } from '../../debug-adapter/views/overlay.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { hasGcc, openProgram } from '../support/c-program.ts';

const source = `
#include <stddef.h>
struct pair { char tag; long number; };
struct mixed {
  char first;
  struct pair pairs[2];
  union { int word; unsigned char bytes[6]; struct { short low, high; }; } u;
  unsigned three : 3, : 2, five : 5;
  unsigned twelve : 12;
  void *last;
  char tail;
};
struct empty;
struct mixed mixed;
struct empty *empty;
unsigned long oracle[] = {
  offsetof(struct mixed, pairs[1].number), offsetof(struct mixed, u), offsetof(struct mixed, last),
  offsetof(struct mixed, tail), sizeof(struct mixed),
};
int main(void) { return 0; }
`;

describe('layout', function () {
  before(function () {
    if (!hasGcc) this.skip();
  });

  const target = hasGcc ? openTarget(openProgram('layout', source)) : undefined;

  it('places members where gcc places them, and holes between them', () => {
    assert.ok(target);
    const layout = layoutOfType(target, 'struct mixed');
    const offset = (path: string): number | undefined =>
      layout.fields.find((field) => field.path === path)?.offset;
    const oracle = Array.from({ length: 5 }, (_, index) =>
      Number(target.global('oracle').index(BigInt(index)).unsigned()),
    );
    assert.deepEqual(
      [offset('pairs[1].number'), offset('u.word'), offset('last'), offset('tail'), layout.size],
      oracle,
    );
    const holes = layout.fields.filter((field) => field.isHole);
    assert.deepEqual(
      holes.map((hole) => [hole.offset, hole.size]),
      [
        [1, 7],
        [9, 7],
        [25, 7],
        [46, 2],
        [51, 5],
        [65, 7],
      ],
    );
  });

  it('covers every byte exactly once, but for unions and bit-fields', () => {
    assert.ok(target);
    const { fields, size } = layoutOfType(target, 'struct mixed');
    const owners = new Array<number>(size).fill(0);
    for (const field of fields)
      if (!field.isAlternative && field.bits === undefined)
        for (let place = 0; place < field.size; place++)
          owners[field.offset + place] = (owners[field.offset + place] ?? 0) + 1;
    const bitBytes = fields.flatMap(({ bits, offset }) => (bits ? [offset] : []));
    assert.deepEqual([...new Set(bitBytes)], [48, 49]);
    const uncovered = owners.flatMap((count, place) => (count === 1 ? [] : [[place, count]]));
    // 44 and 45 belong to the second member of the union alone.
    assert.deepEqual(uncovered, [
      [44, 0],
      [45, 0],
      [48, 0],
      [49, 0],
      [50, 0],
    ]);
  });

  it('tells the members of a union that share bytes, and bit-fields by their bits', () => {
    assert.ok(target);
    const { fields } = layoutOf(target.global('mixed'));
    const named = (path: string) => fields.find((field) => field.path === path);
    assert.equal(named('u.word')?.isAlternative, false);
    assert.equal(named('u.bytes')?.isAlternative, true);
    assert.equal(named('u.low')?.isAlternative, true);
    assert.deepEqual(named('five')?.bits, { offsetBits: 48 * 8 + 5, sizeBits: 5 });
    assert.equal(named('five')?.type, 'unsigned int:5');
    assert.deepEqual([named('five')?.offset, named('five')?.size], [48, 2]);
  });

  it('refuses a type that is declared only', () => {
    assert.ok(target);
    assert.throws(() => layoutOfType(target, 'struct empty'), /has no bytes/);
    assert.throws(() => layoutOfType(target, 'struct nosuch'), /nosuch/);
  });
});
