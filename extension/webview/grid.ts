/** A grid that draws only what is seen: a million rows cost as much as fifty. Cells are reached by the arrow keys. */
import type { TableModel } from '../views/table-model.ts';
import { fill, html } from './dom.ts';

/** CSS pixels; the style sheet gives rows this height. */
const rowHeight = 22;

/** Rows drawn above and below what is seen, so that scrolling by a line shows no blank. */
const margin = 10;

export interface GridEvents {
  /** A click or Enter on the address of a row. */
  readonly onOpen: (address: string, type: string | undefined) => void;
  /** The order of rows has changed. */
  readonly onSort: () => void;
}

export class Grid {
  readonly element: HTMLElement;
  private readonly model: TableModel;
  private readonly events: GridEvents;
  private readonly head = html('div', { class: 'head', role: 'row', 'aria-rowindex': '1' });
  private readonly body = html('div', { class: 'rows', role: 'rowgroup' });
  private readonly space = html('div', { class: 'space', role: 'presentation' });
  private widths: number[] = [];
  /** Columns of nothing but decimal numbers, which stand to the right. */
  private isNumeric: boolean[] = [];
  private focusRow = 0;
  private focusColumn = 0;

  constructor(model: TableModel, events: GridEvents) {
    this.model = model;
    this.events = events;
    this.space.append(this.body);
    this.element = html(
      'div',
      { class: 'grid', role: 'grid', tabindex: '0', 'aria-label': 'Rows' },
      html('div', { class: 'head-group', role: 'rowgroup' }, this.head),
      this.space,
    );
    this.element.addEventListener('scroll', () => this.draw());
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.element.addEventListener('copy', (event) => this.copy(event));
    this.body.addEventListener('click', (event) => this.click(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** To be called after the model has changed. */
  refresh(): void {
    this.element.setAttribute('aria-rowcount', String(this.model.visibleCount + 1));
    this.element.setAttribute('aria-colcount', String(this.model.columns.length));
    this.space.style.height = `${this.model.visibleCount * rowHeight}px`;
    this.focusRow = Math.max(0, Math.min(this.focusRow, this.model.visibleCount - 1));
    this.focusColumn = Math.max(0, Math.min(this.focusColumn, this.model.columns.length - 1));
    this.measure();
    this.drawHead();
    this.draw();
  }

  /** Widths of columns in characters, and what stands in them, by the first rows: reading all of them would be the cost that the grid avoids. */
  private measure(): void {
    this.widths = this.model.columns.map((name) => name.length + 5);
    this.isNumeric = this.model.columns.map(() => true);
    for (let index = 0; index < Math.min(200, this.model.visibleCount); index++)
      this.model.row(index)?.cells.forEach((cell, column) => {
        this.widths[column] = Math.max(this.widths[column] ?? 0, Math.min(cell.length + 2, 60));
        if (!/^(-?(0t)?[0-9]+)?$/.test(cell)) this.isNumeric[column] = false;
      });
    const total = this.widths.reduce((sum, width) => sum + width, 0);
    this.element.style.setProperty('--columns', this.widths.map((each) => `${each}ch`).join(' '));
    this.element.style.setProperty('--width', `${total}ch`);
  }

  private drawHead(): void {
    const { sortOrder } = this.model;
    const cells = this.model.columns.map((name, column) => {
      const isSorted = sortOrder?.column === column;
      const direction = sortOrder?.isDescending ? 'descending' : 'ascending';
      return html(
        'div',
        {
          class: 'cell',
          role: 'columnheader',
          'aria-colindex': String(column + 1),
          'aria-sort': isSorted ? direction : 'none',
        },
        html(
          'button',
          { class: 'sort', tabindex: '-1', onclick: () => this.sortBy(column) },
          name,
          html(
            'span',
            { 'aria-hidden': 'true' },
            isSorted ? (sortOrder?.isDescending ? ' ▼' : ' ▲') : '',
          ),
        ),
      );
    });
    fill(this.head, cells);
  }

  /** Ascending, descending, as it came. */
  private sortBy(column: number): void {
    const now = this.model.sortOrder;
    const isAgain = now?.column === column;
    if (isAgain && now.isDescending) this.model.sort(undefined);
    else this.model.sort({ column, isDescending: isAgain });
    this.events.onSort();
    this.element.focus({ preventScroll: true });
  }

  private draw(): void {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - margin);
    const seen = Math.ceil(clientHeight / rowHeight) + 2 * margin;
    const last = Math.min(this.model.visibleCount, first + seen);
    const rows: HTMLElement[] = [];
    for (let index = first; index < last; index++) rows.push(this.drawRow(index));
    this.body.style.transform = `translateY(${first * rowHeight}px)`;
    fill(this.body, rows);
    this.showFocus();
  }

  private drawRow(index: number): HTMLElement {
    const row = this.model.row(index);
    const cells = this.model.columns.map((_, column) => {
      const text = row?.cells[column] ?? '';
      const isOwn = row?.address !== undefined && `0x${text.replace(/^0x/, '')}` === row.address;
      const isAddress = isOwn || /^0x[0-9a-f]{8,16}$/.test(text);
      const cell = html('div', {
        class: this.isNumeric[column] ? 'cell number' : 'cell',
        role: 'gridcell',
        'aria-colindex': String(column + 1),
        'data-column': String(column),
      });
      if (isAddress) {
        const type = isOwn ? row.type : undefined;
        const open = (): void => this.events.onOpen(text, type);
        cell.append(html('button', { class: 'link', tabindex: '-1', onclick: open }, text));
      } else cell.append(text);
      return cell;
    });
    return html(
      'div',
      {
        class: index % 2 === 0 ? 'row' : 'row odd',
        role: 'row',
        'aria-rowindex': String(index + 2),
        'data-index': String(index),
      },
      ...cells,
    );
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.element.clientHeight / rowHeight) - 2);
    const last = this.model.visibleCount - 1;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => this.moveTo(this.focusRow + 1, this.focusColumn),
      ArrowUp: () => this.moveTo(this.focusRow - 1, this.focusColumn),
      ArrowRight: () => this.moveTo(this.focusRow, this.focusColumn + 1),
      ArrowLeft: () => this.moveTo(this.focusRow, this.focusColumn - 1),
      PageDown: () => this.moveTo(this.focusRow + page, this.focusColumn),
      PageUp: () => this.moveTo(this.focusRow - page, this.focusColumn),
      Home: () => this.moveTo(event.ctrlKey ? 0 : this.focusRow, 0),
      End: () => this.moveTo(event.ctrlKey ? last : this.focusRow, this.model.columns.length - 1),
      Enter: () => this.focusedCell()?.querySelector('button')?.click(),
      s: () => this.sortBy(this.focusColumn),
    };
    const move = moves[event.key];
    if (move === undefined || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    move();
  }

