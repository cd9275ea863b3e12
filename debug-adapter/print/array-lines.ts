/** Arrays of scalars on as few lines as the output has columns for. */
import type { Span } from '../commands/command.ts';

/**
 * `head[ a, b, c ]`, broken between elements where the next one would cross the right edge.
 *
 * mdb's output engine breaks there too, but starts the next line at the margin; here it is indented.
 */
export function* wrapItems(
  head: readonly Span[],
  items: Iterable<readonly Span[]>,
  indent: number,
  columns: number,
): Generator<readonly Span[]> {
  let line: Span[] = [...head, { kind: 'text', text: '[ ' }];
  let width = widthOf(line);
  let isFirst = true;
  for (const item of items) {
    const separator = isFirst ? '' : ', ';
    const itemWidth = widthOf(item);
    // Two columns stay free for the comma or the closing bracket.
    if (!isFirst && width + separator.length + itemWidth + 2 > columns) {
      yield [...line, { kind: 'text', text: ',' }];
      line = [{ kind: 'text', text: ' '.repeat(indent) }];
      width = indent;
    } else if (!isFirst) {
      line.push({ kind: 'text', text: separator });
      width += separator.length;
    }
    line.push(...item);
    width += itemWidth;
    isFirst = false;
  }
  yield [...line, { kind: 'text', text: ' ]' }];
}

function widthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + span.text.length, 0);
}
