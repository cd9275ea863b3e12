/** Constant expressions in declarations: array sizes, widths of bit-fields, values of enumerators. */
import { UsageError } from '../../dump-format/errors.ts';
import type { SyntaxNode } from './syntax.ts';

const nestingLimit = 64;

const operators: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '<<': (a, b) => a << BigInt.asUintN(6, b),
  '>>': (a, b) => a >> BigInt.asUintN(6, b),
  '|': (a, b) => a | b,
  '&': (a, b) => a & b,
  '^': (a, b) => a ^ b,
};

/** @throws UsageError for what is no constant that can be known here */
export function evaluateConstant(
  node: SyntaxNode | undefined,
  constants: ReadonlyMap<string, bigint>,
  depth = 0,
): bigint {
  if (!node || depth > nestingLimit) throw new UsageError('a constant expected');
  const operand = (name: string): bigint =>
    evaluateConstant(node.childForFieldName(name) ?? undefined, constants, depth + 1);
  switch (node.type) {
    case 'number_literal':
      return node.text.startsWith('-') ? -integer(node.text.slice(1)) : integer(node.text);
    case 'parenthesized_expression':
      return evaluateConstant(node.namedChildren[0], constants, depth + 1);
    case 'unary_expression': {
      const value = operand('argument');
      const sign = node.children[0]?.text;
      if (sign === '-') return -value;
      if (sign === '~') return ~value;
      break;
    }
    case 'binary_expression': {
      const name = node.childForFieldName('operator')?.text ?? '';
      const [left, right] = [operand('left'), operand('right')];
      if ((name === '/' || name === '%') && right !== 0n)
        return name === '/' ? left / right : left % right;
      const compute = operators[name];
      if (compute) return compute(left, right);
      break;
    }
    case 'identifier': {
      const value = constants.get(node.text);
      if (value !== undefined) return value;
    }
  }
  throw new UsageError(`${node.text.slice(0, 40)}: is not a constant that is known here`);
}

function integer(text: string): bigint {
  const digits = text.replace(/[uUlL']+$/, '').replaceAll("'", '');
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`);
  if (/^(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)$/.test(digits)) return BigInt(digits);
  throw new UsageError(`${text}: is not an integer`);
}
