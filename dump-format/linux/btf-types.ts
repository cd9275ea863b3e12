/** C types from BTF records: made when somebody looks at one, and kept. */
import {
  voidType,
  type ArrayType,
  type BaseType,
  type CType,
  type EnumType,
  type FunctionType,
  type Member,
  type PointerType,
  type QualifiedType,
  type RecordType,
  type TypedefType,
  type TypeSource,
} from '../ctype.ts';
import { isIntegerSpelling, otherSpellings } from '../dwarf/base-spelling.ts';
import { lazy } from '../dwarf/lazy.ts';
import type { Btf, BtfRecord } from './btf.ts';

/** Types that a type may lie within, one in the other: typedefs, qualifiers, arrays, members. */
export const typeDepthLimit = 64;

/** Bytes of a pointer: kernels of 64 bits alone have their BTF read. */
const pointerBytes = 8;

/** What is known of whether a type ends: cycles go through pointers alone, unless the bytes are hostile. */
const isBeingLookedAt = 1;
const ends = 2;
const doesNotEnd = 3;

/** Types by number and by name. */
export class BtfTypes implements TypeSource {
  private readonly btf: Btf;
  private readonly known = new Map<number, CType>();
  private readonly endings: Uint8Array;

  constructor(btf: Btf) {
    this.btf = btf;
    this.endings = new Uint8Array(btf.count);
  }

  lookup(name: string): CType | undefined {
    const spelling = name.trim().replace(/\s+/g, ' ');
    if (spelling === 'void') return voidType;
    const spellings = isIntegerSpelling(spelling)
      ? [spelling, ...otherSpellings(spelling)]
      : [spelling];
    for (const each of spellings) {
      const id = this.btf.find(each);
      if (id !== undefined) return this.at(id);
    }
    return undefined;
  }

  *names(): ReturnType<TypeSource['names']> {
    for (const [key, id] of this.btf.names()) {
      const kind = this.btf.record(id)?.kind;
      const name = key.slice(key.indexOf(' ') + 1);
      if (kind === 'struct' || kind === 'union') yield { name, kind };
      else if (kind === 'enum' || kind === 'enum64') yield { name, kind: 'enum' };
      else yield { name: key, kind: kind === 'typedef' ? 'typedef' : 'base' };
    }
  }

  /** The type of a function by its name. */
  functionType(name: string): FunctionType | undefined {
    const id = this.btf.findFunction(name);
    const type = id === undefined ? undefined : this.btf.record(id)?.sizeOrType;
    const prototype = type === undefined ? undefined : this.btf.record(type);
    return prototype?.kind === 'prototype' ? this.prototype(prototype) : undefined;
  }

  /** The type of a per-CPU variable by its name. */
  perCpuType(name: string): CType | undefined {
    const id = this.btf.findVariable(name);
    const type = id === undefined ? undefined : this.btf.record(id)?.sizeOrType;
    return type === undefined ? undefined : this.at(type);
  }

  /** The type with that number; `void` for 0, for numbers that there are none of, and for types that contain themselves. */
  private at(id: number): CType {
    const known = this.known.get(id);
    if (known) return known;
    const record = this.btf.record(id);
    const type = record && this.isFinite(id, 0) ? this.make(record) : voidType;
    this.known.set(id, type);
    return type;
  }

  private make(record: BtfRecord): CType {
    switch (record.kind) {
      case 'int':
        return integer(record);
      case 'float':
        return { kind: 'base', name: record.name, size: record.sizeOrType, encoding: 'float' };
      case 'pointer':
        return this.pointer(record);
      case 'array':
        return this.array(record);
      case 'struct':
      case 'union':
        return this.structure(record.kind, record);
      case 'enum':
      case 'enum64':
        return this.enumeration(record);
      case 'forward':
        return this.forward(record);
      case 'typedef':
        return this.typedef(record);
      case 'volatile':
      case 'const':
      case 'restrict':
        return this.qualified(record.kind, record);
      // Tags say something of a type, and are none.
      case 'type-tag':
        return this.at(record.sizeOrType);
      case 'prototype':
        return this.prototype(record);
      default:
        return voidType;
    }
  }

