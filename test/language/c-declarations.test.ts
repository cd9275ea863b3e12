/** C headers become the types that gcc makes of them. */
import assert from 'node:assert/strict';
import { strip, type CType, type TypeSource } from '../../dump-format/ctype.ts';
import { AddedTypes } from '../../debug-adapter/language/added-types.ts';
import { declareTypes } from '../../debug-adapter/language/c-declarations.ts';
import { hasGcc, openProgram } from '../support/c-program.ts';
import { cGrammar } from '../support/grammars.ts';

const header = `
#ifndef SHAPES_H
#define SHAPES_H
typedef unsigned char byte_t;
struct forward;
enum colour { RED, GREEN = 7, BLUE };
enum { LENGTH = 3 + 1 };
struct list { struct list *next, **prev; struct forward *other; };
struct forward { int value; };
typedef struct { char c; short s; int i; long l; } mixed_t;
struct bits { unsigned a : 3, b : 5; int : 2; unsigned long c : 40; unsigned : 0; char d : 4; };
struct crossing { char c; unsigned a : 20; unsigned b : 20; short s : 3; };
union either { int i; long l; byte_t bytes[12]; };
struct nested { struct { int x; union { char y; double z; }; }; int (*call)(int, void *); mixed_t list[LENGTH][2]; enum colour e; };
struct packed { char c; int i; long l; } __attribute__((packed));
struct holder { char c; struct packed p; };
struct flexible { unsigned long length; char text[]; };
typedef int matrix_t[2][3];
#endif
`;

const names = ['list', 'forward', 'bits', 'crossing', 'nested', 'packed', 'holder', 'flexible'];

const nothing: TypeSource = { lookup: () => undefined, names: () => [] };

describe('language: C declarations', () => {
  it('are laid out as gcc lays them out', function () {
    if (!hasGcc) this.skip();
    const variables = names.map((name, index) => `struct ${name} v${index};`).join('\n');
    const rest = 'mixed_t m; union either u; matrix_t x; int main(void) { return 0; }';
    const dump = openProgram('declarations', `${header}\n${variables}\n${rest}`);
    const added = new AddedTypes();
    const { problems } = declareTypes(cGrammar(), header, nothing, added);
    assert.deepEqual(problems, []);
    const spellings = [
      ...names.map((name) => `struct ${name}`),
      'mixed_t',
      'union either',
      'matrix_t',
    ];
    for (const name of spellings) {
      const theirs = dump.debugInfo?.lookup(name);
      const ours = added.lookup(name);
      assert.ok(theirs && ours, name);
      assert.deepEqual(shape(ours), shape(theirs), name);
    }
    dump.close();
  });

  it('take types of the dump, and say what is missing', () => {
    const added = new AddedTypes();
    const text = 'struct a { missing_t x; }; struct b { int i; }; struct c { int i; int i; };';
    const { names: defined, problems } = declareTypes(cGrammar(), text, nothing, added);
    assert.deepEqual(defined, ['struct b']);
    assert.deepEqual(problems, ['type missing_t does not exist', 'duplicate name detected: i']);
  });

  it('end for records that hold themselves and for deep declarators', () => {
    const text = `struct s { struct s s; }; typedef int ${'('.repeat(200)}x${')'.repeat(200)};`;
    const { problems } = declareTypes(cGrammar(), text, nothing, new AddedTypes());
    assert.ok(problems.length > 0);
  });
});

/** What counts of a type: kinds, sizes, members with their places. */
function shape(type: CType, depth = 0): unknown {
  const base = strip(type);
  if (depth > 8) return '...';
  switch (base.kind) {
    case 'struct':
    case 'union':
      return {
        kind: base.kind,
        size: base.size,
        members: base.members.map((member) => ({
          name: member.name,
          place: member.bitField ?? member.offset,
          type: shape(member.type, depth + 1),
        })),
      };
    case 'array':
      return {
        kind: 'array',
        count: base.count,
        size: base.size,
        element: shape(base.element, depth + 1),
      };
    case 'pointer':
      return { kind: 'pointer', to: strip(base.target).kind };
    case 'base':
      return { kind: 'base', size: base.size, encoding: base.encoding };
    case 'enum':
      return { kind: 'enum', size: base.size, enumerators: base.enumerators };
    default:
      return base.kind;
  }
}
