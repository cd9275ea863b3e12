/** The memory of a dump as a picture: present ranges as blocks in address order, absent memory hatched between them. */
import type { MemoryRange, SummaryBody } from '../../debug-adapter/dap/protocol.ts';
import { joinNear, sizeText, stripsOf, type MemoryBlock } from '../views/memory-blocks.ts';
import { html, svg, type Child } from './dom.ts';

const width = 1000;
const height = 44;

/** A picture for each address space, and a table that says the same. */
export function memoryMap(summary: SummaryBody): Child[] {
  const strips = stripsOf(summary.ranges);
  const total = html('p', {}, `${sizeText(BigInt(summary.memorySize))} present`);
  if (strips.length === 0) return [html('p', { class: 'quiet' }, 'The dump holds no memory.')];
  const rest =
    summary.rangesLeft === 0
      ? undefined
      : html('p', { class: 'quiet' }, `${summary.rangesLeft} further ranges are not drawn.`);
  const titles = {
    virtual: 'By virtual address',
    physical: 'By physical address: memory that the dump names no virtual address for',
  };
  const pictures = strips.flatMap(({ space, blocks }) => [
    html('p', { class: 'quiet' }, titles[space]),
    picture(joinNear(blocks), titles[space]),
  ]);
  return [total, ...pictures, legend(), rest, rangeTable(summary.ranges)];
}

/** Widths grow with the logarithm: a page and a gigabyte both have to be seen. */
function picture(blocks: readonly MemoryBlock[], title: string): SVGElement {
  const weights = blocks.map((each) => {
    const pages = Number(each.size / 4096n) + 1;
    return (1 + Math.log2(pages)) * (each.isPresent ? 2 : 0.6);
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let x = 0;
  const shapes = blocks.map((block, index) => {
    const wide = ((weights[index] ?? 0) / sum) * width;
    const shape = svg(
      'rect',
      {
        x: x.toFixed(2),
        y: 0,
        width: Math.max(wide - 1, 0.5).toFixed(2),
        height,
        class: block.isPresent ? `present ${accessClass(block.access)}` : 'absent',
        ...(block.isPresent ? {} : { fill: 'url(#hatch)' }),
      },
      svg('title', {}, blockText(block)),
    );
    x += wide;
    return shape;
  });
  const present = blocks.filter((each) => each.isPresent).length;
  return svg(
    'svg',
    {
      class: 'memory-map',
      viewBox: `0 0 ${width} ${height}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `${title}: ${present} present blocks; the table below lists them`,
    },
    hatch(),
    ...shapes,
  );
}

function hatch(): SVGElement {
  const line = svg('path', { d: 'M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2', class: 'hatch' });
  const pattern = svg(
    'pattern',
    { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse' },
    line,
  );
  return svg('defs', {}, pattern);
}

function legend(): HTMLElement {
  const kinds = [
    ['code', 'code'],
    ['data', 'data'],
    ['read-only', 'read-only'],
    ['absent', 'absent (not zero: not in the dump)'],
  ] as const;
  return html(
    'ul',
    { class: 'legend', 'aria-hidden': 'true' },
    ...kinds.map(([kind, text]) => html('li', {}, html('span', { class: `swatch ${kind}` }), text)),
  );
}

function accessClass(access: string): string {
  if (access.includes('x')) return 'code';
  return access.includes('w') ? 'data' : 'read-only';
}

function blockText(block: MemoryBlock): string {
  const end = block.start + block.size;
  const what = block.isPresent ? block.access : 'absent';
  const several = block.ranges > 1 ? `, ${block.ranges} ranges` : '';
  return `${hex(block.start)} – ${hex(end)}: ${sizeText(block.size)}, ${what}${several}`;
}

/** Rows of the table shown before the rest is folded away. */
const shownRows = 12;

function rangeTable(ranges: readonly MemoryRange[]): HTMLElement {
  const details = html(
    'details',
    {},
    html('summary', {}, `${ranges.length} present ranges`),
    html(
      'table',
      {},
      html(
        'thead',
        {},
        html(
          'tr',
          {},
          ...['virtual', 'physical', 'size', 'access'].map((text) => html('th', {}, text)),
        ),
      ),
      html(
        'tbody',
        {},
        ...ranges.map((range) =>
          html(
            'tr',
            {},
            html('td', {}, html('code', {}, range.virtualAddress ?? '')),
            html('td', {}, html('code', {}, range.physicalAddress ?? '')),
            html('td', { class: 'number' }, sizeText(BigInt(range.size))),
            html('td', {}, html('code', {}, range.access)),
          ),
        ),
      ),
    ),
  );
  details.open = ranges.length <= shownRows;
  return details;
}

function hex(address: bigint): string {
  return `0x${BigInt.asUintN(64, address).toString(16)}`;
}
