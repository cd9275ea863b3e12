/** C types from DWARF entries: decoded one entry at a time, when somebody looks at it, and kept. */
import type {
  ArrayType,
  CType,
  EnumType,
  FunctionType,
  PointerType,
  QualifiedType,
  RecordType,
  TypedefType,
  TypeSource,
} from '../ctype.ts';
import { voidType } from '../ctype.ts';
import { FormatError } from '../errors.ts';
import { isIntegerSpelling, otherSpellings } from './base-spelling.ts';
import { DW_AT, DW_TAG } from './constants.ts';
import { DwarfCursor } from './cursor.ts';
import { dieAt } from './die.ts';
import type { Die } from './die.ts';
import { lazy } from './lazy.ts';
import {
  baseType,
  byteSize,
  isSignedEncoding,
  readDimensions,
  readEnumerators,
  readMembers,
} from './members.ts';
import type { NameIndex } from './name-index.ts';
import type { NameKind } from './name-table.ts';
import type { Units } from './units.ts';

/** Entries that the size of a type may go through (typedefs, qualifiers, array elements). */
export const typeDepthLimit = 64;

/** Types by entry and by name. */
export class DwarfTypes implements TypeSource {
  private readonly units: Units;
  private readonly nameIndex: NameIndex;
  private readonly known = new Map<number, CType>();
  /** Entries that are being decoded. */
  private depth = 0;

  constructor(units: Units, nameIndex: NameIndex) {
    this.units = units;
    this.nameIndex = nameIndex;
  }

  lookup(name: string): CType | undefined {
    if (name.trim() === 'void') return voidType;
    const die = this.entry(name);
    return die && this.at(die);
  }

  /** The entry of a type by its C name; none for `void`. */
  entry(name: string): Die | undefined {
    const spelling = name.trim().replace(/\s+/g, ' ');
    const [, keyword, tag] = /^(struct|union|enum) (\S+)$/.exec(spelling) ?? [];
    if (keyword === 'struct' || keyword === 'union' || keyword === 'enum')
      return this.named(keyword, tag ?? '');
    // A name that can't be a typedef's is not looked for among them: that would read every unit.
    if (!isIntegerSpelling(spelling))
      return this.named('typedef', spelling) ?? this.named('base', spelling);
    for (const each of [spelling, ...otherSpellings(spelling)]) {
      const die = this.named('base', each);
      if (die) return die;
    }
    return undefined;
  }

  *names(): ReturnType<typeof namedTypes> {
    yield* namedTypes(this.units, this.nameIndex);
  }

  /** The type that an entry has by `DW_AT_type`, its own or its origin's; void without one. */
  typeOf(die: Die): CType {
    const type = die.holderOf(DW_AT.type)?.reference(DW_AT.type);
    return type ? this.at(type) : voidType;
  }

  /** The type that an entry is. */
  at(die: Die): CType {
    const known = this.known.get(die.key);
    if (known) return known;
    // A definition may be elsewhere, where hostile bytes send the search back.
    if (this.depth === typeDepthLimit) throw new FormatError(this.circle(die));
    this.depth += 1;
    try {
      const type = this.decode(die);
      this.known.set(die.key, type);
      return type;
    } finally {
      this.depth -= 1;
    }
  }

  /** The type of a function: of a `DW_TAG_subroutine_type`, or of a function's own entry. */
  functionType(die: Die): FunctionType {
    const isPrototyped = die.holderOf(DW_AT.prototyped)?.flag(DW_AT.prototyped) ?? false;
    const returns = lazy(() => this.typeOf(die));
    const signature = lazy(() => {
      const children = [...die.children()];
      return {
        parameters: children
          .filter((child) => child.tag === DW_TAG.formal_parameter)
          .map((child) => this.typeOf(child)),
        // gcc writes them for `f()` too, which has no prototype to vary from.
        isVariadic:
          isPrototyped && children.some((child) => child.tag === DW_TAG.unspecified_parameters),
      };
    });
    return {
      kind: 'function',
      size: 0,
      isPrototyped,
      get returns() {
        return returns();
      },
      get parameters() {
        return signature().parameters;
      },
      get isVariadic() {
        return signature().isVariadic;
      },
    };
  }

  private named(kind: NameKind, name: string): Die | undefined {
    const key = this.nameIndex.find(kind, name);
    return key === undefined ? undefined : dieAt(this.units, key);
  }

  private decode(die: Die): CType {
    const qualifier = qualifiers.get(die.tag);
    if (qualifier) return this.qualified(qualifier, die);
    switch (die.tag) {
      case DW_TAG.base_type:
        return baseType(die);
      case DW_TAG.pointer_type:
      case DW_TAG.reference_type:
      case DW_TAG.rvalue_reference_type:
        return this.pointer(die);
      case DW_TAG.typedef:
        return this.typedef(die);
      case DW_TAG.array_type:
        return this.array(die);
      case DW_TAG.subroutine_type:
        return this.functionType(die);
      case DW_TAG.enumeration_type:
        return this.definition('enum', die) ?? this.enumeration(die);
      case DW_TAG.structure_type:
      case DW_TAG.class_type:
        return this.definition('struct', die) ?? this.record('struct', die);
      case DW_TAG.union_type:
        return this.definition('union', die) ?? this.record('union', die);
      case DW_TAG.unspecified_type:
        return voidType;
      default:
        return unknownType(die);
    }
  }