  private click(event: MouseEvent): void {
    if (!(event.target instanceof Element)) return;
    const row = event.target.closest('[data-index]')?.getAttribute('data-index');
    const column = event.target.closest('[data-column]')?.getAttribute('data-column');
    if (row === null || row === undefined || column === null || column === undefined) return;
    this.element.focus({ preventScroll: true });
    this.moveTo(Number(row), Number(column));
  }

  private moveTo(row: number, column: number): void {
    this.focusRow = Math.max(0, Math.min(row, this.model.visibleCount - 1));
    this.focusColumn = Math.max(0, Math.min(column, this.model.columns.length - 1));
    const top = this.focusRow * rowHeight;
    const head = rowHeight;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + rowHeight + head > scrollTop + clientHeight)
      this.element.scrollTop = top + rowHeight + head - clientHeight;
    this.draw();
    this.focusedCell()?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  private focusedCell(): HTMLElement | null {
    return this.body.querySelector(
      `[data-index="${this.focusRow}"] [data-column="${this.focusColumn}"]`,
    );
  }

  /** The grid keeps the keyboard; the cell it stands on is named to screen readers. */
  private showFocus(): void {
    this.body.querySelector('#focused')?.removeAttribute('id');
    const cell = this.focusedCell();
    if (cell === null) this.element.removeAttribute('aria-activedescendant');
    else {
      cell.id = 'focused';
      this.element.setAttribute('aria-activedescendant', 'focused');
    }
  }

  private copy(event: ClipboardEvent): void {
    const cell = this.model.row(this.focusRow)?.cells[this.focusColumn];
    if (cell === undefined || window.getSelection()?.isCollapsed === false) return;
    event.clipboardData?.setData('text/plain', cell);
    event.preventDefault();
  }
}
