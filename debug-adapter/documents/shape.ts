/** A picture as data: drawn as elements on a page, written as SVG text into a document. */
import { escapeHtml } from './escape-html.ts';

/** An SVG element. Children are elements and texts. */
export interface Shape {
  readonly name: 'svg' | 'g' | 'path' | 'line' | 'circle' | 'rect' | 'text' | 'title';
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (Shape | string)[];
}

export function shape(
  name: Shape['name'],
  attributes: Shape['attributes'],
  ...children: readonly (Shape | string)[]
): Shape {
  return { name, attributes, children };
}

/** SVG text; every value is escaped. */
export function shapeText({ name, attributes, children }: Shape): string {
  const words = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeHtml(String(value))}"`,
  );
  const inner = children.map((each) =>
    typeof each === 'string' ? escapeHtml(each) : shapeText(each),
  );
  return `<${name}${words.join('')}>${inner.join('')}</${name}>`;
}
