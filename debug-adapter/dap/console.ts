/** What the debug console shows of a line's output: all of it where that is sane, else the beginning and a way to the rest. */
import type { Row } from '../commands/command.ts';
import { rowLine } from './row-text.ts';
import { safeLines } from './safe-text.ts';

/** Lines and characters of one command that an editor's console gets; consoles freeze above ten thousand lines. */
export const consoleLineLimit = 2000;
export const consoleCharacterLimit = 256 * 1024;

/** Characters kept of one command's whole output; longer ones are cut, and say so. */
export const outputLimit = 64 * 1024 * 1024;

/** Objects of an output that can be opened in the console. */
export const openableLimit = 100;

type OpenableObject = NonNullable<Row['object']>;

/** Collects the rows of one command. */
export class ConsoleOutput {
  /** Typed objects that rows are about, the first ones; an object inside the one before it is its member, and opens there. */
  readonly objects: OpenableObject[] = [];
  lineCount = 0;
  errorCount = 0;
  private readonly isColoured: boolean;
  private shownLines = 0;
  private shownCharacters = 0;
  private pending: string[] = [];
  /** The whole output without colours, in blocks. */
  private readonly blocks: string[] = [];
  private block: string[] = [];
  private keptCharacters = 0;

  constructor(isColoured: boolean) {
    this.isColoured = isColoured;
  }

  /** True when the console does not get all of it. */
  get isCapped(): boolean {
    return this.lineCount > this.shownLines;
  }

  get hasPending(): boolean {
    return this.pending.length > 0;
  }

  get shown(): number {
    return this.shownLines;
  }

  add(row: Row): void {
    const plain = rowLine(row, false);
    this.lineCount++;
    if (row.isError) this.errorCount++;
    if (row.object) this.addObject(row.object);
    this.keep(plain);
    if (this.shownLines >= consoleLineLimit || this.shownCharacters >= consoleCharacterLimit)
      return;
    const rest = consoleCharacterLimit - this.shownCharacters;
    const isLong = plain.length > rest;
    this.pending.push(isLong ? `${plain.slice(0, rest)}…` : rowLine(row, this.isColoured));
    this.shownLines++;
    this.shownCharacters += plain.length + 1;
  }

  /** The text since the last call, without the last line end. */
  take(): string {
    const text = this.pending.join('\n');
    this.pending = [];
    return text;
  }

  /** Everything, without colours. */
  whole(): string {
    const text = safeLines([...this.blocks, this.block.join('\n')].join('\n'));
    const isCut = this.keptCharacters >= outputLimit;
    return isCut ? `${text}\n... cut after ${outputLimit} characters\n` : `${text}\n`;
  }

  private addObject(object: OpenableObject): void {
    const last = this.objects.at(-1);
    const offset = last === undefined ? -1n : object.address - last.address;
    const isInside = last !== undefined && offset >= 0n && offset < BigInt(last.type.size);
    if (!isInside && this.objects.length < openableLimit) this.objects.push(object);
  }

  private keep(line: string): void {
    if (this.keptCharacters >= outputLimit) return;
    this.block.push(line);
    this.keptCharacters += line.length + 1;
    if (this.block.length < 4096) return;
    this.blocks.push(this.block.join('\n'));
    this.block = [];
  }
}
