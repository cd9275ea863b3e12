/** Reads C declarations of types with the C grammar: structs, unions, enums and typedefs, laid out as gcc would. */
import {
  voidType,
  type CType,
  type EnumType,
  type RecordType,
  type TypeSource,
} from '../../dump-format/ctype.ts';
import { UsageError } from '../../dump-format/errors.ts';
import type { AddedTypes } from './added-types.ts';
import { layOut, markPacked, type DeclaredMember } from './c-layout.ts';
import { baseTypeNamed } from './c-base-types.ts';
import { evaluateConstant } from './c-constant.ts';
import type { Grammar, SyntaxNode } from './syntax.ts';

/** Characters of a header. */
export const headerLimit = 16 * 1024 * 1024;

/** Declarators and records inside one another. */
export const declarationNestingLimit = 64;

/** What a text declares. */
export interface Declarations {
  /** Names as `TypeSource.lookup` takes them, in the order of the text. */
  readonly names: readonly string[];
  /** What could not be read, one sentence each; the rest was. */
  readonly problems: readonly string[];
}

/**
 * Adds the types that a C text declares. Directives of the preprocessor are passed over, and both sides of a conditional are read.
 *
 * @param known types that the text may use, those of the dump first
 * @throws UsageError when the text is too long to be a header
 */
export function declareTypes(
  grammar: Grammar,
  text: string,
  known: TypeSource,
  added: AddedTypes,
): Declarations {
  if (text.length > headerLimit)
    throw new UsageError(`a header has more than ${headerLimit} characters`);
  return grammar.parse(text, (root) => new Declarer(known, added).read(root));
}

/** A record or enum while it is filled in: pointers to it may exist before its members do. */
type Growing<Type> = { -readonly [Key in keyof Type]: Type[Key] };

class Declarer {
  private readonly names: string[] = [];
  private readonly problems: string[] = [];
  private readonly constants = new Map<string, bigint>();
  private readonly known: TypeSource;
  private readonly added: AddedTypes;

  constructor(known: TypeSource, added: AddedTypes) {
    this.known = known;
    this.added = added;
  }

  read(root: SyntaxNode): Declarations {
    this.readAll(root, 0);
    return { names: this.names, problems: this.problems };
  }

  private readAll(node: SyntaxNode, depth: number): void {
    if (depth > declarationNestingLimit) return;
    for (const child of node.namedChildren) {
      if (
        child.type.startsWith('preproc_') ||
        child.type === 'linkage_specification' ||
        child.type === 'declaration_list'
      ) {
        this.readAll(child, depth + 1);
        continue;
      }
      try {
        this.readOne(child);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        this.problems.push(error.message);
      }
    }
  }

  private readOne(node: SyntaxNode): void {
    switch (node.type) {
      case 'type_definition': {
        const base = this.specifier(required(node, 'type'));
        for (const declarator of present(node.childrenForFieldName('declarator'))) {
          const { name, type } = this.declarator(declarator, base, 0);
          if (name !== undefined)
            this.define(name, { kind: 'typedef', name, target: type, size: type.size });
        }
        return;
      }
      case 'struct_specifier':
      case 'union_specifier':
      case 'enum_specifier':
        this.specifier(node);
        return;
      case 'declaration':
      case 'function_definition': {
        const type = node.childForFieldName('type');
        if (type?.type.endsWith('_specifier')) this.specifier(type);
        return;
      }
      case 'ERROR':
        throw new UsageError(`syntax error near "${node.text.split('\n')[0]?.slice(0, 40) ?? ''}"`);
    }
  }

  private define(name: string, type: CType): void {
    this.added.define(name, type);
    this.names.push(name);
  }

  /** The type that a specifier names or defines. @throws UsageError when it does not exist */
  private specifier(node: SyntaxNode): CType {
    switch (node.type) {
      case 'struct_specifier':
      case 'union_specifier':
        return this.record(node, node.type === 'struct_specifier' ? 'struct' : 'union');
      case 'enum_specifier':
        return this.enumeration(node);
      case 'primitive_type':
      case 'sized_type_specifier':
      case 'type_identifier':
        return this.named(node.text);
    }
    throw new UsageError(`${node.text}: is not a type that can be read here`);
  }

  private named(text: string): CType {
    const name = text.replace(/\s+/g, ' ').trim();
    if (name === 'void') return voidType;
    const type = this.lookup(name) ?? baseTypeNamed(name);
    if (type) return type;
    throw new UsageError(`type ${name} does not exist`);
  }

  private lookup(name: string): CType | undefined {
    return this.added.lookup(name) ?? this.known.lookup(name);
  }

