/** From a line to what it means: the tree of tree-sitter is read into the types of ast.ts, with mdb's rules of quoting. */
import { assert } from '../../dump-format/errors.ts';
import type {
  ArgumentSource,
  BinaryOperator,
  Expression,
  FilterStage,
  FormatItem,
  FormatVerb,
  ParsedLine,
  ShellTail,
  Stage,
  Statement,
} from './ast.ts';
import { LineError } from './line-error.ts';
import { readLoneCommand } from './lone-command.ts';
import { characterValue, unescapeString, unquoteShell } from './quoting.ts';
import { findFault } from './syntax-fault.ts';
import type { Grammar, SyntaxNode } from './syntax.ts';

/** Longest line that is read; longer ones are a mistake, or an attack. */
export const maximumLineLength = 65_536;

/** Operators inside one another; deeper ones are a mistake, or an attack. */
export const maximumNesting = 500;

/**
 * Reads one line, without its newline.
 *
 * The statements before a fault are good and can run; what follows it is thrown away, as mdb does.
 */
export function parseLine(text: string, grammar: Grammar): ParsedLine {
  if (text.length > maximumLineLength) {
    const message = `line is longer than ${maximumLineLength} characters`;
    const fault = { kind: 'fault', message, near: undefined, start: 0, end: 1 } as const;
    return { text, statements: [], fault };
  }
  const lone = readLoneCommand(text);
  if (lone) return lone;
  const fault = findFault(text);
  const goodEnd = fault === undefined ? text.length : statementStart(text, fault.start, grammar);
  const good = text.slice(0, goodEnd);
  return grammar.parse(good, (root) => {
    if (root.hasError) return { text, statements: [], fault: fault ?? treeFault(root, good) };
    const statements: Statement[] = [];
    try {
      for (const node of root.namedChildren)
        if (node.type === 'statement') statements.push(new Reader(text).statement(node));
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      const place = error.place ?? { start: 0, end: text.length };
      return {
        text,
        statements,
        fault: { kind: 'fault', message: error.message, near: undefined, ...place },
      };
    }
    return { text, statements, fault };
  });
}

/**
 * Reads a bare expression.
 *
 * @throws LineError when the text is anything else
 */
export function parseExpression(text: string, grammar: Grammar): Expression {
  const { statements, fault } = parseLine(text, grammar);
  if (fault)
    throw new LineError(fault.message, {
      place: fault,
      ...(fault.near !== undefined && { near: fault.near }),
    });
  const [statement] = statements;
  const isBare =
    statements.length === 1 &&
    statement?.address !== undefined &&
    statement.stages.length === 0 &&
    statement.count === undefined &&
    statement.shell === undefined;
  if (!isBare) {
    const verb = statement?.stages[0] ?? statement;
    const near =
      verb === undefined ? undefined : (/^(::|\S)/.exec(text.slice(verb.start))?.[0] ?? '');
    throw new LineError('syntax error', { ...(near !== undefined && { near }) });
  }
  return statement.address;
}

/** Where the statement with the fault begins: after the last `;` that ends one and stands before it. */
function statementStart(text: string, fault: number, grammar: Grammar): number {
  return grammar.parse(text.slice(0, fault), (root) => {
    const ends = root.children.filter((child) => child.type === ';' && !child.isMissing);
    for (const end of ends.reverse())
      if (findFault(text.slice(0, end.startIndex)) === undefined) return end.startIndex;
    return 0;
  });
}

/** For a tree with an error that the scanner did not find: the first piece that tree-sitter could not place. */
function treeFault(root: SyntaxNode, text: string): ParsedLine['fault'] {
  let node = root;
  while (!node.isError && !node.isMissing) {
    const below = node.children.find((child) => child.hasError);
    if (below === undefined) break;
    node = below;
  }
  const near = text.slice(node.startIndex, node.endIndex).trim();
  return {
    kind: 'fault',
    message: 'syntax error',
    near: near === '' ? undefined : near,
    start: node.startIndex,
    end: node.endIndex,
  };
}

/** Reads the nodes of one line. */
class Reader {
  private readonly line: string;
  private depth = 0;

