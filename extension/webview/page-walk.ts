/** One address through the page tables: its bits, the entry of each level, and the page at the end. */
import type { WalkBody } from '../../debug-adapter/dap/picture-protocol.ts';
import { addressBits } from '../views/address-blocks.ts';
import { html, svg, type Child } from './dom.ts';

/** User units. */
const columnWidth = 186;
const boxWidth = 158;
const top = 64;
const tableHeight = 132;

export function pageWalk(walk: WalkBody): Child[] {
  return [html('p', {}, verdict(walk)), drawing(walk), stepTable(walk)];
}

function verdict({
  address,
  symbol,
  physical,
  problem,
  rights,
  isPresent,
  pageSize,
}: WalkBody): string {
  const from = `${address.slice(2)}${symbol === undefined ? '' : ` (${symbol})`}`;
  if (physical === undefined) return `${from} has no physical address: ${problem ?? ''}`;
  const page = `page of 0x${BigInt(pageSize ?? 0).toString(16)}, ${rights}`;
  const absent = isPresent ? '' : '; the page is not in the dump';
  return `${from} is at physical ${physical.slice(2)} (${page})${absent}`;
}

function drawing(walk: WalkBody): SVGElement {
  const { steps, physical, cr3 } = walk;
  const width = (steps.length + 1) * columnWidth + 12;
  const height = top + tableHeight + 44;
  const levels = steps.map(({ level }) => level);
  const parts = addressBits(BigInt(walk.address), levels, BigInt(walk.pageSize ?? 0x1000));
  return svg(
    'svg',
    {
      class: 'page-walk',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `${verdict(walk)}. The table below lists the levels.`,
    },
    ...parts.map(({ name, bits, value }, index) => {
      const isLast = index === parts.length - 1;
      if (isLast && physical === undefined) return undefined;
      return text(
        'bits',
        8 + index * columnWidth,
        18,
        isLast ? `bits ${bits}: 0x${value.toString(16)}` : `bits ${bits}: ${name}[${value}]`,
      );
    }),
    text('quiet', 8, 40, `cr3 ${cr3.slice(2)}`),
    ...steps.flatMap((step, index) => drawStep(walk, step, index)),
    physical === undefined ? undefined : drawPage(walk, steps.length),
  );
}

function drawStep(
  { steps }: WalkBody,
  { level, index, entryAddress, entry, flags }: WalkBody['steps'][number],
  column: number,
): SVGElement[] {
  const x = 8 + column * columnWidth;
  // The entry's place in its table, as far as its text leaves room.
  const y = top + (index / 511) * (tableHeight - 36);
  const table = (BigInt(entryAddress) & ~0xfffn).toString(16);
  const isEnd = entry === undefined || !flags.includes('P');
  const isLast = column === steps.length - 1;
  const shapes = [
    text('quiet', x, top - 8, `${level} at ${table}`),
    svg('rect', { class: 'table', x, y: top, width: boxWidth, height: tableHeight }),
    svg('rect', { class: isEnd ? 'entry end' : 'entry', x, y, width: boxWidth, height: 36 }),
    text('value', x + 6, y + 15, entry === undefined ? 'not in the dump' : entry.slice(2)),
    text('quiet', x + 6, y + 30, `[${index}] ${flags.join(' ')}`),
  ];
  if (isEnd) return [...shapes, text('problem', x, top + tableHeight + 18, 'the walk ends here')];
  const from = { x: x + boxWidth, y: y + 18 };
  const to = { x: x + columnWidth, y: isLast ? top + 40 : top };
  const path = `M${from.x},${from.y} L${to.x - 6},${to.y} `;
  return [...shapes, svg('path', { class: 'way', d: path }), arrowHead(to.x, to.y)];
}

function drawPage({ physical, isPresent, rights }: WalkBody, column: number): SVGElement {
  const x = 8 + column * columnWidth;
  return svg(
    'g',
    { class: isPresent ? 'page' : 'page absent' },
    svg('rect', { x, y: top + 12, width: boxWidth, height: 56 }),
    text('value', x + 6, top + 34, physical?.slice(2) ?? ''),
    text(
      'quiet',
      x + 6,
      top + 54,
      isPresent ? `${rights}, in the dump` : `${rights}, not in the dump`,
    ),
  );
}

function arrowHead(x: number, y: number): SVGElement {
  return svg('path', { class: 'head', d: `M${x},${y} l-8,-4 v8 z` });
}

function text(name: string, x: number, y: number, content: string): SVGElement {
  return svg('text', { class: name, x, y }, content);
}

function stepTable({ steps }: WalkBody): HTMLElement {
  const heads = ['level', 'index', 'entry at', 'entry', 'flags'].map((content) => {
    const head = html('th', {}, content);
    head.scope = 'col';
    return head;
  });
  const rows = steps.map(({ level, index, entryAddress, entry, flags }) =>
    html(
      'tr',
      {},
      html('td', {}, level),
      html('td', { class: 'number' }, String(index)),
      html('td', {}, html('code', {}, entryAddress.slice(2))),
      html('td', {}, html('code', {}, entry === undefined ? 'not in the dump' : entry.slice(2))),
      html('td', {}, html('code', {}, flags.join(' '))),
    ),
  );
  return html(
    'table',
    { 'aria-label': 'Levels of the walk' },
    html('thead', {}, html('tr', {}, ...heads)),
    html('tbody', {}, ...rows),
  );
}
