/** `.mdbnb` files as VS Code's notebooks and back: what a cell printed stays with it. */
import * as vscode from 'vscode';
import { outputHtml, outputStyle } from '../../debug-adapter/documents/html-rows.ts';
import {
  notebookText,
  parseNotebook,
  parseOutput,
  type Cell,
  type CellOutput,
  type Notebook,
} from '../../debug-adapter/documents/notebook.ts';

/** Our rows among an output's forms: what is saved. */
const rowsMime = 'application/vnd.corewalk.rows+json';

export const notebookSerializer: vscode.NotebookSerializer = {
  deserializeNotebook(bytes) {
    const { dump, cells } = parseNotebook(new TextDecoder().decode(bytes), 'notebook');
    const data = new vscode.NotebookData(cells.map(cellData));
    data.metadata = { dump };
    return data;
  },
  serializeNotebook: (data) =>
    new TextEncoder().encode(
      notebookText({ dump: dumpOf(data.metadata), cells: data.cells.map(cellOf) }),
    ),
};

/** The names of colours in `outputStyle`, in the words of the theme. */
const themeStyle = `.output {
  --ink: var(--vscode-editor-foreground); --quiet: var(--vscode-descriptionForeground); --ground: var(--vscode-editor-background);
  --line: var(--vscode-editorWidget-border); --wrong: var(--vscode-errorForeground); --link: var(--vscode-textLink-foreground);
  --name: var(--vscode-debugTokenExpression-name);
}
.output pre { white-space: pre-wrap; font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }`;

/** The notebook as it is in the editor, saved or not. */
export function notebookOf(document: vscode.NotebookDocument): Notebook {
  const cells = document.getCells().map((cell) =>
    cell.kind === vscode.NotebookCellKind.Markup
      ? { kind: 'markdown' as const, text: cell.document.getText() }
      : {
          kind: 'mdb' as const,
          text: cell.document.getText(),
          output: savedOutput(cell.outputs),
        },
  );
  return { dump: dumpOf(document.metadata), cells };
}

/** Path of the dump as the notebook has it. */
export function dumpOf(
  metadata: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const dump = metadata?.['dump'];
  return typeof dump === 'string' ? dump : undefined;
}

/** What a cell shows: formatted, as text for readers without a renderer, and as rows to be saved. */
export function outputOf(line: string, output: CellOutput): vscode.NotebookCellOutput {
  const text = output.rows.map(({ spans }) => spans.map((span) => span.text).join('')).join('\n');
  const style = `<style>${themeStyle}${outputStyle}</style>`;
  const html = `${style}<div class="output">${outputHtml({ line, ...output })}</div>`;
  return new vscode.NotebookCellOutput([
    vscode.NotebookCellOutputItem.text(html, 'text/html'),
    vscode.NotebookCellOutputItem.text(text, 'text/plain'),
    vscode.NotebookCellOutputItem.json(output, rowsMime),
  ]);
}

function cellData(cell: Cell): vscode.NotebookCellData {
  if (cell.kind === 'markdown')
    return new vscode.NotebookCellData(vscode.NotebookCellKind.Markup, cell.text, 'markdown');
  const data = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, cell.text, 'mdb');
  if (cell.output) data.outputs = [outputOf(cell.text, cell.output)];
  return data;
}

function cellOf({ kind, value, outputs }: vscode.NotebookCellData): Cell {
  if (kind === vscode.NotebookCellKind.Markup) return { kind: 'markdown', text: value };
  return { kind: 'mdb', text: value, output: savedOutput(outputs ?? []) };
}

function savedOutput(outputs: readonly vscode.NotebookCellOutput[]): CellOutput | undefined {
  const item = outputs.flatMap(({ items }) => items).find(({ mime }) => mime === rowsMime);
  return item && parseOutput(JSON.parse(new TextDecoder().decode(item.data)));
}
