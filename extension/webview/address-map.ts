/** Mapped ranges as a strip by address, coloured by their rights, with the places where the CPUs are. */
import type { AddressSpaceBody } from '../../debug-adapter/dap/picture-protocol.ts';
import { addressBlocks, gapWidthOf, widthOf, type AddressBlock } from '../views/address-blocks.ts';
import { sizeText } from '../views/memory-blocks.ts';
import { html, svg, type Child } from './dom.ts';

/** User units. */
const width = 1000;
const top = 22;
const height = 48;

/** @param choose called with the address of a block or a place */
export function addressMap(space: AddressSpaceBody, choose: (address: string) => void): Child[] {
  const blocks = addressBlocks(space.ranges);
  if (blocks.length === 0) return [html('p', { class: 'quiet' }, 'The page tables map nothing.')];
  const sum = blocks.reduce((total, block) => total + gapWidthOf(block) + widthOf(block), 0);
  const unit = width / sum;
  let x = 0;
  const placed = blocks.map((block) => {
    x += gapWidthOf(block) * unit;
    const left = x;
    x += widthOf(block) * unit;
    return { block, left, right: x };
  });
  const drawing = svg(
    'svg',
    {
      class: 'address-map',
      viewBox: `0 0 ${width} ${top + height + 24}`,
      role: 'group',
      'aria-label': `${space.ranges.length} mapped ranges; the table below lists them`,
    },
    hatch(),
    ...placed.map(({ block, left, right }) => drawBlock(block, left, right, choose)),
    ...space.landmarks.flatMap(({ address, label }) => {
      const at = BigInt(address);
      const home = placed.find(({ block }) => at >= block.start && at < block.start + block.size);
      if (home === undefined) return [];
      const share = Number(at - home.block.start) / Number(home.block.size);
      return [drawLandmark(home.left + share * (home.right - home.left), label)];
    }),
  );
  return [drawing, legend(), landmarkList(space, choose)];
}

function drawBlock(
  block: AddressBlock,
  left: number,
  right: number,
  choose: (address: string) => void,
): SVGElement {
  const { start, size, rights, presentShare, ranges } = block;
  const what = ranges > 1 ? `${ranges} ranges` : rights;
  const end = start + size - 1n;
  const share = presentShare === 1 ? '' : `, ${Math.round(presentShare * 100)} % in the dump`;
  const text = `${start.toString(16)} to ${end.toString(16)}: ${sizeText(size)}, ${what}${share}`;
  const wide = Math.max(1.5, right - left - 1);
  const element = svg(
    'g',
    { class: `block ${kindOf(rights)}`, role: 'button', tabindex: 0 },
    svg('title', {}, text),
    svg('rect', { x: left, y: top, width: wide, height }),
    presentShare === 1
      ? undefined
      : svg('rect', {
          class: 'missing',
          x: left,
          y: top,
          width: wide,
          height: height * (1 - presentShare),
          fill: 'url(#missing)',
        }),
  );
  const act = (): void => choose(`0x${start.toString(16)}`);
  element.addEventListener('click', act);
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') act();
    else return;
    event.preventDefault();
  });
  return element;
}

function kindOf(rights: string): string {
  const user = rights.endsWith('u') ? ' user' : '';
  if (rights === 'mixed') return 'mixed';
  if (rights.includes('x') && rights.includes('w')) return `all${user}`;
  return (rights.includes('x') ? 'code' : rights.includes('w') ? 'data' : 'read-only') + user;
}

function drawLandmark(x: number, label: string): SVGElement {
  return svg(
    'g',
    { class: 'landmark' },
    svg('title', {}, label),
    svg('path', { d: `M${x},${top - 2} l-5,-9 h10 z` }),
  );
}

function hatch(): SVGElement {
  const line = svg('path', { d: 'M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2', class: 'hatch' });
  return svg(
    'defs',
    {},
    svg('pattern', { id: 'missing', width: 6, height: 6, patternUnits: 'userSpaceOnUse' }, line),
  );
}

function legend(): HTMLElement {
  const kinds = [
    ['code', 'code'],
    ['data', 'data'],
    ['read-only', 'read-only'],
    ['all', 'writable code'],
    ['mixed', 'several'],
    ['missing', 'mapped, not in the dump'],
  ] as const;
  return html(
    'ul',
    { class: 'legend', 'aria-hidden': 'true' },
    ...kinds.map(([kind, text]) => html('li', {}, html('span', { class: `key ${kind}` }), text)),
    html('li', {}, 'a line below: user code may'),
  );
}

function landmarkList(
  { landmarks }: AddressSpaceBody,
  choose: (address: string) => void,
): HTMLElement {
  const links = landmarks.map(({ address, label }) =>
    html('button', { class: 'link landmark-link', onclick: () => choose(address) }, `▾ ${label}`),
  );
  return html('p', {}, ...links);
}