  constructor(line: string) {
    this.line = line;
  }

  statement(node: SyntaxNode): Statement {
    const address = node.childForFieldName('address');
    const count = node.childForFieldName('count');
    const pipeline = node.namedChildren.find((child) => child.type === 'pipeline');
    const shell = node.namedChildren.find((child) => child.type === 'shell');
    const parts = pipeline?.namedChildren.filter(({ type }) => type !== 'comment') ?? [];
    const last = parts.at(-1);
    const tail = pipeline === undefined ? shell : last?.type === 'shell' ? last : undefined;
    const stages = tail !== undefined && tail === last ? parts.slice(0, -1) : parts;
    return {
      kind: 'statement',
      ...placeOf(node),
      address: address ? this.expression(address) : undefined,
      count: count ? this.expression(count) : undefined,
      head: pipeline !== undefined && shell ? this.filter(shell) : undefined,
      stages: stages.map((stage) => this.stage(stage)),
      shell: tail ? this.shellTail(tail) : undefined,
    };
  }

  private stage(node: SyntaxNode): Stage {
    switch (node.type) {
      case 'dcmd':
      case 'legacy': {
        const name = field(node, 'name');
        return {
          kind: 'dcmd',
          ...placeOf(node),
          name: name.text === '$' ? '$?' : name.text,
          namePlace:
            node.type === 'dcmd' ? { ...placeOf(name), start: node.startIndex } : placeOf(name),
          arguments: this.arguments(node, 'argument'),
        };
      }
      case 'format_command':
        return {
          kind: 'format',
          ...placeOf(node),
          verb: asFormatVerb(field(node, 'verb').text),
          items: this.formatItems(node),
        };
      case 'write_command':
      case 'match_command': {
        const verb = field(node, 'verb').text;
        return {
          kind: node.type === 'write_command' ? 'write' : 'match',
          ...placeOf(node),
          verb: asFormatVerb(verb.slice(0, 1)),
          letter: verb.slice(-1),
          values: this.arguments(node, 'value'),
        };
      }
      case 'assignment': {
        const cast = node.childForFieldName('cast');
        return {
          kind: 'assignment',
          ...placeOf(node),
          cast: cast ? cast.text.slice(2, 3) : undefined,
          arguments: this.arguments(node, 'argument'),
        };
      }
      case 'shell':
        return this.filter(node);
      default:
        throw new Error(`the grammar has no stage ${node.type}`);
    }
  }

  private filter(node: SyntaxNode): FilterStage {
    const command = field(node, 'command').text;
    if (field(node, 'operator').text !== '!')
      throw new LineError('syntax error', { near: '|', place: placeOf(node) });
    return { kind: 'filter', ...placeOf(node), command: unquoteShell(command) };
  }

  private shellTail(node: SyntaxNode): ShellTail {
    const command = field(node, 'command');
    const text =
      command.type === 'shell_text' ? command.text.trimEnd() : unquoteShell(command.text);
    return {
      ...placeOf(node),
      command: text,
      evaluates: field(node, 'operator').text === '!<',
    };
  }

  private arguments(node: SyntaxNode, name: string): ArgumentSource[] {
    const found: ArgumentSource[] = [];
    for (const child of node.childrenForFieldName(name)) {
      if (child === null) continue;
      if (child.type === 'computed')
        found.push({
          kind: 'computed',
          ...placeOf(child),
          expression: this.expression(field(child, 'expression')),
        });
      else found.push({ kind: 'word', ...placeOf(child), text: wordText(child) });
    }
    return found;
  }

  private formatItems(node: SyntaxNode): FormatItem[] {
    const items: FormatItem[] = [];
    let count: number | Expression = 1;
    for (const child of node.childrenForFieldName('item')) {
      if (child === null) continue;
      if (child.type === 'repeat_count') count = Number(child.text);
      else if (child.type === 'computed') count = this.expression(field(child, 'expression'));
      else {
        if (child.type === 'string')
          items.push({ kind: 'string', ...placeOf(child), text: stringText(child) });
        else items.push({ kind: 'letter', ...placeOf(child), letter: child.text, count });
        count = 1;
      }
    }
    return items;
  }

