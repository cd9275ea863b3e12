/** C types from DWARF, compared with what gdb makes of the same program, member by member. */
import assert from 'node:assert/strict';
import { strip } from '../../../dump-format/ctype.ts';
import type { CType, Member } from '../../../dump-format/ctype.ts';
import type { VariableInfo } from '../../../dump-format/debug-info.ts';
import { otherSpellings } from '../../../dump-format/dwarf/base-spelling.ts';
import { openDwarf } from '../../../dump-format/dwarf/dwarf.ts';
import type { DwarfInfo } from '../../../dump-format/dwarf/dwarf.ts';
import { elfSections } from './elf-sections.ts';
import { askGdb, build, hasTools } from './toolchain.ts';

/** Describes a type as nested lists; tagged types and typedefs below the first level by name only, so that cycles end. */
const describeInGdb = `
tagged = {gdb.TYPE_CODE_STRUCT: 'struct', gdb.TYPE_CODE_UNION: 'union', gdb.TYPE_CODE_ENUM: 'enum'}
def describe(t, depth):
    bare = t.unqualified()
    found = (['const'] if t == bare.const() else ['volatile'] if t == bare.volatile() else
             [] if t == bare else ['const', 'volatile'])
    inner = unqualified(bare, depth)
    return ['qualified', found, inner] if found else inner
def unqualified(t, depth):
    if t.code == gdb.TYPE_CODE_TYPEDEF:
        return ['typedef', t.name] if depth > 0 else ['typedef', t.name, describe(t.target(), 1)]
    if t.code in tagged:
        if depth > 0 and t.tag: return [tagged[t.code], t.tag]
        if t.code == gdb.TYPE_CODE_ENUM:
            return ['enum', t.tag, t.sizeof, [[f.name, str(f.enumval % 2 ** 64)] for f in t.fields()]]
        members = [[f.name or None, f.bitpos, f.bitsize, describe(f.type, depth + 1)] for f in t.fields()]
        return [tagged[t.code], t.tag, t.sizeof, members]
    if t.code == gdb.TYPE_CODE_PTR: return ['pointer', t.sizeof, describe(t.target(), 1)]
    if t.code == gdb.TYPE_CODE_ARRAY:
        count = t.range()[1] + 1 if t.sizeof else 0
        return ['array', count, t.sizeof, describe(t.target(), depth)]
    if t.code == gdb.TYPE_CODE_FUNC:
        parameters = [describe(f.type, 1) for f in t.fields()]
        return ['function', describe(t.target(), 1), parameters, str(t).endswith(', ...)')]
    if t.code == gdb.TYPE_CODE_VOID: return ['void']
    return ['base', t.name, t.sizeof]
`;

function describeType(type: CType, depth: number): unknown {
  const found = new Set<string>();
  let inner = type;
  for (; ; inner = inner.target) {
    // gdb's Python can't tell restrict and atomic; const and volatile come in any order.
    if (inner.kind === 'const' || inner.kind === 'volatile') found.add(inner.kind);
    else if (inner.kind !== 'restrict' && inner.kind !== 'atomic') break;
  }
  const bare = describeUnqualified(inner, depth);
  return found.size > 0 ? ['qualified', [...found].sort(), bare] : bare;
}

function describeUnqualified(type: CType, depth: number): unknown {
  switch (type.kind) {
    case 'base':
      return ['base', type.name, type.size];
    case 'pointer':
      return ['pointer', type.size, describeType(type.target, 1)];
    case 'array':
      return ['array', type.count ?? 0, type.size, describeType(type.element, depth)];
    case 'typedef':
      return depth > 0
        ? ['typedef', type.name]
        : ['typedef', type.name, describeType(type.target, 1)];
    case 'enum': {
      if (depth > 0 && type.name !== undefined) return ['enum', type.name];
      const values = type.enumerators.map((each) => [
        each.name,
        String(BigInt.asUintN(64, each.value)),
      ]);
      return ['enum', type.name ?? null, type.size, values];
    }
    case 'function': {
      const parameters = type.parameters.map((each) => describeType(each, 1));
      return ['function', describeType(type.returns, 1), parameters, type.isVariadic];
    }
    case 'struct':
    case 'union': {
      if (depth > 0 && type.name !== undefined) return [type.kind, type.name];
      const members = type.members.map((each) => describeMember(each, depth));
      return [type.kind, type.name ?? null, type.size, members];
    }
    default:
      return ['void'];
  }
}

