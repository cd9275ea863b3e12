/**
 * C expressions over a dump, for watches, hovers and `::filter`: nothing is read before it is needed.
 *
 * It is C, with three things of ours: a bare name may be a member of the object at hand, `$name` is a variable of the
 * session (`$rax`), and comparing text with a string literal compares the text.
 */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { LookupError, unreachable } from '../../dump-format/errors.ts';
import { spaceOf } from '../target/locals.ts';
import { parsePath } from '../target/members.ts';
import type { Target } from '../target/target.ts';
import { typeName } from '../target/type-names.ts';
import { followStep, valueAt, valueOfBytes } from '../target/typed-value.ts';
import type { Value } from '../target/value.ts';
import { binaryOperation } from './c-arithmetic.ts';
import type { CNode } from './c-ast.ts';
import {
  addressOf,
  floatValue,
  integerTypeNamed,
  integerValue,
  isTrue,
  numberOf,
  numberValue,
  pointedType,
  pointerValue,
  truth,
} from './c-operand.ts';
import { parseC } from './c-parse.ts';
import { zeroMemory } from './c-zero-memory.ts';
import { enumeratorNamed } from './c-enumerators.ts';
import { LineError } from './line-error.ts';
import { didYouMean, nearestNames } from './nearest.ts';
import type { Grammar } from './syntax.ts';

/** Where names in an expression are looked for, in this order: variables, members of the object, `$` variables, the dump. */
export interface CScope {
  /** Locals and arguments of a frame; throws with the reason for one that the compiler dropped. */
  readonly variable?: (name: string) => Value | undefined;
  /** The object whose members a bare name may be. */
  readonly object?: Value;
  /** `$rax` asks for `rax`. */
  readonly session?: (name: string) => bigint | undefined;
}

/** An expression that was read once, to be evaluated for many objects. */
export interface CExpression {
  readonly text: string;
  /** @throws LookupError, FaultError, LineError */
  evaluate(target: Target, scope: CScope): Value;
}

/** Reads an expression. @throws LineError for what is no C, or would change the dump */
export function compileC(grammar: Grammar, text: string): CExpression {
  const node = parseC(grammar, text);
  return {
    text,
    evaluate: (target, scope) => new Evaluation(target, scope).value(node),
  };
}

/** Reads and evaluates. @throws LineError, LookupError, FaultError */
export function evaluateC(
  target: Target,
  grammar: Grammar,
  text: string,
  scope: CScope = {},
): Value {
  return compileC(grammar, text).evaluate(target, scope);
}

/** True when a value counts as true in C. @throws LookupError, FaultError */
export function isTrueC(target: Target, value: Value): boolean {
  return isTrue(target, value);
}

/** Names that C has without a header, or nearly. */
const builtIns = new Map([
  ['true', 1n],
  ['false', 0n],
  ['NULL', 0n],
  ['nullptr', 0n],
]);

class Evaluation {
  private readonly target: Target;
  private readonly scope: CScope;
  /** True when only the type of the result counts: all memory reads as zero, and nothing can fail for a value. */
  private readonly isDry: boolean;

  constructor(target: Target, scope: CScope, isDry = false) {
    this.target = target;
    this.scope = scope;
    this.isDry = isDry;
  }

  value(node: CNode): Value {
    const value = this.compute(node);
    return this.isDry ? withoutMemory(this.target, value) : value;
  }

  private compute(node: CNode): Value {
    const { target } = this;
    switch (node.kind) {
      case 'integer':
        return integerValue(target, node.value, integerTypeNamed(node.type));
      case 'float':
        return floatValue(target, node.value);
      case 'string':
        return this.literal(node.text);
      case 'name':
        return this.named(node.name);
      case 'unary':
        return this.unary(node);
      case 'binary':
        return this.text(node) ?? this.binary(node);
      case 'logical': {
        const left = isTrue(target, this.value(node.left));
        if (left === (node.operator === '||')) return truth(target, left);
        return truth(target, isTrue(target, this.value(node.right)));
      }
      case 'conditional':
        return this.conditional(node);
      case 'comma':
        this.value(node.left);
        return this.value(node.right);
      case 'cast':
        return this.cast(node);
      case 'sizeof':
        return this.size(this.typeOrOperand(node.operand));
      case 'sizeof-type':
        return this.size(this.type(node.type));
      case 'offsetof':
        return this.offset(node.type, node.member);
      case 'member':
        return this.member(this.value(node.operand), node.name, node.isArrow);
      case 'index':
        return this.element(this.value(node.operand), this.value(node.index));
      default:
        return unreachable(node);
    }
  }

