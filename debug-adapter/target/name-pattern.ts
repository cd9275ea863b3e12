/**
 * Regular expressions over names, matched in time that grows with the name and no faster: a name out of a dump and a pattern like
 * `(a+)+$` would keep the engine of JavaScript busy for years.
 *
 * Every state that the pattern can be in is followed at once. Source: Ken Thompson, "Regular Expression Search Algorithm", 1968.
 */
import { UsageError } from '../../dump-format/errors.ts';

/** Characters of a pattern; a person types no more. */
const patternLimit = 200;

/** States of a pattern, its counted repetitions written out. */
const stateLimit = 4000;

/** Groups in groups. */
const depthLimit = 50;

export interface NamePattern {
  /** True when the pattern matches anywhere in the text. */
  test(text: string): boolean;
}

/**
 * What JavaScript has without back references and looking around.
 *
 * @throws UsageError for what is no such pattern
 */
export function namePattern(text: string): NamePattern {
  if (text.length > patternLimit)
    throw new UsageError(`invalid pattern: more than ${patternLimit} characters`);
  const program = new Compiler(text).compile();
  return { test: (name) => matches(program, name) };
}

/** One step: a character that has to fit, a place that has to be right, other steps to go on with, or the end. */
type Step =
  | { readonly kind: 'character'; readonly fits: (character: string) => boolean }
  | { readonly kind: 'place'; readonly isRight: (text: string, at: number) => boolean }
  | { readonly kind: 'split'; readonly to: number[] }
  | { readonly kind: 'end' };

type Program = readonly Step[];

function matches(program: Program, text: string): boolean {
  const current = new Set<number>();
  for (let at = 0; at <= text.length; at++) {
    // It may begin at every place.
    if (follow(program, 0, text, at, current)) return true;
    const character = text[at];
    if (character === undefined) return false;
    const next = new Set<number>();
    for (const index of current) {
      const step = program[index];
      if (step?.kind !== 'character' || !step.fits(character)) continue;
      if (follow(program, index + 1, text, at + 1, next)) return true;
    }
    current.clear();
    for (const index of next) current.add(index);
  }
  return false;
}

/** Adds the states that are reached without a character; true when one of them is the end. */
function follow(
  program: Program,
  start: number,
  text: string,
  at: number,
  states: Set<number>,
): boolean {
  const open = [start];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (states.has(index)) continue;
    states.add(index);
    const step = program[index];
    if (step === undefined || step.kind === 'end') return true;
    if (step.kind === 'split') open.push(...step.to);
    if (step.kind === 'place' && step.isRight(text, at)) open.push(index + 1);
  }
  return false;
}

const isDigit = (character: string): boolean => character >= '0' && character <= '9';
const isWord = (character: string): boolean => /^\w$/.test(character);
const isSpace = (character: string): boolean => /^\s$/.test(character);
const not =
  (fits: (character: string) => boolean) =>
  (character: string): boolean =>
    !fits(character);

const classes = new Map<string, (character: string) => boolean>([
  ['d', isDigit],
  ['D', not(isDigit)],
  ['w', isWord],
  ['W', not(isWord)],
  ['s', isSpace],
  ['S', not(isSpace)],
]);

const isBoundary = (text: string, at: number): boolean =>
  isWord(text[at - 1] ?? '') !== isWord(text[at] ?? '');

const places = new Map<string, (text: string, at: number) => boolean>([
  ['b', isBoundary],
  ['B', (text, at) => !isBoundary(text, at)],
]);

/** Pieces of a program hold no index but those that `split` counts from its own place. */
type Piece = readonly PieceStep[];
type PieceStep =
  Exclude<Step, { kind: 'split' }> | { kind: 'split'; readonly by: readonly number[] };

class Compiler {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  compile(): Program {
    const piece = this.alternatives();
    if (this.at < this.text.length) throw this.wrong();
    return [...piece, { kind: 'end' } as const].map((step, index) =>
      step.kind === 'split'
        ? { kind: 'split', to: step.by.map((distance) => index + distance) }
        : step,
    );
  }

  private alternatives(): Piece {
    if (++this.depth > depthLimit) throw this.wrong();
    let piece = this.sequence();
    while (this.take('|')) {
      const other = this.sequence();
      piece = this.limited([
        { kind: 'split', by: [1, piece.length + 2] },
        ...piece,
        { kind: 'split', by: [other.length + 1] },
        ...other,
      ]);
    }
    this.depth--;
    return piece;
  }

