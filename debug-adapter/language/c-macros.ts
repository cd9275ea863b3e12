/** Macros of the C preprocessor: how they are defined, and what becomes of text that uses them. */
import { UsageError } from '../../dump-format/errors.ts';

/** Characters that the expansions of one text may have: a macro can double its text forty times over. */
export const expansionLimit = 16 * 1024 * 1024;

/** Macros inside macros. */
export const macroNestingLimit = 200;

/** Uses of macros in one text. */
export const macroUseLimit = 1_000_000;

export interface Macro {
  /** Undefined for a macro without parentheses. */
  readonly parameters: readonly string[] | undefined;
  readonly isVariadic: boolean;
  readonly body: readonly string[];
}

/** The macros whose text is being expanded, innermost first. */
interface Active {
  readonly name: string;
  readonly depth: number;
  readonly outer: Active | undefined;
}

/** White space, identifiers, numbers, literals, `##`, and single characters for the rest. */
const tokenPattern =
  /\s+|[A-Za-z_$][\w$]*|\.?\d(?:[eEpP][+-]|[\w.])*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|##|[\s\S]/g;

export const identifierPattern = /^[A-Za-z_$][\w$]*$/;

export function tokensOf(text: string): string[] {
  return text.match(tokenPattern) ?? [];
}

/** What stands behind `#define`, with its name. @throws UsageError when it is no definition */
export function readMacro(text: string): { readonly name: string; readonly macro: Macro } {
  const match = /^([A-Za-z_$][\w$]*)(\(([^)]*)\))?\s*([\s\S]*)$/.exec(text.trim());
  const name = match?.[1];
  if (!match || name === undefined)
    throw new UsageError(`#define ${text.trim().slice(0, 40)}: is no definition`);
  const list = match[3]?.trim();
  const words = list === undefined || list === '' ? [] : list.split(',').map((each) => each.trim());
  const isVariadic = words.at(-1)?.endsWith('...') === true;
  const parameters = words.map((word) =>
    word === '...' ? '__VA_ARGS__' : word.replace('...', ''),
  );
  const body = tokensOf((match[4] ?? '').trim());
  return {
    name,
    macro: { parameters: match[2] === undefined ? undefined : parameters, isVariadic, body },
  };
}

/** Macros by name, and the text that they make. */
export class Macros {
  private readonly macros = new Map<string, Macro>();
  private written = 0;
  private uses = 0;

  define(name: string, macro: Macro): void {
    this.macros.set(name, macro);
  }

  undefine(name: string): void {
    this.macros.delete(name);
  }

  has(name: string): boolean {
    return this.macros.has(name);
  }

  /** @throws UsageError when the text grows beyond every header */
  expand(text: string): string {
    const out: string[] = [];
    this.expandInto(out, tokensOf(text), undefined);
    return out.join('');
  }

  /** @param active macros whose text this is: they are not expanded again */
  private expandInto(out: string[], tokens: readonly string[], active: Active | undefined): void {
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at] ?? '';
      const macro = this.macros.get(token);
      const call = macro?.parameters && readCall(tokens, at + 1);
      if (!macro || isActive(active, token) || (macro.parameters && !call)) {
        this.count(token);
        out.push(token);
        continue;
      }
      const raw = call?.list ?? [];
      const expanded = raw.map((each) => {
        const argument: string[] = [];
        this.expandInto(argument, each, active);
        return argument;
      });
      this.expandInto(out, substituted(macro, raw, expanded), this.enter(token, active));
      if (call) at = call.end;
    }
  }

  /** @throws UsageError when macros are nested or used too much */
  private enter(name: string, outer: Active | undefined): Active {
    const depth = (outer?.depth ?? 0) + 1;
    if (depth > macroNestingLimit)
      throw new UsageError(`macros are nested deeper than ${macroNestingLimit} levels`);
    if (++this.uses > macroUseLimit)
      throw new UsageError(`macros are used more than ${macroUseLimit} times`);
    return { name, depth, outer };
  }

  private count(token: string): void {
    this.written += token.length;
    if (this.written > expansionLimit)
      throw new UsageError(`macros make more than ${expansionLimit} characters`);
  }
}

function isActive(active: Active | undefined, name: string): boolean {
  for (let each = active; each; each = each.outer) if (each.name === name) return true;
  return false;
}

interface Call {
  readonly list: readonly (readonly string[])[];
  /** Index of the closing parenthesis. */
  readonly end: number;
}

/** The arguments behind a name; undefined when no complete list follows. */
function readCall(tokens: readonly string[], from: number): Call | undefined {
  let at = from;
  while (/^\s+$/.test(tokens[at] ?? '')) at++;
  if (tokens[at] !== '(') return undefined;
  const list: string[][] = [[]];
  let depth = 0;
  for (at++; at < tokens.length; at++) {
    const token = tokens[at] ?? '';
    if (token === ')' && depth === 0) return { list: list.map(trimmed), end: at };
    if (token === ',' && depth === 0) list.push([]);
    else list.at(-1)?.push(token);
    if (token === '(') depth++;
    if (token === ')') depth--;
  }
  return undefined;
}

/** The body with arguments in their places: as they stand beside `##` and behind `#`, expanded elsewhere. */
function substituted(
  { parameters = [], isVariadic, body }: Macro,
  raw: readonly (readonly string[])[],
  expanded: readonly (readonly string[])[],
): string[] {
  const argument = (list: readonly (readonly string[])[], index: number): readonly string[] => {
    if (!isVariadic || index < parameters.length - 1) return list[index] ?? [];
    return list.slice(index).flatMap((each, place) => (place === 0 ? each : [',', ...each]));
  };
  const words = body.filter((token, index) => !(isBlank(token) && touchesPaste(body, index)));
  const out: string[] = [];
  for (const [index, token] of words.entries()) {
    if (token === '##' || (token === '#' && parameters.includes(words[index + 1] ?? ''))) continue;
    const place = parameters.indexOf(token);
    if (place >= 0 && words[index - 1] === '#') {
      out.push(JSON.stringify(argument(raw, place).join('')));
    } else if (place < 0) out.push(token);
    else {
      const isPasted = words[index - 1] === '##' || words[index + 1] === '##';
      out.push(...argument(isPasted ? raw : expanded, place));
    }
  }
  // What was pasted is one token now.
  return words.includes('##') ? tokensOf(out.join('')) : out;
}

function touchesPaste(body: readonly string[], index: number): boolean {
  return body[index - 1] === '##' || body[index + 1] === '##';
}

function isBlank(token: string): boolean {
  return /^\s+$/.test(token);
}

function trimmed(tokens: readonly string[]): string[] {
  const start = tokens.findIndex((token) => !isBlank(token));
  if (start < 0) return [];
  return tokens.slice(start, tokens.findLastIndex((token) => !isBlank(token)) + 1);
}