function describeMember(member: Member, depth: number): unknown {
  const position = member.bitField?.offsetBits ?? member.offset * 8;
  const size = member.bitField?.sizeBits ?? 0;
  return [member.name ?? null, position, size, describeType(member.type, depth + 1)];
}

/** Compares every named type and every global variable of a program; base types are compared where they are used. */
function checkTypes(info: DwarfInfo, program: string, variables: readonly string[]): void {
  const names = [...info.names()]
    // gdb looks no base type up by gcc's spelling, and no struct that is only declared.
    .filter(({ kind, name }) => kind !== 'base' && name !== 'opaque')
    .map(({ name, kind }) => (kind === 'typedef' ? name : `${kind} ${name}`));
  const expected = askGdb(
    program,
    `${describeInGdb}
def place(symbol): return '%s:%d' % (symbol.symtab.fullname(), symbol.line)
types = ${JSON.stringify(names).replaceAll(',', ',\n')}
variables = ${JSON.stringify(variables).replaceAll(',', ',\n')}
emit({'types': {name: describe(gdb.lookup_type(name), 0) for name in types},
      'variables': {name: describe(gdb.lookup_global_symbol(name).type, 1) for name in variables},
      'lines': {name: place(gdb.lookup_global_symbol(name)) for name in variables}})
`,
  );
  const found = {
    types: Object.fromEntries(names.map((name) => [name, describeType(typeNamed(info, name), 0)])),
    variables: Object.fromEntries(
      variables.map((name) => [name, describeType(variableNamed(info, name).type, 1)]),
    ),
    lines: Object.fromEntries(
      variables.map((name) => {
        const place = variableNamed(info, name).declaredAt;
        return [name, `${place?.file}:${place?.line}`];
      }),
    ),
  };
  assert.deepEqual(found, withCompilersSpelling(expected, info));
  assert.ok(names.length > 20, `only ${names.length} types`);
  assert.deepEqual(info.warnings, []);
}

/** gdb spells `unsigned long` what gcc records as `long unsigned int`: `lookup` must know both. */
function withCompilersSpelling(data: unknown, info: DwarfInfo): unknown {
  if (Array.isArray(data)) {
    const [kind, name, ...rest] = data;
    if (kind !== 'base') return data.map((each) => withCompilersSpelling(each, info));
    const type = typeNamed(info, String(name));
    return [kind, type.kind === 'base' ? type.name : type.kind, ...rest];
  }
  if (typeof data !== 'object' || data === null) return data;
  const entries = Object.entries(data).map(([name, value]) => [
    name,
    withCompilersSpelling(value, info),
  ]);
  return Object.fromEntries(entries);
}

function typeNamed(info: DwarfInfo, name: string): CType {
  const type = info.lookup(name);
  assert.ok(type, `no type ${name}`);
  return type;
}

function variableNamed(info: DwarfInfo, name: string): VariableInfo {
  const variable = info.variable(name);
  assert.ok(variable, `no variable ${name}`);
  return variable;
}

const globals = `
  forward_pointer bits packed_bits number color sign wide
  small anonymous forward_typedef unprototyped cv_pointer aligned_object vector
  void_pointer const_void_pointer plain_void incomplete_array math text global_initialised
  elsewhere defined_in_other_unit holds
`
  .trim()
  .split(/\s+/);