  private sequence(): Piece {
    const steps: PieceStep[] = [];
    while (this.at < this.text.length && !'|)'.includes(this.text[this.at] ?? '')) {
      steps.push(...this.repeated(this.item()));
      this.limited(steps);
    }
    return steps;
  }

  private item(): Piece {
    const character = this.text[this.at++] ?? '';
    switch (character) {
      case '(': {
        if (this.take('?') && !this.take(':')) throw this.wrong();
        const piece = this.alternatives();
        if (!this.take(')')) throw this.wrong();
        return piece;
      }
      case '[':
        return [{ kind: 'character', fits: this.set() }];
      case '.':
        return [{ kind: 'character', fits: (each) => each !== '\n' }];
      case '^':
        return [{ kind: 'place', isRight: (_, at) => at === 0 }];
      case '$':
        return [{ kind: 'place', isRight: (text, at) => at === text.length }];
      case '\\':
        return [this.escape()];
      case '*':
      case '+':
      case '?':
        throw this.wrong();
      default:
        return [{ kind: 'character', fits: (each) => each === character }];
    }
  }

  private escape(): PieceStep {
    const character = this.text[this.at++];
    const isRight = places.get(character ?? '');
    if (isRight) return { kind: 'place', isRight };
    return { kind: 'character', fits: this.escaped(character) };
  }

  private escaped(character: string | undefined): (character: string) => boolean {
    const fits = classes.get(character ?? '');
    if (fits) return fits;
    if (character === undefined || /[0-9A-Za-z]/.test(character)) throw this.wrong();
    return (each) => each === character;
  }

  private set(): (character: string) => boolean {
    const isNegated = this.take('^');
    const parts: ((character: string) => boolean)[] = [];
    while (!this.take(']')) {
      const first = this.text[this.at++];
      if (first === undefined) throw this.wrong();
      if (first === '\\') {
        parts.push(this.escaped(this.text[this.at++]));
        continue;
      }
      const isRange = this.text[this.at] === '-' && this.text[this.at + 1] !== ']';
      const last = isRange ? this.text[this.at + 1] : first;
      if (isRange) this.at += 2;
      if (last === undefined || last < first) throw this.wrong();
      parts.push((each) => each >= first && each <= last);
    }
    const fits = (each: string): boolean => parts.some((part) => part(each));
    return isNegated ? not(fits) : fits;
  }

  private repeated(piece: Piece): Piece {
    const counts = this.counts();
    if (!counts) return piece;
    // Whether it takes few or many first is no matter where only the match counts.
    this.take('?');
    if ('*+?'.includes(this.text[this.at] ?? '-')) throw this.wrong();
    const { least, most } = counts;
    this.limited({ length: piece.length * Math.max(least, most ?? 0) });
    const needed = Array.from({ length: least }, () => piece).flat();
    if (most === undefined) return [...needed, ...loop(piece)];
    const optional = Array.from({ length: most - least }, () => [
      { kind: 'split', by: [1, piece.length + 1] } as const,
      ...piece,
    ]);
    return [...needed, ...optional.flat()];
  }

  private counts(): { readonly least: number; readonly most: number | undefined } | undefined {
    if (this.take('*')) return { least: 0, most: undefined };
    if (this.take('+')) return { least: 1, most: undefined };
    if (this.take('?')) return { least: 0, most: 1 };
    const found = /^\{(\d{1,4})(,?)(\d{0,4})\}/.exec(this.text.slice(this.at));
    if (!found) return undefined;
    this.at += found[0].length;
    const least = Number(found[1]);
    if (found[2] === '') return { least, most: least };
    const most = found[3] === '' ? undefined : Number(found[3]);
    if (most !== undefined && most < least) throw this.wrong();
    return { least, most };
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private limited<Sized extends { readonly length: number }>(piece: Sized): Sized {
    if (piece.length > stateLimit) throw this.wrong();
    return piece;
  }

  private wrong(): UsageError {
    return new UsageError(`invalid pattern: ${this.text}`);
  }
}

function loop(piece: Piece): Piece {
  return [
    { kind: 'split', by: [1, piece.length + 2] },
    ...piece,
    { kind: 'split', by: [-piece.length - 1] },
  ];
}
