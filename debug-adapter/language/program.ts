/** Lines that have been read once: `::map` and `::grep` run theirs a million times. */
import type { Expression, ParsedLine } from './ast.ts';
import { parseExpression, parseLine } from './parse.ts';
import type { Grammar } from './syntax.ts';

/** Lines and expressions kept; the oldest goes first. */
const capacity = 500;

export class ProgramCache {
  private readonly lines = new Map<string, ParsedLine>();
  private readonly expressions = new Map<string, Expression>();
  private readonly grammar: Grammar;

  constructor(grammar: Grammar) {
    this.grammar = grammar;
  }

  line(text: string): ParsedLine {
    return remember(this.lines, text, () => parseLine(text, this.grammar));
  }

  /** @throws LineError when the text is not a bare expression */
  expression(text: string): Expression {
    return remember(this.expressions, text, () => parseExpression(text, this.grammar));
  }
}

/** The expression of a line that is nothing but one. */
export function bareExpression({ statements, fault }: ParsedLine): Expression | undefined {
  const [statement] = statements;
  if (statement === undefined || statements.length > 1 || fault !== undefined) return undefined;
  const { address, count, stages, head, shell } = statement;
  const isBare =
    stages.length === 0 && count === undefined && head === undefined && shell === undefined;
  return isBare ? address : undefined;
}

function remember<Value>(cache: Map<string, Value>, key: string, make: () => Value): Value {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (cache.size >= capacity) {
    const [oldest] = cache.keys();
    if (oldest !== undefined) cache.delete(oldest);
  }
  cache.set(key, made);
  return made;
}
