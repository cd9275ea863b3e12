/** The members of a struct as a table: what the coloured bytes say, in words. */
import type { FieldItem, LayoutItem } from '../../debug-adapter/dap/picture-protocol.ts';
import { huesOf } from '../views/byte-grid.ts';
import { html, type Child } from './dom.ts';

export interface FieldTableOptions {
  readonly object: LayoutItem;
  /** Shows a member among the bytes. */
  readonly choose?: (offset: number) => void;
  /** Goes where a pointer leads. */
  readonly follow?: (address: bigint) => void;
}

export function fieldTable({ object, choose, follow }: FieldTableOptions): HTMLElement {
  const hues = huesOf(object.fields);
  const hasValues = object.fields.some(({ text }) => text !== undefined);
  const columns = ['offset', 'member', ...(hasValues ? ['value'] : []), 'type', 'size'];
  const heads = columns.map((text) => {
    const head = html('th', {}, text);
    head.scope = 'col';
    return head;
  });
  const row = (field: FieldItem, index: number): HTMLElement => {
    const { offset, path, type, isHole, isAlternative } = field;
    const hue = hues[index];
    const name = isHole ? 'hole' : path === '' ? object.type : path;
    const label: Child =
      choose === undefined || isHole
        ? html('span', {}, name)
        : html('button', { class: 'link', onclick: () => choose(offset) }, name);
    return html(
      'tr',
      { class: isHole ? 'quiet' : '' },
      html('td', { class: 'number' }, html('code', {}, `+0x${offset.toString(16)}`)),
      html(
        'td',
        {},
        html('span', { class: `swatch ${hue === undefined ? 'hole' : `hue-${hue}`}` }),
        isAlternative ? 'or ' : '',
        label,
      ),
      ...(hasValues ? [html('td', {}, valueOf(field, follow))] : []),
      html('td', {}, html('code', {}, type)),
      html('td', { class: 'number' }, sizeText(field)),
    );
  };
  return html(
    'table',
    { 'aria-label': `Members of ${object.type}` },
    html('thead', {}, html('tr', {}, ...heads)),
    html('tbody', {}, ...object.fields.map(row)),
  );
}

function sizeText({ size, bits }: FieldItem): string {
  return bits === undefined ? String(size) : `${bits.sizeBits} bits`;
}

function valueOf({ text, pointer }: FieldItem, follow: FieldTableOptions['follow']): Child {
  if (text === undefined) return '';
  if (pointer === undefined || follow === undefined) return html('code', {}, text);
  return html(
    'button',
    { class: 'link', title: 'Go there', onclick: () => follow(BigInt(pointer)) },
    text,
  );
}