const flagSets = [
  '-g -gdwarf-5 -O0',
  '-g -gdwarf-5 -O2',
  '-g -gdwarf-4 -O0',
  '-g -gdwarf-3 -O1',
  '-g -gdwarf-2 -gstrict-dwarf -O0',
  '-g -gdwarf-5 -gdwarf64 -Og',
  '-g -gdwarf-5 -fdebug-types-section -O0',
  '-g -gdwarf-4 -fdebug-types-section -O0',
];

function pointedTo(type: CType): CType {
  const pointer = strip(type);
  assert.ok(pointer.kind === 'pointer');
  return strip(pointer.target);
}

describe('dwarf: types', function () {
  this.timeout(60_000);

  before(function () {
    if (!hasTools('gcc', 'gdb')) this.skip();
  });

  for (const flags of flagSets) {
    it(`reads every type as gdb does, compiled with ${flags}`, () => {
      const program = build(
        `${flags} -fno-eliminate-unused-debug-types`,
        'types.c',
        'types-other.c',
      );
      checkTypes(openDwarf(elfSections(program)), program, globals);
    });
  }

  for (const flags of ['-g -gdwarf-5 -O0', '-g -gdwarf-3 -O1', '-g -gdwarf-2 -gstrict-dwarf -O0']) {
    it(`knows the sign of enums and finds definitions of other units, compiled with ${flags}`, () => {
      const program = build(
        `${flags} -fno-eliminate-unused-debug-types`,
        'types.c',
        'types-other.c',
      );
      const info = openDwarf(elfSections(program));
      const isSigned = (name: string): boolean => {
        const type = strip(typeNamed(info, name));
        assert.ok(type.kind === 'enum');
        return type.isSigned;
      };
      const signs = ['enum sign', 'enum color', 'enum wide', 'enum small', 'anonymous_enum_t'];
      assert.deepEqual(signs.map(isSigned), [true, false, false, false, false]);
      const holds = strip(typeNamed(info, 'struct holds_elsewhere'));
      assert.ok(holds.kind === 'struct');
      const definition = pointedTo(holds.members[0]?.type ?? holds);
      assert.ok(definition.kind === 'struct');
      assert.deepEqual([definition.isDeclaration, definition.members.length], [false, 2]);
      assert.equal(definition, info.lookup('struct defined_elsewhere'));
      const opaque = info.lookup('struct opaque');
      assert.ok(opaque?.kind === 'struct' && opaque.isDeclaration && opaque.members.length === 0);
    });
  }

  it('looks names up as C spells them', () => {
    const info = openDwarf(elfSections(build(flagSets[0] ?? '', 'types.c', 'types-other.c')));
    assert.equal(info.lookup('void')?.kind, 'void');
    assert.equal(info.lookup(' struct   forward '), info.lookup('struct forward'));
    assert.equal(info.lookup('unsigned long')?.size, 8);
    assert.equal(info.lookup('forward'), undefined);
    assert.equal(info.lookup('struct forward_t'), undefined);
    assert.equal(info.lookup('union forward'), undefined);
    assert.equal(info.lookup('struct forward *'), undefined);
    assert.equal(info.lookup(''), undefined);
  });

  it('spells integer types as other compilers do', () => {
    assert.deepEqual(otherSpellings('unsigned long'), ['long unsigned int', 'unsigned long int']);
    assert.deepEqual(otherSpellings('long long unsigned int'), [
      'unsigned long long int',
      'unsigned long long',
    ]);
    assert.deepEqual(otherSpellings('short'), ['short int']);
    assert.deepEqual(otherSpellings('unsigned'), ['unsigned int']);
    assert.deepEqual(otherSpellings('signed'), ['int']);
    assert.deepEqual(otherSpellings('char signed'), ['signed char']);
    assert.deepEqual(otherSpellings('unsigned __int128'), ['__int128 unsigned']);
    assert.deepEqual(otherSpellings('kthread_t'), []);
    assert.deepEqual(otherSpellings('long long long'), []);
  });
});