  private named(name: string): Value {
    const { target, scope } = this;
    const local = scope.variable?.(name);
    if (local) return local;
    if (scope.object?.hasMember(name)) return scope.object.member(name);
    if (name === 'dot' && scope.object?.address !== undefined)
      return pointerValue(target, scope.object.type, scope.object.address);
    if (name.startsWith('$')) return this.sessionVariable(name.slice(1));
    if (target.hasGlobal(name)) return target.global(name);
    const builtIn = builtIns.get(name);
    if (builtIn !== undefined) {
      return name === 'NULL' || name === 'nullptr'
        ? pointerValue(target, { kind: 'void', size: 0 }, 0n)
        : integerValue(target, builtIn);
    }
    return this.symbol(name) ?? this.enumerator(name) ?? this.unknown(name);
  }

  private sessionVariable(name: string): Value {
    const value = this.scope.session?.(name);
    if (value === undefined) throw new LookupError(`variable '${name}' is not defined`);
    return integerValue(this.target, value, integerTypeNamed('unsigned long'));
  }

  /** A function by its type; a symbol without type information by its address, as a `char` array of unknown length. */
  private symbol(name: string): Value | undefined {
    const { target } = this;
    const symbol = target.symbols.byName(name);
    if (!symbol) return undefined;
    const type = target.debugInfo?.functionNamed(name)?.type;
    if (type) return target.value(type, symbol.address);
    return target.value(
      { kind: 'array', element: charType, count: undefined, size: 0 },
      symbol.address,
    );
  }

  private enumerator(name: string): Value | undefined {
    const found = enumeratorNamed(this.target, name);
    return found && integerValue(this.target, found.value, found.type);
  }

  private unknown(name: string): never {
    const { target, scope } = this;
    const object = scope.object && strip(scope.object.type);
    const members =
      object?.kind === 'struct' || object?.kind === 'union'
        ? object.members.flatMap((member) => member.name ?? [])
        : [];
    const near = nearestNames(name, [
      ...members,
      ...target.symbols.withPrefix(name.slice(0, 2), 500),
    ]);
    throw new LineError(`no variable, member, symbol or enumerator named '${name}'`, {
      hint: didYouMean(near),
    });
  }

  private unary(node: Extract<CNode, { kind: 'unary' }>): Value {
    const { target } = this;
    const operand = this.value(node.operand);
    switch (node.operator) {
      case '*':
        return this.dereference(operand);
      case '&':
        return pointerValue(target, operand.type, addressOf(operand));
      case '!':
        return truth(target, !isTrue(target, operand));
      case '+':
      case '-':
      case '~':
        return this.sign(node.operator, operand);
      default:
        return unreachable(node.operator);
    }
  }

  private sign(operator: '+' | '-' | '~', operand: Value): Value {
    if (pointedType(operand.type)) throw new LookupError(`${operator} needs a number`);
    const number = numberOf(this.target, operand);
    if (number.kind === 'float') {
      if (operator === '~') throw new LookupError('~ needs an integer');
      return floatValue(this.target, operator === '-' ? -number.value : number.value);
    }
    const { value } = number;
    const result = operator === '-' ? -value : operator === '~' ? ~value : value;
    return numberValue(this.target, { ...number, value: result });
  }

  private dereference(operand: Value): Value {
    const base = strip(operand.type);
    if (base.kind === 'array') return operand.index(0n);
    if (base.kind === 'function') return operand;
    if (base.kind === 'pointer' && strip(base.target).kind === 'void')
      throw new LookupError('cannot dereference void type');
    return operand.dereference();
  }

  private binary(node: Extract<CNode, { kind: 'binary' }>): Value {
    const { operator } = node;
    const left = this.value(node.left);
    // Zeros must not divide: without values, the types come out the same for a product, and for a shift by nothing.
    if (this.isDry && (operator === '/' || operator === '%'))
      return binaryOperation(this.target, '*', left, this.value(node.right));
    if (this.isDry && (operator === '<<' || operator === '>>'))
      return binaryOperation(this.target, operator, left, integerValue(this.target, 0n));
    return binaryOperation(this.target, operator, left, this.value(node.right));
  }

  /** One arm is evaluated; its value gets the type that both have in common. Source: C11, 6.5.15. */
  private conditional(node: Extract<CNode, { kind: 'conditional' }>): Value {
    const { target } = this;
    const isFirst = this.isDry || isTrue(target, this.value(node.condition));
    const value = this.value(isFirst ? node.whenTrue : node.whenFalse);
    const other = this.dry(isFirst ? node.whenFalse : node.whenTrue);
    if (!isArithmetic(value.type) || !isArithmetic(other.type)) return value;
    const { type } = binaryOperation(target, '+', withoutMemory(target, value), other);
    return convertTo(target, value, type);
  }

  /** The type of an expression, on a value that reads nothing. */
  private dry(node: CNode): Value {
    return new Evaluation(this.target, this.scope, true).value(node);
  }

