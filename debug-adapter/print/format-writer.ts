/** Lines of format output: a margin, items that wrap at the right edge, tabs. mdb's output buffer, as far as formats use it. */
import type { Row, Span } from '../commands/command.ts';

/** Blanks before what `/ \ ? @ =` print. */
export const formatMargin = 16;

/** Columns of a line at most, also where nothing wraps: a line that never ends could not be shown. */
export const maximumColumns = 10_000;

export class FormatWriter {
  /** While set, a new line starts with the margin. */
  isIndented = true;
  private column = 0;
  private spans: Span[] = [];
  private readonly finished: Row[] = [];
  private readonly columns: number;

  /**
   * @param columns of the output device
   * @param isWrapping false: lines go on to the largest width there is (`::set +o autowrap`)
   */
  constructor(columns: number, isWrapping: boolean) {
    const wanted = isWrapping ? columns : maximumColumns;
    this.columns = Math.max(formatMargin + 8, Math.min(wanted, maximumColumns));
  }

  /** True when nothing has been written on the line. */
  get isAtMargin(): boolean {
    return this.column === 0;
  }

  /** One item, padded with blanks to `width`; on a line of its own when it would pass the edge, and broken when longer. */
  item(span: Span, width = span.text.length): void {
    const size = Math.max(width, span.text.length);
    if (this.column + size > this.columns && this.column > this.margin) this.newline();
    this.startLine();
    let rest = span.text;
    while (this.column + rest.length > this.columns) {
      const room = this.columns - this.column;
      this.put({ ...span, text: rest.slice(0, room) });
      rest = rest.slice(room);
      this.newline();
      this.startLine();
    }
    this.put({ ...span, text: rest });
    const padding = size - span.text.length;
    if (padding > 0) this.put({ kind: 'text', text: ' '.repeat(padding) });
  }

  /** A line of its own that is never broken: drawings that a break would make unreadable. */
  drawing(span: Span): void {
    this.startLine();
    this.put(span);
    this.newline();
  }

  /** Ends a line that has gone past the margin, so that lines below can line up with what comes next. */
  leaveLine(): void {
    if (this.column > formatMargin) this.newline();
  }

  newline(): void {
    this.startLine();
    this.finished.push({ spans: this.spans });
    this.spans = [];
    this.column = 0;
  }

  /** Blanks up to a multiple of `stop`: the next one, or, unless `isStrict`, where the line stands already. */
  tab(stop: number, isStrict: boolean): void {
    this.startLine();
    const past = this.column % stop;
    const blanks = past === 0 && !isStrict ? 0 : stop - past;
    if (this.column + blanks > this.columns) this.newline();
    else if (blanks > 0) this.put({ kind: 'text', text: ' '.repeat(blanks) });
  }

  /** The lines that are complete; they are handed out once. */
  take(): Row[] {
    return this.finished.splice(0);
  }

  private get margin(): number {
    return this.isIndented ? formatMargin : 0;
  }

  private startLine(): void {
    if (this.column === 0 && this.isIndented)
      this.put({ kind: 'text', text: ' '.repeat(formatMargin) });
  }

  private put(span: Span): void {
    if (span.text === '') return;
    this.column += span.text.length;
    const last = this.spans.at(-1);
    if (last?.kind === 'text' && span.kind === 'text')
      this.spans[this.spans.length - 1] = { kind: 'text', text: last.text + span.text };
    else this.spans.push(span);
  }
}
