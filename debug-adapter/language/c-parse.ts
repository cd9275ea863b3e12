/** Reads a C expression with the C grammar. What would change a dump or run code in it is refused here. */
import type { CBinaryOperator, CNode, CPlace, CUnaryOperator } from './c-ast.ts';
import { readCharacter, readNumber, readString } from './c-literals.ts';
import { LineError } from './line-error.ts';
import type { Grammar, SyntaxNode } from './syntax.ts';

/** UTF-16 units of an expression. */
export const cExpressionLimit = 10_000;

/** Nodes inside one another. */
export const cNestingLimit = 200;

const before = 'void f(void) { return ';
const after = '\n; }';

const unaryOperators: readonly string[] = ['-', '+', '!', '~', '*', '&'];
const binaryOperators: readonly string[] = '+ - * / % << >> & | ^ == != < <= > >='.split(' ');

const refusals: Readonly<Record<string, string>> = {
  assignment_expression: "a dump can't be changed: no assignments",
  update_expression: "a dump can't be changed: no ++ or --",
  call_expression: "a dump can't run code: no calls",
  compound_literal_expression: 'compound literals are not supported',
};

/** Reads one expression. @throws LineError with the place of what is wrong */
export function parseC(grammar: Grammar, text: string): CNode {
  if (text.length > cExpressionLimit)
    throw new LineError(`C expression has more than ${cExpressionLimit} characters`);
  if (text.trim() === '') throw new LineError('C expression is empty');
  return grammar.parse(before + text + after, (root) => {
    const fault = firstFault(root, 0);
    if (fault) throw syntaxError(text, placeOf(fault));
    const [definition, ...others] = root.namedChildren;
    const [statement, ...more] = definition?.childForFieldName('body')?.namedChildren ?? [];
    const [expression] = (statement?.namedChildren ?? []).filter((node) => node.type !== 'comment');
    const isOne = others.length === 0 && more.every((node) => node.type === 'comment');
    if (!isOne || statement?.type !== 'return_statement' || !expression)
      throw syntaxError(text, { start: 0, end: text.length });
    return read(expression, 0);
  });
}

function syntaxError(text: string, place: CPlace): LineError {
  const end = Math.min(place.end, text.length);
  const start = Math.min(Math.max(place.start, 0), end);
  const token = /^\s*(\S+)/.exec(text.slice(start, end))?.[1];
  const where = token === undefined ? 'at its end' : `near "${token}"`;
  return new LineError(`syntax error in C expression ${where}`);
}

function placeOf(node: SyntaxNode): CPlace {
  return { start: node.startIndex - before.length, end: node.endIndex - before.length };
}

function firstFault(node: SyntaxNode, depth: number): SyntaxNode | undefined {
  if (depth > cNestingLimit * 4 || !node.hasError) return undefined;
  if (node.isError || node.isMissing) return node;
  for (const child of node.children) {
    const found = firstFault(child, depth + 1);
    if (found) return found;
  }
  return node;
}

function read(node: SyntaxNode, depth: number): CNode {
  if (depth > cNestingLimit)
    throw new LineError(`C expression is nested deeper than ${cNestingLimit} levels`);
  const child = (name: string): SyntaxNode => required(node, name);
  const operand = (name: string): CNode => read(child(name), depth + 1);
  switch (node.type) {
    case 'number_literal':
      return readNumber(node.text);
    case 'char_literal':
      return readCharacter(node.text);
    case 'string_literal':
      return { kind: 'string', text: readString(node.text) };
    case 'concatenated_string':
      return concatenated(node);
    case 'identifier':
    case 'true':
    case 'false':
    case 'null':
      return { kind: 'name', name: node.text, place: placeOf(node) };
    case 'parenthesized_expression':
      return read(onlyNamed(node), depth + 1);
    case 'unary_expression':
    case 'pointer_expression':
      return unary(child('operator').text, operand('argument'));
    case 'binary_expression':
      return binary(node, depth);
    case 'conditional_expression':
      return {
        kind: 'conditional',
        condition: operand('condition'),
        whenTrue: operand('consequence'),
        whenFalse: operand('alternative'),
      };
    case 'comma_expression':
      return { kind: 'comma', left: operand('left'), right: operand('right') };
    case 'cast_expression':
      return cast(child('type'), operand('value'), undefined);
    case 'sizeof_expression':
      return sizeOf(node, depth);
    case 'offsetof_expression': {
      const member = child('member').text;
      return { kind: 'offsetof', type: child('type').text, member, place: placeOf(node) };
    }
    case 'field_expression': {
      const isArrow = child('operator').text === '->';
      return { kind: 'member', operand: operand('argument'), name: child('field').text, isArrow };
    }
    case 'subscript_expression':
      return { kind: 'index', operand: operand('argument'), index: operand('index') };
    case 'call_expression':
      return call(node, depth);
    default:
      throw new LineError(refusals[node.type] ?? `'${node.text}' is no C expression for a dump`);
  }
}