  private pointer(die: Die): PointerType {
    const target = lazy(() => this.typeOf(die));
    return {
      kind: 'pointer',
      size: byteSize(die) || die.unit.addressSize,
      get target() {
        return target();
      },
    };
  }

  private typedef(die: Die): TypedefType {
    const target = lazy(() => this.typeOf(die));
    const size = lazy(() => this.sizeOf(die, 0));
    return {
      kind: 'typedef',
      name: die.text(DW_AT.name) ?? '',
      get target() {
        return target();
      },
      get size() {
        return size();
      },
    };
  }

  private qualified(kind: QualifiedType['kind'], die: Die): QualifiedType {
    const target = lazy(() => this.typeOf(die));
    const size = lazy(() => this.sizeOf(die, 0));
    return {
      kind,
      get target() {
        return target();
      },
      get size() {
        return size();
      },
    };
  }

  /** One array per dimension: `int a[2][3]` is an array of 2 arrays of 3. */
  private array(die: Die): ArrayType {
    const dimensions = readDimensions(die);
    const element = lazy(() => this.typeOf(die));
    const elementSize = lazy(() => this.typeSizeOf(die, 0));
    const build = (index: number): ArrayType => {
      const isInnermost = index === dimensions.length - 1;
      const inner = lazy(() => (isInnermost ? element() : build(index + 1)));
      const size = lazy(() => arraySize(dimensions.slice(index), elementSize()));
      const count = dimensions[index];
      return {
        kind: 'array',
        count,
        get element() {
          return inner();
        },
        get size() {
          return size();
        },
      };
    };
    return build(0);
  }

  private record(kind: RecordType['kind'], die: Die): RecordType {
    const members = lazy(() => readMembers(die, (member) => this.typeOf(member)));
    return {
      kind,
      name: die.text(DW_AT.name),
      size: byteSize(die),
      isDeclaration: die.flag(DW_AT.declaration),
      get members() {
        return members();
      },
    };
  }

  private enumeration(die: Die): EnumType {
    const enumerators = lazy(() => readEnumerators(die));
    const isSigned = lazy(() => {
      const encoding =
        die.number(DW_AT.encoding) ?? die.reference(DW_AT.type)?.number(DW_AT.encoding);
      if (encoding !== undefined) return isSignedEncoding(encoding);
      return enumerators().some((each) => each.value < 0n);
    });
    return {
      kind: 'enum',
      name: die.text(DW_AT.name),
      size: byteSize(die),
      isDeclaration: die.flag(DW_AT.declaration),
      get isSigned() {
        return isSigned();
      },
      get enumerators() {
        return enumerators();
      },
    };
  }

  /** The definition of a type that is only referred to here, wherever it is; undefined when this is one, or there is none. */
  private definition(kind: NameKind, die: Die): CType | undefined {
    const inUnit = die.reference(DW_AT.signature);
    if (inUnit && !inUnit.has(DW_AT.signature)) return this.at(inUnit);
    if (!die.flag(DW_AT.declaration)) return undefined;
    const name = die.text(DW_AT.name);
    const key = name === undefined ? undefined : this.nameIndex.find(kind, name);
    if (key === undefined || key === die.key) return undefined;
    const named = dieAt(this.units, key);
    return named.flag(DW_AT.declaration) ? undefined : this.at(named);
  }

  private typeSizeOf(die: Die, depth: number): number {
    const type = die.holderOf(DW_AT.type)?.reference(DW_AT.type);
    return type ? this.sizeOf(type, depth) : 0;
  }

  /** Bytes of the type that an entry is, without going in circles. */
  private sizeOf(die: Die, depth: number): number {
    if (depth > typeDepthLimit) {
      this.units.file.warn(this.circle(die));
      return 0;
    }
    if (die.tag === DW_TAG.typedef || qualifiers.has(die.tag))
      return this.typeSizeOf(die, depth + 1);
    if (die.tag === DW_TAG.array_type)
      return arraySize(readDimensions(die), this.typeSizeOf(die, depth + 1));
    return this.at(die).size;
  }

  private circle(die: Die): string {
    return `${die.unit.section.name}: the type at 0x${die.offset.toString(16)} is made of itself`;
  }
}

const qualifiers: ReadonlyMap<number, QualifiedType['kind']> = new Map([
  [DW_TAG.const_type, 'const'],
  [DW_TAG.volatile_type, 'volatile'],
  [DW_TAG.restrict_type, 'restrict'],
  [DW_TAG.atomic_type, 'atomic'],
]);

function* namedTypes(
  units: Units,
  names: NameIndex,
): Generator<{ name: string; kind: Exclude<NameKind, 'function' | 'variable'> }> {
  for (const { kind, source, offset } of names.entries()) {
    if (kind === 'function' || kind === 'variable') continue;
    const name = units.file.orWarn('', () => new DwarfCursor(source, offset).text());
    if (name !== '') yield { name, kind };
  }
}

/** Bytes of an array; 0 when a dimension is open, or the product is beyond what a number holds. */
function arraySize(dimensions: readonly (number | undefined)[], elementSize: number): number {
  const size = dimensions.reduce<number>((product, count) => product * (count ?? 0), elementSize);
  return Number.isSafeInteger(size) ? size : 0;
}

/** A type that C has none for: its size is known, its inside is not. */
function unknownType(die: Die): RecordType {
  return {
    kind: 'struct',
    name: die.text(DW_AT.name) ?? `<DWARF tag 0x${die.tag.toString(16)}>`,
    size: byteSize(die),
    members: [],
    isDeclaration: true,
  };
}
