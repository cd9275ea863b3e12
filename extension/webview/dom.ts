/** Elements from data. Text becomes text nodes, so nothing out of a dump is ever read as HTML. */

import type { Shape } from '../../debug-adapter/documents/shape.ts';

export type Child = Node | string | undefined;

export interface Attributes {
  readonly class?: string;
  readonly title?: string;
  readonly role?: string;
  readonly tabindex?: string;
  readonly id?: string;
  readonly [name: `aria-${string}` | `data-${string}`]: string;
  readonly onclick?: () => void;
}

/** An HTML element with attributes and children. */
export function html<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') element.setAttribute(name, value);
    else if (typeof value === 'function') element.addEventListener('click', () => value());
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

const svgNamespace = 'http://www.w3.org/2000/svg';

/** An SVG element; numbers are user units. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** A picture as elements. */
export function draw({ name, attributes, children }: Shape): SVGElement {
  return svg(
    name,
    attributes,
    ...children.map((each) => (typeof each === 'string' ? each : draw(each))),
  );
}

/** Replaces what an element holds. */
export function fill(element: Element, children: readonly Child[]): void {
  element.replaceChildren(...children.filter((child) => child !== undefined));
}
