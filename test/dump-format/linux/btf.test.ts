/** BTF: types as gcc writes them are what DWARF says of the same source; kinds that gcc does not write; hostile bytes. */
import assert from 'node:assert/strict';
import { strip, type CType } from '../../../dump-format/ctype.ts';
import { openDwarf } from '../../../dump-format/dwarf/dwarf.ts';
import { FormatError } from '../../../dump-format/errors.ts';
import { Btf } from '../../../dump-format/linux/btf.ts';
import { BtfTypes } from '../../../dump-format/linux/btf-types.ts';
import { elfSections } from '../dwarf/elf-sections.ts';
import { build, hasTools } from '../dwarf/toolchain.ts';
import { randomNumbers } from '../elf-builder.ts';
import { encodeBtf, kind, signedInt, type TestRecord } from './btf-builder.ts';

function types(...records: readonly TestRecord[]): BtfTypes {
  return new BtfTypes(new Btf(encodeBtf(records)));
}

/** A type as text, a few levels deep. */
function describeType(type: CType | undefined, depth = 4): string {
  if (type === undefined) return 'none';
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'base':
      return `${type.name}:${type.size}:${type.encoding}`;
    case 'pointer':
      return depth === 0 ? 'pointer' : `pointer(${describeType(type.target, depth - 1)})`;
    case 'array':
      return `${describeType(type.element, depth)}[${type.count ?? ''}]`;
    case 'struct':
    case 'union': {
      if (depth === 0) return `${type.kind} ${type.name ?? ''}`;
      const members = type.members.map(({ name, offset, bitField, type: inner }) => {
        const bits = bitField ? `/${bitField.offsetBits}:${bitField.sizeBits}` : '';
        return `${name ?? ''}@${offset}${bits} ${describeType(inner, depth - 1)}`;
      });
      return `${type.kind} ${type.name ?? ''} ${type.size} {${members.join('; ')}}`;
    }
    case 'enum': {
      const values = type.enumerators.map(({ name, value }) => `${name}=${value}`);
      return `enum ${type.name ?? ''} ${type.size} {${values.join(', ')}}`;
    }
    case 'typedef':
      return `${type.name}=${describeType(type.target, depth)}`;
    case 'function': {
      const parameters = type.parameters.map((each) => describeType(each, 0));
      return `${describeType(type.returns, 0)}(${parameters.join()}${type.isVariadic ? '...' : ''})`;
    }
    default:
      return `${type.kind} ${describeType(type.target, depth)}`;
  }
}

describe('BTF as gcc writes it', () => {
  const source = '../../linux/types.c';

  it('says of a source what its DWARF says', function () {
    if (!hasTools('gcc')) this.skip();
    const btf = elfSections(build('-gbtf -c', source)).section('.BTF');
    assert.ok(btf);
    const ours = new BtfTypes(new Btf(btf));
    const theirs = openDwarf(elfSections(build('-g', source)));
    const compared: string[] = [];
    for (const { name, kind: word } of ours.names()) {
      const isTagged = word === 'struct' || word === 'union' || word === 'enum';
      const spelling = isTagged ? `${word} ${name}` : name;
      const expected = theirs.lookup(spelling);
      compared.push(spelling);
      assert.equal(describeType(ours.lookup(spelling), 2), describeType(expected, 2), spelling);
    }
    for (const name of ['struct task', 'union number', 'enum state', 'callback_t', 'u8', 'float'])
      assert.ok(compared.includes(name), name);
  });
});