  private record(node: SyntaxNode, kind: 'struct' | 'union'): CType {
    const tag = node.childForFieldName('name')?.text;
    const body = node.childForFieldName('body');
    const key = tag === undefined ? undefined : `${kind} ${tag}`;
    if (!body) {
      const declared = key === undefined ? undefined : this.lookup(key);
      if (declared) return declared;
    }
    const previous = key === undefined ? undefined : this.added.lookup(key);
    const isReusable = previous?.kind === kind && previous.isDeclaration;
    const record: Growing<RecordType> = isReusable
      ? (previous as Growing<RecordType>)
      : { kind, name: tag, size: 0, members: [], isDeclaration: true };
    if (key !== undefined && !isReusable) {
      this.added.define(key, record);
      if (!body) this.names.push(key);
    }
    if (!body) return record;
    const isPacked = node.namedChildren.some(
      (child) => child.type === 'attribute_specifier' && /\bpacked\b|__packed__/.test(child.text),
    );
    const { members, size } = layOut(kind, this.fields(body), isPacked);
    record.members = members;
    record.size = size;
    record.isDeclaration = false;
    if (isPacked) markPacked(record);
    if (key !== undefined) this.names.push(key);
    return record;
  }

  private fields(body: SyntaxNode): DeclaredMember[] {
    const members: DeclaredMember[] = [];
    const seen = new Set<string>();
    for (const field of body.namedChildren) {
      if (field.type !== 'field_declaration') continue;
      const base = this.specifier(required(field, 'type'));
      for (const each of this.declaredMembers(field, base)) {
        if (each.name !== undefined && seen.has(each.name))
          throw new UsageError(`duplicate name detected: ${each.name}`);
        if (each.name !== undefined) seen.add(each.name);
        members.push(each);
      }
    }
    return members;
  }

  /** Declarators of a field, each with the width that follows it; none at all is an anonymous record. */
  private *declaredMembers(field: SyntaxNode, base: CType): Generator<DeclaredMember> {
    const declarators = new Set(
      present(field.childrenForFieldName('declarator')).map((node) => node.startIndex),
    );
    let pending: { name: string | undefined; type: CType } | undefined;
    let count = 0;
    for (const child of field.namedChildren) {
      if (child.type === 'bitfield_clause') {
        const width = Number(evaluateConstant(child.namedChildren[0], this.constants));
        yield { name: pending?.name, type: pending?.type ?? base, width };
        pending = undefined;
        count++;
      } else if (declarators.has(child.startIndex)) {
        if (pending) yield { ...pending, width: undefined };
        pending = this.declarator(child, base, 0);
        count++;
      }
    }
    if (pending) yield { ...pending, width: undefined };
    if (count === 0) yield { name: undefined, type: base, width: undefined };
  }

  /** The name and type of a declarator: it reads from the inside out, so the base type is wrapped on the way in. */
  private declarator(
    node: SyntaxNode,
    base: CType,
    depth: number,
  ): { name: string | undefined; type: CType } {
    if (depth > declarationNestingLimit) throw new UsageError('a declarator is nested too deeply');
    const inner = (): SyntaxNode =>
      node.childForFieldName('declarator') ?? node.namedChildren.at(-1) ?? node;
    switch (node.type) {
      case 'pointer_declarator':
        return this.declarator(inner(), { kind: 'pointer', size: 8, target: base }, depth + 1);
      case 'array_declarator': {
        const size = node.childForFieldName('size');
        const count = size ? Number(evaluateConstant(size, this.constants)) : undefined;
        if (count !== undefined && count < 0)
          throw new UsageError('Array lengths cannot be negative');
        const array: CType = {
          kind: 'array',
          element: base,
          count,
          size: base.size * (count ?? 0),
        };
        return this.declarator(inner(), array, depth + 1);
      }
      case 'function_declarator': {
        const type: CType = {
          kind: 'function',
          size: 0,
          returns: base,
          parameters: [],
          isPrototyped: true,
          isVariadic: false,
        };
        return this.declarator(inner(), type, depth + 1);
      }
      case 'parenthesized_declarator':
        return this.declarator(inner(), base, depth + 1);
      default:
        return { name: node.text === '' ? undefined : node.text, type: base };
    }
  }

  private enumeration(node: SyntaxNode): CType {
    const tag = node.childForFieldName('name')?.text;
    const body = node.childForFieldName('body');
    const key = tag === undefined ? undefined : `enum ${tag}`;
    const known = body || key === undefined ? undefined : this.lookup(key);
    if (known) return known;
    const enumerators: { name: string; value: bigint }[] = [];
    let next = 0n;
    for (const each of body?.namedChildren ?? []) {
      if (each.type !== 'enumerator') continue;
      const name = required(each, 'name').text;
      const value = each.childForFieldName('value');
      if (value) next = evaluateConstant(value, this.constants);
      enumerators.push({ name, value: next });
      this.constants.set(name, next);
      next++;
    }
    const type: EnumType = {
      kind: 'enum',
      name: tag,
      size: 4,
      isSigned: enumerators.some(({ value }) => value < 0n),
      enumerators,
      isDeclaration: body === null,
    };
    if (key !== undefined) this.define(key, type);
    return type;
  }
}

function required(node: SyntaxNode, field: string): SyntaxNode {
  const child = node.childForFieldName(field);
  if (child) return child;
  throw new UsageError(`${node.text.slice(0, 40)}: has no ${field}`);
}

function present(nodes: readonly (SyntaxNode | null)[]): SyntaxNode[] {
  return nodes.filter((node) => node !== null);
}
