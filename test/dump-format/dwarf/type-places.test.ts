/** Where types are declared, held against the text that was compiled. */
import assert from 'node:assert/strict';
import { hasGcc, openProgram } from '../../support/c-program.ts';

const source = `
struct opaque;
struct point {
  int x, y;
};
typedef struct point point_t;
union either { int whole; char parts[4]; };
enum colour { RED, GREEN };
typedef struct { long only; } unnamed_t;
struct point origin;
point_t also;
union either either;
enum colour colour;
unnamed_t unnamed;
struct opaque *opaque;
int main(void) { return 0; }
`;

describe('dwarf: places of types', function () {
  before(function () {
    if (!hasGcc) this.skip();
  });

  it('are the lines of their definitions', () => {
    const { debugInfo } = openProgram('type-places', source);
    const lines = source.split('\n');
    const lineOf = (name: string): string => {
      const place = debugInfo?.typeDeclaredAt(name);
      assert.match(place?.file ?? '', /type-places\.c$/);
      return lines[(place?.line ?? 0) - 1] ?? '';
    };
    assert.equal(lineOf('struct point'), 'struct point {');
    assert.equal(lineOf('point_t'), 'typedef struct point point_t;');
    assert.equal(lineOf('union either'), 'union either { int whole; char parts[4]; };');
    assert.equal(lineOf('enum  colour'), 'enum colour { RED, GREEN };');
    assert.equal(lineOf('unnamed_t'), 'typedef struct { long only; } unnamed_t;');
    for (const name of ['int', 'void', 'struct opaque', 'struct nosuch', ''])
      assert.equal(debugInfo?.typeDeclaredAt(name), undefined, name);
  });
});