describe('BTF', () => {
  it('has bit-fields with and without the flag', () => {
    const flagged = types(signedInt, {
      kind: kind.struct,
      name: 's',
      count: 2,
      flag: true,
      sizeOrType: 8,
      words: ['a', 1, (3 << 24) | 5, 'b', 1, 32],
    });
    assert.match(describeType(flagged.lookup('struct s')), /a@0\/5:3 int.*; b@4 int/);
    const old = types(
      { kind: kind.int, name: 'int', sizeOrType: 4, words: [0x0100_0003] },
      { kind: kind.struct, name: 's', count: 1, sizeOrType: 8, words: ['a', 1, 37] },
    );
    assert.match(describeType(old.lookup('struct s')), /a@4\/37:3 int/);
  });

  it('has enumerators of 32 and 64 bits, signed where it says so', () => {
    const all = types(
      { kind: kind.enum, name: 'u', count: 1, sizeOrType: 4, words: ['A', 0xffffffff] },
      {
        kind: kind.enum,
        name: 's',
        count: 1,
        flag: true,
        sizeOrType: 4,
        words: ['B', 0xffffffff],
      },
      { kind: kind.enum64, name: 'w', count: 1, sizeOrType: 8, words: ['C', 1, 0x80000000] },
    );
    assert.equal(describeType(all.lookup('enum u')), 'enum u 4 {A=4294967295}');
    assert.equal(describeType(all.lookup('enum s')), 'enum s 4 {B=-1}');
    assert.equal(describeType(all.lookup('enum w')), 'enum w 8 {C=9223372036854775809}');
  });

  it('reads through tags, and gives a declaration its definition', () => {
    const all = types(
      signedInt,
      { kind: kind.typeTag, name: '__user', sizeOrType: 1 },
      { kind: kind.pointer, sizeOrType: 2 },
      { kind: kind.typedef, name: 'user_int', sizeOrType: 3 },
      { kind: kind.declarationTag, name: 'kfunc', sizeOrType: 1, words: [0xffffffff] },
      { kind: kind.forward, name: 's' },
      { kind: kind.typedef, name: 'early', sizeOrType: 6 },
      { kind: kind.struct, name: 's', sizeOrType: 16 },
      { kind: kind.forward, name: 'gone' },
      { kind: kind.typedef, name: 'opaque', sizeOrType: 9 },
    );
    assert.equal(describeType(all.lookup('user_int')), 'user_int=pointer(int:4:signed)');
    assert.equal(all.lookup('early')?.size, 16);
    const opaque = all.lookup('opaque');
    assert.ok(opaque);
    const base = strip(opaque);
    assert.ok(base.kind === 'struct' && base.isDeclaration);
  });

  it('has functions, and variables where there is one for each CPU', () => {
    const all = types(
      signedInt,
      { kind: kind.prototype, sizeOrType: 1, count: 2, words: ['a', 1, 0, 0] },
      { kind: kind.function, name: 'panic', sizeOrType: 2 },
      { kind: kind.variable, name: 'runqueues', sizeOrType: 1, words: [1] },
      { kind: kind.float, name: 'double', sizeOrType: 8 },
    );
    assert.equal(describeType(all.functionType('panic')), 'int:4:signed(int:4:signed...)');
    assert.equal(describeType(all.perCpuType('runqueues')), 'int:4:signed');
    assert.equal(describeType(all.lookup('double')), 'double:8:float');
    assert.equal(all.functionType('constructor'), undefined);
    assert.equal(all.lookup('panic'), undefined);
  });

  it('finds an integer by each of its spellings', () => {
    const all = types({ kind: kind.int, name: 'long unsigned int', sizeOrType: 8, words: [64] });
    for (const name of ['unsigned long', 'unsigned long int', ' long  unsigned int '])
      assert.equal(describeType(all.lookup(name)), 'long unsigned int:8:unsigned');
    assert.equal(all.lookup('long'), undefined);
  });
});

describe('hostile BTF', () => {
  it('may have types that contain themselves: they are void', () => {
    const all = types(
      { kind: kind.struct, name: 's', count: 1, sizeOrType: 8, words: ['a', 2, 0] },
      { kind: kind.array, words: [1, 1, 2] },
      { kind: kind.typedef, name: 't', sizeOrType: 4 },
      { kind: kind.const, sizeOrType: 3 },
      { kind: kind.typedef, name: 'own', sizeOrType: 5 },
    );
    for (const name of ['struct s', 't', 'own'])
      assert.equal(describeType(all.lookup(name)), 'void');
  });

  it('may be nested without end', () => {
    const deep = Array.from({ length: 500 }, (_, index) => ({
      kind: kind.const,
      sizeOrType: index + 2,
    }));
    const all = types(...deep, signedInt, { kind: kind.typedef, name: 't', sizeOrType: 1 });
    assert.equal(describeType(all.lookup('t')), 'void');
  });

  it('is read up to a kind that is not known', () => {
    const btf = new Btf(encodeBtf([signedInt, { kind: 31 }, signedInt]));
    assert.equal(btf.count, 2);
    assert.deepEqual(btf.warnings, [
      'BTF: type 2 has the kind 31, which is not known: the rest is not read',
    ]);
  });

  it('says what its header lacks', () => {
    const whole = encodeBtf([signedInt]);
    assert.throws(
      () => new Btf(whole.subarray(0, 10)),
      /^FormatError: BTF: type_off: need 4 bytes/,
    );
    assert.throws(() => new Btf(whole.subarray(0, 30)), /^FormatError: BTF: types: need 16 bytes/);
    assert.throws(() => new Btf(Uint8Array.of(1, 2, 3, 4)), /BTF: magic is 201, expected eb9f/);
  });

  it('may have random bytes anywhere', () => {
    const whole = encodeBtf([
      signedInt,
      { kind: kind.struct, name: 's', count: 2, sizeOrType: 8, words: ['a', 1, 0, 'b', 3, 32] },
      { kind: kind.array, words: [1, 1, 4] },
      { kind: kind.prototype, sizeOrType: 1, count: 2, words: ['a', 1, 0, 0] },
      { kind: kind.function, name: 'panic', sizeOrType: 4 },
      { kind: kind.enum64, name: 'w', count: 1, sizeOrType: 8, words: ['C', 1, 0x80000000] },
      { kind: kind.typedef, name: 't', sizeOrType: 2 },
    ]);
    for (let seed = 1; seed <= 3000; seed++) {
      const random = randomNumbers(seed);
      const bytes = new Uint8Array(whole);
      for (let change = 0; change < 4; change++) bytes[random(bytes.length)] = random(256);
      try {
        const all = new BtfTypes(new Btf(bytes));
        for (const { name, kind: word } of all.names())
          describeType(
            all.lookup(['base', 'typedef'].includes(word) ? name : `${word} ${name}`),
            2,
          );
        describeType(all.functionType('panic'), 2);
      } catch (error) {
        if (!(error instanceof FormatError)) throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
});