  private pointer({ sizeOrType }: BtfRecord): PointerType {
    const target = lazy(() => this.at(sizeOrType));
    return {
      kind: 'pointer',
      size: pointerBytes,
      get target() {
        return target();
      },
    };
  }

  /** `struct btf_array`: element, type of the index, elements. 0 elements are a flexible array or one of none: BTF does not tell. */
  private array(record: BtfRecord): ArrayType {
    const element = this.at(record.word(0));
    const count = record.word(2);
    const size = element.size * count;
    const isSound = Number.isSafeInteger(size);
    return {
      kind: 'array',
      element,
      count: count === 0 || !isSound ? undefined : count,
      size: isSound ? size : 0,
    };
  }

  private structure(kind: RecordType['kind'], record: BtfRecord): RecordType {
    const members = lazy(() =>
      Array.from({ length: record.count }, (_, index) => this.member(record, index)),
    );
    return {
      kind,
      name: record.name === '' ? undefined : record.name,
      size: record.sizeOrType,
      isDeclaration: false,
      get members() {
        return members();
      },
    };
  }

  /** `struct btf_member`. With the record's flag, the top byte of the offset is the width of a bit-field. */
  private member(record: BtfRecord, index: number): Member {
    const name = this.btf.text(record.word(index * 3));
    const id = record.word(index * 3 + 1);
    const offset = record.word(index * 3 + 2);
    const type = lazy(() => this.at(id));
    const bitField = record.flag ? flaggedBitField(offset) : this.integerBitField(id, offset);
    return {
      name: name === '' ? undefined : name,
      get type() {
        return type();
      },
      offset: Math.floor((record.flag ? offset & 0xff_ffff : offset) / 8),
      ...(bitField && { bitField }),
    };
  }

  /** Without the flag, a bit-field's type is an integer that is narrower than its bytes. */
  private integerBitField(id: number, offset: number): Member['bitField'] {
    const type = this.skipNames(id);
    if (type?.kind !== 'int') return undefined;
    const data = type.word(0);
    const sizeBits = data & 0xff;
    const firstBit = (data >>> 16) & 0xff;
    const isWhole = sizeBits === type.sizeOrType * 8 && firstBit === 0 && offset % 8 === 0;
    return isWhole || sizeBits === 0 ? undefined : { offsetBits: offset + firstBit, sizeBits };
  }

  private skipNames(id: number): BtfRecord | undefined {
    let record = this.btf.record(id);
    for (let depth = 0; depth < typeDepthLimit && record && isNaming(record); depth++)
      record = this.btf.record(record.sizeOrType);
    return record;
  }

  private enumeration(record: BtfRecord): EnumType {
    const enumerators = lazy(() =>
      Array.from({ length: record.count }, (_, index) => this.enumerator(record, index)),
    );
    return {
      kind: 'enum',
      name: record.name === '' ? undefined : record.name,
      size: record.sizeOrType,
      isDeclaration: false,
      get isSigned() {
        return record.flag || enumerators().some(({ value }) => value < 0n);
      },
      get enumerators() {
        return enumerators();
      },
    };
  }

  /** `struct btf_enum` has 32 bits; before the flag said so, all were signed. `struct btf_enum64` has two halves. */
  private enumerator(record: BtfRecord, index: number): EnumType['enumerators'][number] {
    if (record.kind === 'enum') {
      const value = BigInt(record.word(index * 2 + 1));
      const isSigned = record.flag || !this.hasSignedFlag();
      return {
        name: this.btf.text(record.word(index * 2)),
        value: isSigned ? BigInt.asIntN(32, value) : value,
      };
    }
    const value = BigInt(record.word(index * 3 + 1)) | (BigInt(record.word(index * 3 + 2)) << 32n);
    return {
      name: this.btf.text(record.word(index * 3)),
      value: record.flag ? BigInt.asIntN(64, value) : value,
    };
  }

