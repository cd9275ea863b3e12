/** The C preprocessor for headers of the user: macros, conditionals and included files; what it leaves is declarations. */
import { UsageError } from '../../dump-format/errors.ts';
import { isTrue } from './c-condition.ts';
import { identifierPattern, Macros, readMacro } from './c-macros.ts';

/** Files inside one another. */
export const includeDepthLimit = 64;

/** Characters of all files together. */
export const headersLimit = 64 * 1024 * 1024;

export interface HeaderFile {
  /** As messages name it; `#include "..."` in it is looked up from there. */
  readonly name: string;
  readonly text: string;
}

/** Finds an included file; undefined when there is none. */
export type FindHeader = (name: string, from: string) => HeaderFile | undefined;

export interface Preprocessed {
  readonly text: string;
  /** What could not be read, a sentence each; the rest was. */
  readonly problems: readonly string[];
}

/** What a compiler for these dumps defines. Source: System V psABI for x86-64; gcc -dM -E. */
const predefined: Readonly<Record<string, string>> = {
  __STDC__: '1',
  __STDC_VERSION__: '201710L',
  __x86_64__: '1',
  __amd64__: '1',
  __LP64__: '1',
  _LP64: '1',
  __CHAR_BIT__: '8',
  __GNUC__: '12',
  __ELF__: '1',
};

/**
 * Expands a header as `gcc -E` would.
 *
 * A header in <> that is not found is passed over: the basic types are known without. One in "" that is missing is a problem.
 */
export function preprocess(file: HeaderFile, find: FindHeader): Preprocessed {
  const preprocessor = new Preprocessor(find);
  preprocessor.read(file, 0);
  return preprocessor.result();
}

/** One `#if` that is open. */
interface Branch {
  /** Lines are read now. */
  isActive: boolean;
  /** A side of it has been read, or none may be. */
  isDone: boolean;
}

class Preprocessor {
  private readonly macros = new Macros();
  private readonly find: FindHeader;
  private readonly out: string[] = [];
  private readonly problems: string[] = [];
  private readonly onceOnly = new Set<string>();
  private branches: Branch[] = [];
  private size = 0;

  constructor(find: FindHeader) {
    this.find = find;
    for (const [name, value] of Object.entries(predefined))
      this.macros.define(name, readMacro(`${name} ${value}`).macro);
  }

  result(): Preprocessed {
    return { text: this.out.join('\n'), problems: this.problems };
  }

  read(file: HeaderFile, depth: number): void {
    this.size += file.text.length;
    if (depth > includeDepthLimit || this.size > headersLimit)
      throw new UsageError(`${file.name}: too many files are included`);
    const outer = this.branches;
    this.branches = [];
    let lines: string[] = [];
    for (const line of withoutComments(file.text).split('\n')) {
      const directive = /^\s*#\s*(\w*)\s*(.*)$/s.exec(line);
      if (!directive) {
        if (this.isActive) lines.push(line);
        continue;
      }
      // The arguments of a macro may go over several lines, but not over a directive.
      this.flush(lines, file);
      lines = [];
      this.guarded(file, () => this.directive(directive[1] ?? '', directive[2] ?? '', file, depth));
    }
    this.flush(lines, file);
    if (this.branches.length > 0) this.problems.push(`${file.name}: an #if without its #endif`);
    this.branches = outer;
  }

  private get isActive(): boolean {
    return this.branches.every(({ isActive }) => isActive);
  }

  private flush(lines: readonly string[], file: HeaderFile): void {
    if (lines.length > 0)
      this.guarded(file, () => this.out.push(this.macros.expand(lines.join('\n'))));
  }

  private guarded(file: HeaderFile, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.problems.push(`${file.name}: ${error.message}`);
    }
  }

  private directive(name: string, rest: string, file: HeaderFile, depth: number): void {
    switch (name) {
      case 'if':
        return this.open(() => isTrue(this.condition(rest)));
      case 'ifdef':
        return this.open(() => this.macros.has(rest.trim()));
      case 'ifndef':
        return this.open(() => !this.macros.has(rest.trim()));
      case 'elif':
        return this.otherwise(() => isTrue(this.condition(rest)));
      case 'else':
        return this.otherwise(() => true);
      case 'endif':
        if (!this.branches.pop()) throw new UsageError('an #endif without its #if');
        return;
    }
    if (!this.isActive) return;
    if (name === 'define') {
      const { name: macroName, macro } = readMacro(rest);
      this.macros.define(macroName, macro);
    } else if (name === 'undef') this.macros.undefine(rest.trim());
    else if (name === 'include') this.include(rest, file, depth);
    else if (name === 'error') throw new UsageError(`#error ${rest.trim().slice(0, 80)}`);
    else if (name === 'pragma' && rest.trim() === 'once') this.onceOnly.add(file.name);
  }

  /** A condition is not even read where nothing is. */
  private open(condition: () => boolean): void {
    const mayRead = this.isActive;
    const branch: Branch = { isActive: false, isDone: !mayRead };
    this.branches.push(branch);
    if (!mayRead) return;
    branch.isActive = condition();
    branch.isDone = branch.isActive;
  }

  private otherwise(condition: () => boolean): void {
    const branch = this.branches.at(-1);
    if (!branch) throw new UsageError('an #else without its #if');
    branch.isActive = false;
    if (branch.isDone) return;
    branch.isActive = condition();
    branch.isDone = branch.isActive;
  }

  /** `defined` is answered before macros are expanded: their names must still be there. */
  private condition(text: string): string {
    const answered = text.replaceAll(
      /\bdefined\s*(?:\(\s*([A-Za-z_$][\w$]*)\s*\)|([A-Za-z_$][\w$]*))/g,
      (_, inside: string | undefined, bare: string | undefined) =>
        this.macros.has(inside ?? bare ?? '') ? '1' : '0',
    );
    return this.macros.expand(answered);
  }

  private include(rest: string, file: HeaderFile, depth: number): void {
    const text = /^\s*["<]/.test(rest) ? rest : this.macros.expand(rest);
    const match = /^\s*(?:"([^"]+)"|<([^>]+)>)/.exec(text);
    const name = match?.[1] ?? match?.[2];
    if (name === undefined || identifierPattern.test(text.trim()))
      throw new UsageError(`#include ${rest.trim().slice(0, 40)}: names no file`);
    const found = this.find(name, file.name);
    if (found && this.onceOnly.has(found.name)) return;
    if (found) this.read(found, depth + 1);
    else if (match?.[1] !== undefined) throw new UsageError(`#include "${name}": no such file`);
  }
}

/** Comments become a blank, and lines that end in a backslash go on. */
function withoutComments(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\\\n', '')
    .replaceAll(
      /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*/g,
      (piece) => (piece.startsWith('/') ? ' ' : piece),
    );
}
