/** C types as a debugger sees them: what every type format (DWARF, later BTF and CTF, and C headers) is read into. */

export type CType =
  | VoidType
  | BaseType
  | PointerType
  | ArrayType
  | RecordType
  | EnumType
  | TypedefType
  | QualifiedType
  | FunctionType;

export interface VoidType {
  readonly kind: 'void';
  readonly size: 0;
}

export interface BaseType {
  readonly kind: 'base';
  /** As the compiler spells it: `unsigned int`, `_Bool`, `char`. */
  readonly name: string;
  readonly size: number;
  readonly encoding:
    'signed' | 'unsigned' | 'signed-char' | 'unsigned-char' | 'boolean' | 'float' | 'complex';
}

export interface PointerType {
  readonly kind: 'pointer';
  readonly size: number;
  /** Resolved when asked for: pointers close the cycles of the type graph. */
  readonly target: CType;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly element: CType;
  /** Elements; undefined for a flexible or incomplete array. */
  readonly count: number | undefined;
  /** Bytes; 0 when `count` is undefined. */
  readonly size: number;
}

/** A struct or a union. */
export interface RecordType {
  readonly kind: 'struct' | 'union';
  /** The tag, without `struct`; undefined when anonymous. */
  readonly name: string | undefined;
  readonly size: number;
  /** In declaration order; resolved when asked for. Empty for a declaration. */
  readonly members: readonly Member[];
  /** True when only `struct foo;` was seen. */
  readonly isDeclaration: boolean;
}

export interface Member {
  /** Undefined for an anonymous struct or union member. */
  readonly name: string | undefined;
  readonly type: CType;
  /** Bytes from the start of the record; for a bit-field, of its first byte. */
  readonly offset: number;
  /** Only for a bit-field: bits from the start of the record to its least significant bit (little endian), and its width. */
  readonly bitField?: { readonly offsetBits: number; readonly sizeBits: number };
}

export interface EnumType {
  readonly kind: 'enum';
  readonly name: string | undefined;
  readonly size: number;
  readonly isSigned: boolean;
  readonly enumerators: readonly { readonly name: string; readonly value: bigint }[];
  readonly isDeclaration: boolean;
}

export interface TypedefType {
  readonly kind: 'typedef';
  readonly name: string;
  readonly target: CType;
  readonly size: number;
}

export interface QualifiedType {
  readonly kind: 'const' | 'volatile' | 'restrict' | 'atomic';
  readonly target: CType;
  readonly size: number;
}

export interface FunctionType {
  readonly kind: 'function';
  readonly size: 0;
  readonly returns: CType;
  readonly parameters: readonly CType[];
  readonly isPrototyped: boolean;
  readonly isVariadic: boolean;
}

export const voidType: VoidType = { kind: 'void', size: 0 };

/** Where a type was found in, by its C spelling. */
export interface TypeSource {
  /**
   * Finds a type by its C name: `kthread_t`, `struct ctxop`, `union u`, `enum e`, `unsigned long`.
   * A definition is preferred to a declaration. Pointers and arrays are built by `parseTypeName`, not here.
   */
  lookup(name: string): CType | undefined;
  /** Every named type, each once, in the order of the type information; for completion and `::typelist`. */
  names(): Iterable<{
    readonly name: string;
    readonly kind: 'struct' | 'union' | 'enum' | 'typedef' | 'base';
  }>;
}

/** The type below typedefs and qualifiers. */
export function strip(type: CType): Exclude<CType, TypedefType | QualifiedType> {
  let current = type;
  for (let depth = 0; depth < 64; depth++) {
    switch (current.kind) {
      case 'typedef':
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'atomic':
        current = current.target;
        break;
      default:
        return current;
    }
  }
  return voidType;
}
