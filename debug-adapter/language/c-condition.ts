/** Conditions of the C preprocessor: what stands behind `#if`, once its macros are expanded. */
import { UsageError } from '../../dump-format/errors.ts';
import { tokensOf } from './c-macros.ts';

const nestingLimit = 200;

/** Binary operators by precedence, loosest first. */
const levels: readonly Readonly<Record<string, (a: bigint, b: bigint) => bigint>>[] = [
  { '||': (a, b) => truth(a !== 0n || b !== 0n) },
  { '&&': (a, b) => truth(a !== 0n && b !== 0n) },
  { '|': (a, b) => a | b },
  { '^': (a, b) => a ^ b },
  { '&': (a, b) => a & b },
  { '==': (a, b) => truth(a === b), '!=': (a, b) => truth(a !== b) },
  {
    '<': (a, b) => truth(a < b),
    '>': (a, b) => truth(a > b),
    '<=': (a, b) => truth(a <= b),
    '>=': (a, b) => truth(a >= b),
  },
  { '<<': (a, b) => a << BigInt.asUintN(6, b), '>>': (a, b) => a >> BigInt.asUintN(6, b) },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  // Division by zero is for the side of || or ? that does not count.
  {
    '*': (a, b) => a * b,
    '/': (a, b) => (b === 0n ? 0n : a / b),
    '%': (a, b) => (b === 0n ? 0n : a % b),
  },
];

function truth(isTrue: boolean): bigint {
  return isTrue ? 1n : 0n;
}

/** Whether a condition holds; names that are left count as 0. @throws UsageError for what is no integer expression */
export function isTrue(condition: string): boolean {
  const reader = new Reader(operatorsOf(condition));
  const value = reader.conditional(0);
  if (!reader.isAtEnd)
    throw new UsageError(`#if ${condition.trim().slice(0, 40)}: is no condition`);
  return value !== 0n;
}

/** Tokens without blanks, operators of two characters as one. */
function operatorsOf(condition: string): string[] {
  const out: string[] = [];
  let wasOperator = false;
  for (const token of tokensOf(condition)) {
    const pair = (out.at(-1) ?? '') + token;
    const isJoined: boolean = wasOperator && /^(\|\||&&|==|!=|<=|>=|<<|>>)$/.test(pair);
    if (isJoined) out[out.length - 1] = pair;
    else if (token.trim() !== '') out.push(token);
    wasOperator = !isJoined && token.trim() !== '';
  }
  return out;
}

class Reader {
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  conditional(depth: number): bigint {
    if (depth > nestingLimit) throw new UsageError('#if: the condition is nested too deeply');
    const condition = this.binary(0, depth);
    if (!this.takes('?')) return condition;
    const yes = this.conditional(depth + 1);
    if (!this.takes(':')) throw new UsageError('#if: a ? without its :');
    const no = this.conditional(depth + 1);
    return condition === 0n ? no : yes;
  }

  private binary(level: number, depth: number): bigint {
    const operators = levels[level];
    if (!operators) return this.unary(depth);
    let value = this.binary(level + 1, depth);
    for (;;) {
      const compute = operators[this.tokens[this.at] ?? ''];
      if (!compute) return value;
      this.at++;
      value = BigInt.asIntN(64, compute(value, this.binary(level + 1, depth)));
    }
  }

  private unary(depth: number): bigint {
    if (depth > nestingLimit) throw new UsageError('#if: the condition is nested too deeply');
    const token = this.tokens[this.at++];
    switch (token) {
      case '!':
        return truth(this.unary(depth + 1) === 0n);
      case '-':
        return -this.unary(depth + 1);
      case '+':
        return this.unary(depth + 1);
      case '~':
        return ~this.unary(depth + 1);
      case '(': {
        const value = this.conditional(depth + 1);
        if (!this.takes(')')) throw new UsageError('#if: a ( without its )');
        return value;
      }
      default:
        return primary(token);
    }
  }

  private takes(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }
}

function primary(token: string | undefined): bigint {
  if (token === undefined) throw new UsageError('#if: an expression is missing');
  const digits = token.replace(/[uUlL]+$/, '');
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`);
  if (/^(0[xX][\da-fA-F]+|0[bB][01]+|\d+)$/.test(digits)) return BigInt(digits);
  if (/^[A-Za-z_$]/.test(token)) return token === 'true' ? 1n : 0n;
  const character = /^'(.)'$/s.exec(token)?.[1];
  if (character !== undefined) return BigInt(character.charCodeAt(0));
  throw new UsageError(`#if: ${token.slice(0, 40)} is no integer`);
}