  /** `name == "init"`: undefined when neither side is a string literal or the operator does not compare. */
  private text(node: Extract<CNode, { kind: 'binary' }>): Value | undefined {
    if (node.operator !== '==' && node.operator !== '!=') return undefined;
    const [literal, other] =
      node.right.kind === 'string' ? [node.right, node.left] : [node.left, node.right];
    if (literal.kind !== 'string') return undefined;
    const text = other.kind === 'string' ? other.text : this.value(other).text();
    return truth(this.target, (text === literal.text) === (node.operator === '=='));
  }

  private cast(node: Extract<CNode, { kind: 'cast' }>): Value {
    const { target } = this;
    const type = target.findType(node.type);
    if (!type) {
      if (node.otherwise) return this.value(node.otherwise);
      return this.unknownType(node.type);
    }
    return convertTo(target, this.value(node.operand), type);
  }

  private unknownType(name: string): never {
    const names = [...this.target.types.names()].map((each) =>
      ['struct', 'union', 'enum'].includes(each.kind) ? `${each.kind} ${each.name}` : each.name,
    );
    throw new LineError(`failed to look up type ${name}: No type found corresponding to name`, {
      hint: didYouMean(nearestNames(name.replace(/[\s*]+$/, ''), names)),
    });
  }

  private type(name: string): CType {
    return this.target.findType(name) ?? this.unknownType(name);
  }

  /** `sizeof (x)`: the grammar can't tell a type from a variable. */
  private typeOrOperand(node: CNode): CType {
    const type = node.kind === 'name' ? this.target.findType(node.name) : undefined;
    return type ?? this.dry(node).type;
  }

  private size(type: CType): Value {
    return integerValue(this.target, BigInt(type.size), integerTypeNamed('unsigned long'));
  }

  private offset(type: string, member: string): Value {
    const { target } = this;
    const whole = valueAt(spaceOf(target), this.type(type), 0n);
    const found = parsePath(member, 10).reduce<Value>(followStep, whole);
    return integerValue(target, addressOf(found), integerTypeNamed('unsigned long'));
  }

  private member(operand: Value, name: string, isArrow: boolean): Value {
    const base = strip(operand.type);
    if (isArrow && base.kind === 'array') return operand.index(0n).member(name);
    if (isArrow && base.kind !== 'pointer')
      throw new LookupError(`${typeName(operand.type)} is not a pointer type`);
    if (!isArrow && base.kind !== 'struct' && base.kind !== 'union')
      throw new LookupError(`${typeName(operand.type)} is not a struct or union type`);
    return operand.member(name);
  }

  private element(operand: Value, index: Value): Value {
    const [array, number] = pointedType(operand.type) ? [operand, index] : [index, operand];
    const at = numberOf(this.target, number);
    if (at.kind !== 'integer') throw new LookupError('an index needs an integer');
    return array.index(at.value);
  }

  private literal(text: string): Value {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const count = bytes.length;
    const type = { kind: 'array', element: charType, count, size: count } as const;
    return valueOfBytes(spaceOf(this.target), type, bytes);
  }
}

/** A value of the same type that reads as zero. */
function withoutMemory(target: Target, value: Value): Value {
  const { memory, byteOrder } = spaceOf(target);
  if (value.bitField)
    return value.bitField.sizeBits < 32
      ? integerValue(target, 0n)
      : integerValue(target, 0n, value.type);
  const zeros = zeroMemory(memory);
  return valueAt({ memory: zeros, byteOrder }, value.type, value.address ?? 0n);
}

function isArithmetic(type: CType): boolean {
  return ['base', 'enum'].includes(strip(type).kind);
}

const charType = { kind: 'base', name: 'char', size: 1, encoding: 'signed-char' } as const;

/** A cast. Source: C11, 6.5.4. @throws LookupError for a type that nothing can be cast to */
function convertTo(target: Target, value: Value, type: CType): Value {
  const base = strip(type);
  switch (base.kind) {
    case 'void':
      return valueOfBytes(spaceOf(target), type, new Uint8Array());
    case 'struct':
    case 'union':
      if (strip(value.type) === base) return value;
      throw new LookupError(`cannot cast to ${typeName(type)}`);
    case 'array':
    case 'function':
      throw new LookupError(`cannot cast to ${typeName(type)}`);
    default:
      return convertScalar(target, value, type);
  }
}

function convertScalar(target: Target, value: Value, type: CType): Value {
  const base = strip(type);
  const number = numberOf(target, value);
  if (base.kind === 'base' && base.encoding === 'float')
    return floatValue(
      target,
      base.size === 4 ? Math.fround(Number(number.value)) : Number(number.value),
    );
  if (base.kind === 'base' && base.encoding === 'boolean')
    return integerValue(target, isTrue(target, value) ? 1n : 0n, type);
  const integer = number.kind === 'integer' ? number.value : BigInt(Math.trunc(number.value));
  return integerValue(target, integer, type);
}