  private expression(node: SyntaxNode): Expression {
    if (this.depth >= maximumNesting)
      throw new LineError(`expression is nested deeper than ${maximumNesting} levels`, {
        place: placeOf(node),
      });
    this.depth++;
    const expression = this.nested(node);
    this.depth--;
    return expression;
  }

  private nested(node: SyntaxNode): Expression {
    const place = placeOf(node);
    switch (node.type) {
      case 'number':
        return { kind: 'number', ...place, text: node.text };
      case 'character':
        return { kind: 'character', ...place, value: characterValue(node.text.slice(1, -1)) };
      case 'symbol':
        return { kind: 'name', ...place, text: node.text, mayBeNumber: false };
      case 'number_or_symbol':
        return { kind: 'name', ...place, text: node.text, mayBeNumber: true };
      case 'variable':
        return { kind: 'variable', ...place, name: field(node, 'name').text };
      case 'dot':
      case 'next':
      case 'previous':
      case 'recent':
        return { kind: node.type, ...place };
      case 'parenthesized':
        return this.parenthesized(node);
      case 'unary':
        return this.unary(node);
      case 'binary':
        return this.binary(node);
      default:
        throw new Error(`the grammar has no expression ${node.type}`);
    }
  }

  private parenthesized(node: SyntaxNode): Expression {
    const inner = node.namedChildren.find(({ type }) => type !== 'comment');
    assert(inner !== undefined, 'parentheses hold an expression');
    return this.expression(inner);
  }

  private unary(node: SyntaxNode): Expression {
    const place = placeOf(node);
    const operator = field(node, 'operator').text;
    const operand = this.expression(field(node, 'operand'));
    switch (operator) {
      case '-':
      case '~':
      case '#':
        return { kind: 'unary', ...place, operator, operand };
      default: {
        const cast = operator.length > 1 ? operator.slice(2, 3) : undefined;
        const space = operator.startsWith('*') ? 'core' : 'object';
        return { kind: 'load', ...place, space, cast, operand };
      }
    }
  }

  private binary(node: SyntaxNode): Expression {
    return {
      kind: 'binary',
      ...placeOf(node),
      operator: asBinaryOperator(field(node, 'operator').text),
      left: this.expression(field(node, 'left')),
      right: this.expression(field(node, 'right')),
      lookahead: tokenAt(this.line, node.endIndex),
    };
  }
}

/** A word with its quotes taken off: plain and single-quoted pieces as they stand, strings with their escapes undone. */
function wordText(word: SyntaxNode): string {
  return word.namedChildren
    .map((piece) => {
      if (piece.type === 'single_quoted') return piece.text.slice(1, -1);
      return piece.type === 'string' ? stringText(piece) : piece.text;
    })
    .join('');
}

function stringText(node: SyntaxNode): string {
  return unescapeString(node.text.slice(1, -1));
}

function placeOf(node: SyntaxNode): { readonly start: number; readonly end: number } {
  return { start: node.startIndex, end: node.endIndex };
}

function field(node: SyntaxNode, name: string): SyntaxNode {
  const child = node.childForFieldName(name);
  assert(child !== null, `${node.type} has a ${name}`);
  return child;
}

const formatVerbs: readonly FormatVerb[] = ['/', '\\', '?', '@', '='];

function asFormatVerb(text: string): FormatVerb {
  const verb = formatVerbs.find((each) => each === text);
  assert(verb !== undefined, 'the grammar has five format verbs');
  return verb;
}

const binaryOperators: readonly BinaryOperator[] = [
  ...(['|', '^', '&', '==', '!=', '<<', '>>'] as const),
  ...(['-', '+', '*', '%', '#', '%%'] as const),
];

function asBinaryOperator(text: string): BinaryOperator {
  const operator = binaryOperators.find((each) => each === text);
  assert(operator !== undefined, 'the grammar has thirteen binary operators');
  return operator;
}

/** The token at an offset, as mdb would name it. */
function tokenAt(line: string, offset: number): string {
  return /^[ \t]*(::|<<|>>|==|!=|%%|[A-Za-z0-9_.`]+|\S)?/.exec(line.slice(offset))?.[1] ?? '';
}