function unary(operator: string, operand: CNode): CNode {
  if (!isUnary(operator)) throw new LineError(`unknown operator ${operator}`);
  return { kind: 'unary', operator, operand };
}

/** `(foo_t) - 1` is a cast when `foo_t` is a type: the grammar can't know, the dump does. */
function binary(node: SyntaxNode, depth: number): CNode {
  const operator = required(node, 'operator').text;
  const leftNode = required(node, 'left');
  const left = read(leftNode, depth + 1);
  const right = read(required(node, 'right'), depth + 1);
  if (operator === '&&' || operator === '||') return { kind: 'logical', operator, left, right };
  if (!isBinary(operator)) throw new LineError(`unknown operator ${operator}`);
  const plain: CNode = { kind: 'binary', operator, left, right };
  const name = parenthesizedName(leftNode);
  if (!name || !isUnary(operator)) return plain;
  return cast(name, unary(operator, right), plain);
}

function cast(type: SyntaxNode, operand: CNode, otherwise: CNode | undefined): CNode {
  return { kind: 'cast', type: type.text, operand, place: placeOf(type), otherwise };
}

/** `(foo_t)(x)` looks like a call. */
function call(node: SyntaxNode, depth: number): CNode {
  const name = parenthesizedName(required(node, 'function'));
  const [argument, ...more] = required(node, 'arguments').namedChildren;
  if (!name || !argument || more.length > 0)
    throw new LineError(refusals['call_expression'] ?? '', { place: placeOf(node) });
  return cast(name, read(argument, depth + 1), undefined);
}

function parenthesizedName(node: SyntaxNode): SyntaxNode | undefined {
  if (node.type !== 'parenthesized_expression') return undefined;
  const [inner, ...more] = node.namedChildren;
  return more.length === 0 && inner?.type === 'identifier' ? inner : undefined;
}

function sizeOf(node: SyntaxNode, depth: number): CNode {
  const type = node.childForFieldName('type');
  if (type) return { kind: 'sizeof-type', type: type.text, place: placeOf(type) };
  return { kind: 'sizeof', operand: read(required(node, 'value'), depth + 1) };
}

function concatenated(node: SyntaxNode): CNode {
  const parts = node.namedChildren.filter((each) => each.type === 'string_literal');
  return { kind: 'string', text: parts.map((each) => readString(each.text)).join('') };
}

function onlyNamed(node: SyntaxNode): SyntaxNode {
  const [inner] = node.namedChildren.filter((each) => each.type !== 'comment');
  if (!inner) throw new LineError(`'${node.text}' is no C expression for a dump`);
  return inner;
}

function required(node: SyntaxNode, field: string): SyntaxNode {
  const child = node.childForFieldName(field);
  if (!child) throw new LineError(`syntax error in C expression near "${node.text}"`);
  return child;
}

function isUnary(operator: string): operator is CUnaryOperator {
  return unaryOperators.includes(operator);
}

function isBinary(operator: string): operator is CBinaryOperator {
  return binaryOperators.includes(operator);
}