  private readonly hasSignedFlag = lazy(() => {
    for (let id = 1; id < this.btf.count; id++) {
      const record = this.btf.record(id);
      if ((record?.kind === 'enum' && record.flag) || record?.kind === 'enum64') return true;
    }
    return false;
  });

  /** A declaration stands for the definition, where there is one. */
  private forward({ flag, name }: BtfRecord): CType {
    const kind = flag ? 'union' : 'struct';
    const id = this.btf.find(`${kind} ${name}`);
    if (id !== undefined) return this.at(id);
    return { kind, name, size: 0, members: [], isDeclaration: true };
  }

  private typedef({ name, sizeOrType }: BtfRecord): TypedefType {
    const target = this.at(sizeOrType);
    return { kind: 'typedef', name, target, size: target.size };
  }

  private qualified(kind: QualifiedType['kind'], { sizeOrType }: BtfRecord): QualifiedType {
    const target = this.at(sizeOrType);
    return { kind, target, size: target.size };
  }

  /** `struct btf_param`; the last one without name and type are dots. */
  private prototype(record: BtfRecord): FunctionType {
    const { count } = record;
    const isVariadic =
      count > 0 && record.word(count * 2 - 2) === 0 && record.word(count * 2 - 1) === 0;
    const returns = lazy(() => this.at(record.sizeOrType));
    const parameters = lazy(() =>
      Array.from({ length: isVariadic ? count - 1 : count }, (_, index) =>
        this.at(record.word(index * 2 + 1)),
      ),
    );
    return {
      kind: 'function',
      size: 0,
      isPrototyped: true,
      isVariadic,
      get returns() {
        return returns();
      },
      get parameters() {
        return parameters();
      },
    };
  }

  /** Whether a type holds no type that holds it. */
  private isFinite(id: number, depth: number): boolean {
    const known = this.endings[id] ?? ends;
    if (known === ends) return true;
    if (known === doesNotEnd || known === isBeingLookedAt || depth > typeDepthLimit) return false;
    const record = this.btf.record(id);
    if (!record) return true;
    this.endings[id] = isBeingLookedAt;
    const isFine = containedIn(record).every((each) => this.isFinite(each, depth + 1));
    this.endings[id] = isFine ? ends : doesNotEnd;
    return isFine;
  }
}

/** Numbers of the types that a type holds by value. */
function containedIn(record: BtfRecord): readonly number[] {
  if (isNaming(record)) return [record.sizeOrType];
  if (record.kind === 'array') return [record.word(0)];
  if (record.kind !== 'struct' && record.kind !== 'union') return [];
  return Array.from({ length: record.count }, (_, index) => record.word(index * 3 + 1));
}

const naming: ReadonlySet<BtfRecord['kind']> = new Set([
  'typedef',
  'const',
  'volatile',
  'restrict',
  'type-tag',
] as const);

function isNaming({ kind }: BtfRecord): boolean {
  return naming.has(kind);
}

function flaggedBitField(offset: number): Member['bitField'] {
  const sizeBits = offset >>> 24;
  return sizeBits === 0 ? undefined : { offsetBits: offset & 0xff_ffff, sizeBits };
}

/** Bits of the word behind an `int`: signed, character, boolean. pahole sets no character bit, so the name tells. */
function integer(record: BtfRecord): BaseType {
  const { name, sizeOrType: size } = record;
  const encoding = (record.word(0) >>> 24) & 0xf;
  const isSigned = (encoding & 1) !== 0;
  const isCharacter = (encoding & 2) !== 0 || (size === 1 && /(^| )char$/.test(name));
  if ((encoding & 4) !== 0) return { kind: 'base', name, size, encoding: 'boolean' };
  if (isCharacter)
    return { kind: 'base', name, size, encoding: isSigned ? 'signed-char' : 'unsigned-char' };
  return { kind: 'base', name, size, encoding: isSigned ? 'signed' : 'unsigned' };
}
