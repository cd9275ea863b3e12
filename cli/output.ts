/** Rows on standard output: plain, coloured or JSON, in large pieces, no faster than the reader takes them. */
import { once } from 'node:events';
import { rowJson } from './row-json.ts';
import type { Row } from '../debug-adapter/commands/command.ts';
import { rowLine } from '../debug-adapter/dap/row-text.ts';
import type { Terminal } from './command.ts';

/** Characters collected before they are written. */
const pieceSize = 64 * 1024;

/** Seconds that a row may wait for others. */
const flushInterval = 0.1;

/** Asked for each row. `performance.now` would load the modules behind `performance` for it. */
const secondsUp = process.uptime;

export type RowFormat = 'plain' | 'coloured' | 'json';

/** Writes rows to standard output and messages to standard error, in the order in which they come. */
export class RowWriter {
  private readonly terminal: Pick<Terminal, 'output' | 'errors'>;
  private readonly format: RowFormat;
  private pieces: string[] = [];
  private size = 0;
  private lastFlush = -flushInterval;

  constructor(terminal: Pick<Terminal, 'output' | 'errors'>, format: RowFormat) {
    this.terminal = terminal;
    this.format = format;
  }

  /** Writes all rows; returns when the reader has room again. */
  async rows(rows: Iterable<Row>): Promise<void> {
    for (const row of rows) {
      if (row.isError && this.format !== 'json') await this.message(row);
      else this.add(this.format === 'json' ? rowJson(row) : this.line(row));
      const isDue = secondsUp() - this.lastFlush >= flushInterval;
      if (isDue || this.size >= pieceSize) await this.flush();
    }
    await this.flush();
  }

  private async message(row: Row): Promise<void> {
    await this.flush();
    await write(this.terminal.errors, `${this.line(row)}\n`);
  }

  private line(row: Row): string {
    return rowLine(row, this.format === 'coloured');
  }

  private add(line: string): void {
    this.pieces.push(line, '\n');
    this.size += line.length + 1;
  }

  private async flush(): Promise<void> {
    if (this.size === 0) return;
    const text = this.pieces.join('');
    this.pieces = [];
    this.size = 0;
    this.lastFlush = secondsUp();
    await write(this.terminal.output, text);
  }
}

/** Writes text and waits while the stream is full. */
export async function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

/** `--color auto|always|never`: auto is a terminal that can, unless NO_COLOR (no-color.org) is set. */
export function usesColour(
  choice: string | undefined,
  { output, environment }: Pick<Terminal, 'output' | 'environment'>,
): boolean {
  if (choice === 'always') return true;
  if (choice === 'never') return false;
  const isDumb = environment['TERM'] === 'dumb' || (environment['NO_COLOR'] ?? '') !== '';
  return output.isTTY === true && !isDumb;
}
