/**
 * Where a line that the grammar rejects goes wrong, and mdb's words for it.
 *
 * A tree with errors shows how tree-sitter recovered, not which token could not be read. mdb's language is small enough
 * to ask a second time: this scanner has mdb's own states (expression, format list, argument list, shell text) and stops
 * at the first token that can't stand where it stands. A test holds that it rejects the same lines as the grammar.
 */
import type { SyntaxFault } from './ast.ts';

const operand = new RegExp(
  [
    String.raw`0[iI][01][01_]*`,
    String.raw`0[oO][0-7][0-7_]*`,
    String.raw`0[tT][0-9][0-9_]*(?:\.[0-9][0-9_]*)?`,
    String.raw`0[xX][0-9a-fA-F][0-9a-fA-F_]*`,
    String.raw`[0-9][0-9a-fA-F_]*`,
    String.raw`[A-Za-z_.][0-9A-Za-z_.${'`'}]*`,
    String.raw`<(?:[A-Za-z_.][0-9A-Za-z_.${'`'}]*|[0-9])`,
    String.raw`'(?:[^'\\]|\\.)*'`,
  ].join('|'),
  'y',
);
/** `(` is dealt with apart; `+ ^ &` are operands. */
const prefixOperator = /[*%]\/[0-9A-Za-z]\/|[-~#*%]/y;
const binaryOperator = /==|!=|<<|>>|%%|[|^&\-+*%#]/y;
const writeOrMatchVerb = /[/\\?@][ \t]*[vwzWZlLM]/y;
const formatVerb = /[/\\?@=]/y;
const wordVerb = /::[A-Za-z_.][0-9A-Za-z_.`]*|\$<<|[$:][?%@A-Z^_`a-z]|\$[<>]?|>\/[0-9A-Za-z]\/|>/y;
const plainWord = /(?:[^ \t\r;!|"'$]|\$[^ \t\r;!|"'$[])+/y;
const closedString = /"(?:[^"\\]|\\.)*"/y;
const closedSingleQuote = /'[^']*'/y;
const quotedShell = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/y;
const anyToken = /[A-Za-z0-9_.`]+|<<|>>|==|!=|%%|::|[^]/y;

/** The first fault of a line without its newline; undefined when there is none. */
export function findFault(line: string): SyntaxFault | undefined {
  const end = line.indexOf('\0');
  if (end < 0) return new FaultFinder(line).find();
  // To the parser a NUL may be the end of the text; no line of a person holds one.
  const before = new FaultFinder(line.slice(0, end)).find();
  return (
    before ?? { kind: 'fault', message: 'syntax error', near: '\\0', start: end, end: end + 1 }
  );
}

class FaultFinder {
  private position = 0;
  private readonly line: string;

  constructor(line: string) {
    this.line = line;
  }

  find(): SyntaxFault | undefined {
    for (;;) {
      const fault = this.statement();
      if (fault || this.atEnd()) return fault;
      if (this.peek() !== ';') return this.unexpected();
      this.position++;
    }
  }

  private statement(): SyntaxFault | undefined {
    if (this.atEnd() || this.peek() === ';') return undefined;
    if (this.peek() === '!') return this.shellFirst();
    if (this.peek() !== ',' && !this.startsVerb()) {
      const fault = this.expression('');
      if (fault) return fault;
    }
    if (this.peek() === ',') {
      this.position++;
      const fault = this.expression('');
      if (fault) return fault;
    }
    return this.pipeline();
  }

  /** What stands after address and count: a verb chain, a shell command, or nothing. */
  private pipeline(): SyntaxFault | undefined {
    if (this.atEnd() || this.peek() === ';') return undefined;
    if (this.peek() === '!') return this.shell().fault;
    return this.verbs();
  }

  private verbs(): SyntaxFault | undefined {
    for (;;) {
      const fault = this.verb();
      if (fault || this.atEnd() || this.peek() === ';') return fault;
      if (this.peek() === '!') {
        const shell = this.shell();
        if (shell.fault || !shell.mayFeed || this.peek() !== '|') return shell.fault;
      }
      if (this.peek() !== '|') return this.unexpected();
      this.position++;
    }
  }

  private shellFirst(): SyntaxFault | undefined {
    const shell = this.shell();
    if (shell.fault || !shell.mayFeed || this.peek() !== '|') return shell.fault;
    this.position++;
    return this.verbs();
  }

  private shell(): { readonly fault?: SyntaxFault; readonly mayFeed: boolean } {
    this.position += this.line.startsWith('!<', this.position) ? 2 : 1;
    this.skipBlanks();
    if (this.line.startsWith('//', this.position)) return this.shellText();
    if (this.atEnd() || this.peek() === ';') return { fault: this.unexpected(), mayFeed: false };
    if (this.peek() === "'" || this.peek() === '"') {
      if (this.take(quotedShell) === undefined)
        return { fault: this.fault('syntax error: quote unmatched'), mayFeed: false };
      return { mayFeed: true };
    }
    return this.shellText();
  }

  private shellText(): { readonly mayFeed: boolean } {
    const end = this.line.indexOf(';', this.position);
    this.position = end < 0 ? this.line.length : end;
    return { mayFeed: false };
  }

  private verb(): SyntaxFault | undefined {
    this.skip();
    if (this.take(writeOrMatchVerb) !== undefined) return this.words();
    if (this.take(formatVerb) !== undefined) return this.formatList();
    if (this.take(wordVerb) !== undefined) return this.words();
    return this.unexpected();
  }

  private words(): SyntaxFault | undefined {
    for (;;) {
      if (this.atEnd() || ';!|'.includes(this.peek())) return undefined;
      const start = this.position;
      const isComputed = this.line.startsWith('$[', start);
      const fault = isComputed ? this.computed() : this.word();
      if (fault) return fault;
      if (this.position === start) return this.unexpected();
    }
  }

  /** Pieces that touch. */
  private word(): SyntaxFault | undefined {
    while (this.position < this.line.length) {
      const quote = this.line[this.position];
      if (quote === "'") {
        if (this.take(closedSingleQuote) === undefined) return this.openQuote("'");
      } else if (quote === '"') {
        if (this.take(closedString) === undefined) return this.openQuote('"');
      } else if (this.take(plainWord) === undefined) return undefined;
    }
    return undefined;
  }

  private formatList(): SyntaxFault | undefined {
    for (;;) {
      if (this.atEnd() || ';!|'.includes(this.peek())) return undefined;
      if (this.peek() === '"') {
        if (this.take(closedString) === undefined) return this.openQuote('"');
      } else if (this.peek() === '$') {
        const fault = this.computed();
        if (fault) return fault;
      } else if (this.peek() === "'") return this.unexpected();
      else this.position++;
    }
  }

  private computed(): SyntaxFault | undefined {
    if (!this.line.startsWith('$[', this.position)) return this.unexpected();
    this.position += 2;
    return this.expression(']');
  }

  /** Operands and operators in turn, up to what can't belong to an expression, or to `closer` and past it. */
  private expression(closer: string): SyntaxFault | undefined {
    let depth = 0;
    for (;;) {
      const fault = this.operandWithPrefixes((opened) => (depth += opened));
      if (fault) return this.inComputed(closer) ?? fault;
      while (depth > 0 && this.peek() === ')') {
        depth--;
        this.position++;
      }
      this.skip();
      if (this.take(binaryOperator) !== undefined) continue;
      if (depth > 0) return this.inComputed(closer) ?? this.unexpected();
      if (closer === '') return undefined;
      if (this.peek() !== closer) return this.inComputed(closer) ?? this.unexpected();
      this.position++;
      return undefined;
    }
  }

  private operandWithPrefixes(opened: (count: number) => void): SyntaxFault | undefined {
    for (;;) {
      if (this.peek() === '(') {
        opened(1);
        this.position++;
      } else if (this.take(prefixOperator) === undefined) break;
    }
    const next = this.peek();
    if (next !== '' && '+^&'.includes(next)) this.position++;
    else if (this.take(operand) === undefined)
      return next === "'" ? this.openQuote(next) : this.unexpected();
    return undefined;
  }

  /** Inside `$[`, the end of the statement is an unmatched bracket. */
  private inComputed(closer: string): SyntaxFault | undefined {
    if (closer === '') return undefined;
    if (!this.atEnd() && !';!'.includes(this.peek())) return undefined;
    return this.fault('syntax error: $[ unmatched', this.atEnd() ? undefined : this.peek());
  }

  private openQuote(quote: string): SyntaxFault {
    return this.fault(`syntax error: ${quote} unmatched`, this.line.slice(this.position));
  }

  private unexpected(): SyntaxFault {
    if (this.atEnd()) return this.fault('syntax error');
    anyToken.lastIndex = this.position;
    return this.fault('syntax error', anyToken.exec(this.line)?.[0]);
  }

  private fault(message: string, near?: string): SyntaxFault {
    const start = Math.min(this.position, this.line.length);
    return { kind: 'fault', message, near, start, end: start + (near?.length ?? 1) };
  }

  private startsVerb(): boolean {
    for (const pattern of [formatVerb, wordVerb]) {
      pattern.lastIndex = this.position;
      if (pattern.test(this.line)) return true;
    }
    return false;
  }

  /** Past blanks and a comment: the next character, or '' at the end. */
  private peek(): string {
    this.skip();
    return this.line[this.position] ?? '';
  }

  private atEnd(): boolean {
    this.skip();
    return this.position >= this.line.length;
  }

  private skipBlanks(): void {
    while (' \t\r'.includes(this.line[this.position] ?? 'x')) this.position++;
  }

  private skip(): void {
    this.skipBlanks();
    if (this.line.startsWith('//', this.position)) this.position = this.line.length;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.line)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }
}
