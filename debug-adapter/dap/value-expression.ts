/** C expressions that name a value in a dump: what variables hand out as `evaluateName`, and what people type into a watch. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { frameScopes, spaceOf } from '../target/locals.ts';
import type { Target } from '../target/target.ts';
import { typeName } from '../target/type-names.ts';
import { integerBytes, valueOfBytes } from '../target/typed-value.ts';
import type { Value } from '../target/value.ts';
import type { StackEntry } from './frames.ts';

/** Characters of an expression, and brackets and prefixes in one another. */
const expressionLimit = 4096;
const nestingLimit = 64;

const numberType: CType = { kind: 'base', name: 'unsigned long', size: 8, encoding: 'unsigned' };

/**
 * Evaluates names of locals and globals, `$register`, numbers, `.` `->` `[ ]` `*` `&`, casts and parentheses.
 *
 * Nothing is read but what the expression follows. Has no side effect.
 *
 * @param entry the frame whose locals and registers count; undefined for globals alone
 * @throws UsageError when it is no such expression, LookupError for unknown names, FaultError
 */
export function evaluateValue(
  target: Target,
  entry: StackEntry | undefined,
  expression: string,
): Value {
  if (expression.length > expressionLimit)
    throw new UsageError(`an expression has at most ${expressionLimit} characters`);
  return new ExpressionReader(target, entry, expression).whole();
}

const tokenPattern =
  /\s*(?:(0[xX][0-9a-fA-F]+|[0-9]+)(?![A-Za-z0-9_])|(\$?[A-Za-z_][A-Za-z0-9_]*)|(->|[-.*&()[\]]))/y;

class ExpressionReader {
  private readonly target: Target;
  private readonly entry: StackEntry | undefined;
  private readonly text: string;
  private position = 0;
  /** Where the token that was read last begins. */
  private tokenStart = 0;
  private depth = 0;

  constructor(target: Target, entry: StackEntry | undefined, text: string) {
    this.target = target;
    this.entry = entry;
    this.text = text;
  }

  whole(): Value {
    const value = this.unary();
    if (this.text.slice(this.position).trim() !== '') {
      this.tokenStart = this.position;
      this.fail();
    }
    return value;
  }

  private unary(): Value {
    if (++this.depth > nestingLimit) throw new UsageError('the expression is nested too deep');
    try {
      if (this.accept('*')) return this.unary().dereference();
      if (this.accept('&')) return this.addressOf(this.unary());
      const type = this.cast();
      return type ? this.converted(this.unary(), type) : this.postfix(this.primary());
    } finally {
      this.depth--;
    }
  }

  private postfix(start: Value): Value {
    let value = start;
    for (;;) {
      if (this.accept('->')) value = this.pointer(value).dereference().member(this.name());
      else if (this.accept('.')) value = value.member(this.name());
      else if (this.accept('[')) {
        value = value.index(this.unary().signed());
        this.expect(']');
      } else return value;
    }
  }

  private primary(): Value {
    if (this.accept('(')) {
      const value = this.unary();
      this.expect(')');
      return value;
    }
    const [, number, name] = this.next() ?? [];
    if (number !== undefined) return this.bits(numberType, BigInt(number));
    if (name === undefined) return this.fail();
    return name.startsWith('$') ? this.register(name.slice(1)) : this.variable(name);
  }

  /** `(struct foo *)` where that is a type and no parenthesized value. */
  private cast(): CType | undefined {
    const found = /\s*\(\s*([A-Za-z_][\w\s]*[\s*]*)\)/y;
    found.lastIndex = this.position;
    const match = found.exec(this.text);
    const type = match?.[1] === undefined ? undefined : this.target.findType(match[1].trim());
    if (type) this.position = found.lastIndex;
    return type;
  }

  private converted(value: Value, type: CType): Value {
    const to = strip(type);
    if (to.kind !== 'pointer' && to.kind !== 'base' && to.kind !== 'enum')
      throw new UsageError(
        `cannot cast to ${typeName(type)}: cast a pointer to it and follow that`,
      );
    const from = strip(value.type);
    if (from.kind === 'array' || from.kind === 'function')
      return this.bits(type, value.address ?? 0n);
    return this.bits(type, BigInt.asUintN(64, value.signed()));
  }

  private addressOf(value: Value): Value {
    if (value.address === undefined || value.bitField)
      throw new UsageError('the operand of & is not in memory');
    return this.bits({ kind: 'pointer', size: 8, target: value.type }, value.address);
  }

  private pointer(value: Value): Value {
    if (strip(value.type).kind === 'pointer') return value;
    throw new LookupError(`${typeName(value.type)} is not a pointer type`);
  }

  /** The innermost local of that name, else a global. */
  private variable(name: string): Value {
    const { target, entry } = this;
    const scope = entry?.frame && frameScopes(target, entry.frame)[entry.scopeIndex];
    const local = scope?.variables.findLast((each) => each.name === name);
    if (local?.value) return local.value;
    if (local) throw new LookupError(`${name}: ${local.unavailable ?? 'no value'}`);
    if (target.hasGlobal(name)) return target.global(name);
    const symbol = target.symbols.byName(name);
    if (!symbol) throw new LookupError(`no variable or symbol '${name}'`);
    return this.bits(
      { kind: 'pointer', size: 8, target: { kind: 'void', size: 0 } },
      symbol.address,
    );
  }

  private register(name: string): Value {
    const value = this.entry?.frame?.register(name);
    if (value === undefined) throw new LookupError(`register ${name} is not known in this frame`);
    return this.bits(numberType, value);
  }

  private bits(type: CType, value: bigint): Value {
    const space = spaceOf(this.target);
    const bytes = integerBytes(value, Math.max(type.size, 1), space.byteOrder);
    return valueOfBytes(space, type, bytes);
  }

  private name(): string {
    const [, , name] = this.next() ?? [];
    return name === undefined || name.startsWith('$') ? this.fail() : name;
  }

  private next(): RegExpExecArray | undefined {
    this.tokenStart = this.position;
    tokenPattern.lastIndex = this.position;
    const token = tokenPattern.exec(this.text);
    if (!token) return undefined;
    this.position = tokenPattern.lastIndex;
    return token;
  }

  private accept(sign: string): boolean {
    const before = this.position;
    if (this.next()?.[3] === sign) return true;
    this.position = before;
    return false;
  }

  private expect(sign: string): void {
    if (!this.accept(sign)) this.fail();
  }

  private fail(): never {
    const rest = this.text.slice(this.tokenStart).trim();
    throw new UsageError(
      rest === '' ? 'the expression ends too early' : `syntax error near "${rest.slice(0, 40)}"`,
    );
  }
}
