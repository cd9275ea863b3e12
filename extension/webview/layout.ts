/** The layout page: a struct word by word as it lies in memory, with its holes and cache lines, and a table that says the same. */
import type { LayoutItem } from '../../debug-adapter/dap/picture-protocol.ts';
import { fieldOfEachByte, huesOf } from '../views/byte-grid.ts';
import { layoutRows, wordSize, type LayoutCell, type LayoutRow } from '../views/layout-rows.ts';
import type { PictureSubject } from '../views/picture-messages.ts';
import { cacheLineSize } from '../views/type-layout.ts';
import { fill, html, svg } from './dom.ts';
import { fieldTable } from './field-table.ts';
import { connectPicture, type Picture } from './picture.ts';

/** User units of the picture. */
const byteWidth = 84;
const rowHeight = 24;
const margin = 64;
/** Of a letter, for texts that have to end in their box. */
const letterWidth = 7.4;

const page = document.getElementById('page') ?? document.body;

connectPicture((picture, subject) => void load(picture, subject));

async function load(picture: Picture, { type = '' }: PictureSubject): Promise<void> {
  try {
    const layout = await picture.ask('corewalk/layout', { type });
    fill(page, [
      html('h1', {}, layout.type),
      html('p', {}, summary(layout)),
      html(
        'div',
        { class: 'picture', tabindex: '0', role: 'group', 'aria-label': 'Picture' },
        drawing(layout),
      ),
      html('h2', {}, 'Members'),
      fieldTable({ object: layout }),
    ]);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    fill(page, [html('p', { class: 'failure', role: 'alert' }, text)]);
  } finally {
    page.setAttribute('aria-busy', 'false');
  }
}

function summary({ size, fields, isCut }: LayoutItem): string {
  const holes = fields.filter((field) => field.isHole);
  const lost = holes.reduce((sum, hole) => sum + hole.size, 0);
  const lines = Math.ceil(size / cacheLineSize);
  const cut = isCut ? '; too many members to show them all' : '';
  return `${size} bytes, ${lines} cache lines, ${lost} bytes in ${holes.length} holes${cut}`;
}

function drawing(layout: LayoutItem): SVGElement {
  const rows = layoutRows(layout);
  const names = namesOf(layout);
  const hues = huesOf(layout.fields);
  const width = margin + wordSize * byteWidth + 2;
  let y = 20;
  const shapes = rows.flatMap((row) => {
    const top = y;
    y += rowHeight * (row.rowsLeftOut > 0 ? 2 : 1);
    return drawRow(row, top, names, hues);
  });
  const heads = Array.from({ length: wordSize }, (_, byte) =>
    svg('text', { class: 'tick', x: margin + byte * byteWidth + 4, y: 14 }, `+${byte}`),
  );
  return svg(
    'svg',
    {
      width,
      height: y + 4,
      viewBox: `0 0 ${width} ${y + 4}`,
      role: 'img',
      'aria-label': `${summary(layout)}. The table below lists the members.`,
    },
    ...heads,
    ...shapes,
  );
}

function drawRow(
  row: LayoutRow,
  y: number,
  names: ReadonlyMap<number, string>,
  hues: readonly (number | undefined)[],
): SVGElement[] {
  const offset = `+0x${row.offset.toString(16)}`;
  const shapes: SVGElement[] = [svg('text', { class: 'tick', x: 0, y: y + 16 }, offset)];
  if (row.startsCacheLine)
    shapes.push(
      svg('line', {
        class: 'cache-line',
        x1: 0,
        y1: y,
        x2: margin + wordSize * byteWidth,
        y2: y,
      }),
    );
  for (const cell of row.cells) shapes.push(drawCell(cell, y, names, hues));
  if (row.rowsLeftOut > 0)
    shapes.push(
      svg(
        'text',
        { class: 'tick', x: margin + 6, y: y + rowHeight + 16 },
        `… ${row.rowsLeftOut * wordSize} more bytes of it`,
      ),
    );
  return shapes;
}

function drawCell(
  cell: LayoutCell,
  y: number,
  names: ReadonlyMap<number, string>,
  hues: readonly (number | undefined)[],
): SVGElement {
  const hue = cell.field === undefined ? undefined : hues[cell.field];
  const x = margin + cell.from * byteWidth;
  const width = (cell.to - cell.from) * byteWidth;
  const name = cell.field === undefined ? '' : (names.get(cell.field) ?? '');
  const shown = cell.isContinued ? '″' : shorten(name, width - 10);
  return svg(
    'g',
    { class: hue === undefined ? 'cell gap' : `cell hue-${hue}` },
    svg('title', {}, name),
    svg('rect', { x: x + 1, y: y + 1, width: width - 2, height: rowHeight - 2 }),
    svg('text', { x: x + 6, y: y + 16 }, shown),
  );
}

function shorten(text: string, width: number): string {
  const letters = Math.floor(width / letterWidth);
  return text.length <= letters ? text : `${text.slice(0, Math.max(1, letters - 1))}…`;
}

/** What stands in the box of a field: its own name and those of the others in its bytes. */
function namesOf(layout: LayoutItem): Map<number, string> {
  const owners = fieldOfEachByte(layout);
  const names = new Map<number, string[]>();
  for (const [index, field] of layout.fields.entries()) {
    const owner = owners[field.offset] ?? index;
    const own = field.isHole ? `${field.size} byte hole` : field.path || layout.type;
    const bits = field.bits === undefined ? '' : `:${field.bits.sizeBits}`;
    names.set(owner, [...(names.get(owner) ?? []), own + bits]);
  }
  return new Map([...names].map(([owner, list]) => [owner, list.join(' | ')]));
}
