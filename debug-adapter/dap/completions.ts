/** `completions`: the console's own, in the client's columns. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Completion, Inspector } from '../inspector.ts';
import type { Client } from './client.ts';
import type { Fields } from './fields.ts';
import { safeText } from './safe-text.ts';

const itemTypes: Readonly<Record<Completion['kind'], DebugProtocol.CompletionItemType>> = {
  dcmd: 'function',
  walker: 'method',
  type: 'class',
  member: 'field',
  symbol: 'value',
  variable: 'variable',
  option: 'property',
  format: 'keyword',
};

/**
 * `completions`.
 *
 * VS Code looks up `start` from 0 whatever it said about columns, and offers nothing then; it needs `length` alone,
 * which it counts back from the cursor. Source: VS Code, src/vs/workbench/contrib/debug/browser/repl.ts, `filterText`.
 */
export function completionsBody(
  inspector: Inspector,
  client: Client,
  fields: Fields,
): DebugProtocol.CompletionsResponse['body'] {
  const lines = fields.string('text').split('\n');
  const line = (fields.optionalInteger('line') ?? client.firstLine) - client.firstLine;
  const text = lines[line] ?? '';
  const position = Math.max(
    0,
    Math.min(text.length, fields.integer('column') - client.firstColumn),
  );
  const targets = inspector.complete(text, position).map((completion) => {
    const { start, end, detail } = completion;
    return {
      label: safeText(completion.text),
      type: itemTypes[completion.kind],
      length: end - start,
      ...(!client.isVsCode && { start: start + client.firstColumn }),
      ...(detail !== undefined && { detail: safeText(detail) }),
    };
  });
  return { targets };
}
