/** One line on standard error that says how far a long work is; only on a terminal, only after a second. */
import type { Terminal } from './command.ts';

/** Milliseconds before the line appears, and between two changes of it. */
const delay = 1000;
const interval = 100;

export class ProgressLine {
  private readonly stream: Terminal['errors'];
  private readonly begun = performance.now();
  private lastShown = 0;
  private isShown = false;

  constructor({ errors }: Pick<Terminal, 'errors'>) {
    this.stream = errors;
  }

  report({ done, total, what }: { done: number; total?: number; what: string }): void {
    if (!this.stream.isTTY) return;
    const now = performance.now();
    if (now - this.begun < delay || now - this.lastShown < interval) return;
    this.lastShown = now;
    this.isShown = true;
    const of = total === undefined ? '' : ` of ${total.toLocaleString('en')}`;
    const text = `${what}: ${done.toLocaleString('en')}${of}`;
    this.stream.write(`\r\x1b[K${text.slice(0, (this.stream.columns || 80) - 1)}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.isShown) this.stream.write('\r\x1b[K');
    this.isShown = false;
  }
}
