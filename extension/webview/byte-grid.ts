/** Bytes as a grid that is walked by the arrow keys; Enter follows the pointer under the cursor. */
import type { FieldItem, LayoutItem } from '../../debug-adapter/dap/picture-protocol.ts';
import {
  asciiOf,
  huesOf,
  rowSize,
  twoDigits,
  wordAt,
  type ByteCell,
  type ByteRow,
} from '../views/byte-grid.ts';
import { html } from './dom.ts';

export interface ByteGridOptions {
  readonly rows: readonly ByteRow[];
  readonly object: LayoutItem | undefined;
  /** The cursor's first place. */
  readonly selected: bigint;
  readonly follow: (address: bigint) => void;
  /** Told of the byte under the cursor. */
  readonly say: (text: string) => void;
}

export interface ByteGrid {
  readonly element: HTMLElement;
  /** Moves the cursor; nothing happens when the address is not shown. */
  choose(address: bigint): void;
}

export function createByteGrid({ rows, object, selected, follow, say }: ByteGridOptions): ByteGrid {
  const fields = object?.fields ?? [];
  const hues = huesOf(fields);
  const elements = new Map<bigint, HTMLElement>();
  const bytesOfField = new Map<number, HTMLElement[]>();
  const cells = new Map(rows.flatMap((row) => row.cells.map((cell) => [cell.address, cell])));
  let cursor: bigint | undefined;

  const makeCell = (cell: ByteCell): HTMLElement => {
    const field = cell.field === undefined ? undefined : fields[cell.field];
    const element = html('td', {
      class: classOf(cell, field, hues),
      role: 'gridcell',
      tabindex: '-1',
      title: titleOf(cell, field, object),
    });
    element.textContent = cell.value === undefined ? '··' : twoDigits(cell.value);
    element.addEventListener('click', () => choose(cell.address));
    element.addEventListener('dblclick', () => followFrom(cell.address));
    elements.set(cell.address, element);
    if (cell.field !== undefined) {
      const list = bytesOfField.get(cell.field) ?? [];
      list.push(element);
      bytesOfField.set(cell.field, list);
    }
    return element;
  };
  const makeRow = (row: ByteRow): HTMLElement => {
    const head = html('th', { class: 'address' }, row.address.toString(16).padStart(16, '0'));
    head.scope = 'row';
    const text = row.cells.map((cell) => asciiOf(cell.value)).join('');
    const ascii = html('td', { class: 'ascii', 'aria-hidden': 'true' }, text);
    return html('tr', { role: 'row' }, head, ...row.cells.map(makeCell), ascii);
  };
  const choose = (address: bigint): void => {
    const element = elements.get(address);
    if (element === undefined) return;
    mark(cursor, false);
    cursor = address;
    mark(cursor, true);
    say(element.title);
    element.focus();
    element.scrollIntoView({ block: 'nearest' });
  };
  /** The cursor's byte takes the tab stop, and its whole member is outlined. */
  const mark = (address: bigint | undefined, isMarked: boolean): void => {
    if (address === undefined) return;
    elements.get(address)?.setAttribute('tabindex', isMarked ? '0' : '-1');
    const field = cells.get(address)?.field;
    if (field === undefined) return;
    for (const each of bytesOfField.get(field) ?? []) each.classList.toggle('chosen', isMarked);
  };
  const followFrom = (address: bigint): void => {
    const field = fields[cells.get(address)?.field ?? -1];
    const to = field?.pointer === undefined ? wordAt(rows, address) : BigInt(field.pointer);
    if (to !== undefined && to !== 0n) follow(to);
  };
  const table = html('table', { class: 'bytes', role: 'grid', 'aria-label': 'Bytes' });
  table.append(html('tbody', {}, ...rows.map(makeRow)));
  table.addEventListener('keydown', (event) => {
    if (cursor === undefined) return;
    const step = steps[event.key];
    if (event.key === 'Enter') followFrom(cursor);
    else if (step !== undefined && !event.altKey) choose(cursor + step);
    else return;
    event.preventDefault();
  });
  cursor = elements.has(selected) ? selected : rows[0]?.address;
  mark(cursor, true);
  say(cursor === undefined ? '' : (elements.get(cursor)?.title ?? ''));
  const legend = html(
    'p',
    { class: 'quiet legend' },
    html('span', { class: 'hole sample' }, '00'),
    'hole between members',
    html('span', { class: 'absent sample' }, '··'),
    'not in the dump. Enter, or a double click, follows a pointer.',
  );
  return { element: html('section', { class: 'grid' }, table, legend), choose };
}

const steps: Readonly<Record<string, bigint>> = {
  ArrowLeft: -1n,
  ArrowRight: 1n,
  ArrowUp: BigInt(-rowSize),
  ArrowDown: BigInt(rowSize),
};

function classOf(
  cell: ByteCell,
  field: FieldItem | undefined,
  hues: readonly (number | undefined)[],
): string {
  const hue = cell.field === undefined ? undefined : hues[cell.field];
  return [
    'byte',
    cell.value === undefined ? 'absent' : '',
    field?.isHole ? 'hole' : '',
    hue === undefined ? '' : `hue-${hue}`,
    cell.isStart ? 'start' : '',
    cell.address % 8n === 0n ? 'word' : '',
  ]
    .filter((name) => name !== '')
    .join(' ');
}

function titleOf(
  { address, value }: ByteCell,
  field: FieldItem | undefined,
  object: LayoutItem | undefined,
): string {
  const place = `0x${address.toString(16)}`;
  const isAbsent = value === undefined ? ', not in the dump' : '';
  if (field === undefined || object === undefined) return place + isAbsent;
  if (field.isHole) return `${place}: hole of ${field.size} bytes${isAbsent}`;
  return `${place}: ${field.path} ${field.type} = ${field.text ?? ''}${isAbsent}`;
}
