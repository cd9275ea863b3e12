/** The C expression that a position in source text is on, as a person means it: `t->t_ctx->next`, not `next`. */

export interface ExpressionPlace {
  readonly text: string;
  /** UTF-16 units in the line. */
  readonly start: number;
  readonly end: number;
}

const keywords = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long ' +
    'register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while'
  ).split(' '),
);

/**
 * From the start of a chain of members to the word under the position, so that pointing at an earlier member of the chain shows that one.
 * Calls are left out: a dump can't run them. Undefined on keywords, numbers, strings and comments.
 */
export function expressionAt(line: string, position: number): ExpressionPlace | undefined {
  const word = wordAt(line, position);
  if (word === undefined || keywords.has(word.text) || isInText(line, word.start)) return undefined;
  if (/^\s*\(/.test(line.slice(word.end))) return undefined;
  const start = chainStart(line, word.start);
  return { text: line.slice(start, word.end), start, end: word.end };
}

/** Every variable-like word of a line, each once, for inline values: no member, call, type after `struct` or keyword. */
export function variableWords(line: string): ExpressionPlace[] {
  const found = new Map<string, ExpressionPlace>();
  for (const { 0: text, index } of line.matchAll(/[A-Za-z_]\w*/g)) {
    const before = line.slice(0, index);
    const after = line.slice(index + text.length);
    if (keywords.has(text) || found.has(text) || isInText(line, index)) continue;
    if (/(\.|->|\b(struct|union|enum|goto)\s+|\d)\s*$/.test(before) || /^\s*\(/.test(after))
      continue;
    found.set(text, { text, start: index, end: index + text.length });
  }
  return [...found.values()];
}

function wordAt(line: string, position: number): ExpressionPlace | undefined {
  for (const { 0: text, index } of line.matchAll(/[A-Za-z_]\w*/g)) {
    const end = index + text.length;
    const isNumber = /\d/.test(line[index - 1] ?? '');
    if (index <= position && position <= end && !isNumber) return { text, start: index, end };
  }
  return undefined;
}

/** Goes left over `.`, `->`, names and balanced index brackets. */
function chainStart(line: string, start: number): number {
  let place = start;
  for (;;) {
    const link = /(?:\.|->)\s*$/.exec(line.slice(0, place));
    if (link === null) return place;
    let end = link.index;
    while (line[end - 1] === ']') {
      end = openingBracket(line, end - 1);
      if (end < 0) return place;
    }
    const name = /[A-Za-z_]\w*\s*$/.exec(line.slice(0, end));
    if (name === null) return place;
    place = name.index;
  }
}

function openingBracket(line: string, closing: number): number {
  let depth = 0;
  for (let index = closing; index >= 0; index--) {
    if (line[index] === ']') depth++;
    if (line[index] === '[' && --depth === 0) return index;
  }
  return -1;
}

/** Inside a string, a character constant or a comment that begins in this line, or on a line of a block comment. */
function isInText(line: string, position: number): boolean {
  if (/^\s*\*(\s|\/|$)/.test(line)) return true;
  const token = /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\/\/.*|\/\*.*?(?:\*\/|$)/g;
  for (const { 0: text, index } of line.matchAll(token))
    if (index < position && position < index + text.length) return true;
  return false;
}
