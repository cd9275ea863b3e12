/** The kernel's C sources while a dump is open: a hover shows a value of the selected frame, and values stand beside the lines. */
import * as vscode from 'vscode';
import { expressionAt, variableWords } from './c-expression-at.ts';

const selector: vscode.DocumentSelector = [{ language: 'c' }, { language: 'cpp' }];

/** Lines above the stopped one that get inline values: those of the function, as a rule. */
const inlineLines = 60;

/** Other debuggers use C as well, so everything here keeps silent unless the session is ours. */
export function createCSources(debugType: string): vscode.Disposable {
  const isOurs = (): boolean => vscode.debug.activeDebugSession?.type === debugType;
  return vscode.Disposable.from(
    vscode.languages.registerEvaluatableExpressionProvider(selector, {
      provideEvaluatableExpression: (document, position) => {
        if (!isOurs()) return undefined;
        const found = expressionAt(document.lineAt(position.line).text, position.character);
        if (found === undefined) return undefined;
        const range = new vscode.Range(position.line, found.start, position.line, found.end);
        return new vscode.EvaluatableExpression(range, found.text);
      },
    }),
    vscode.languages.registerInlineValuesProvider(selector, {
      provideInlineValues: (document, _viewPort, { stoppedLocation }) => {
        if (!isOurs()) return [];
        const last = stoppedLocation.end.line;
        return inlineValues(document, functionStart(document, last), last);
      },
    }),
  );
}

/** Values of locals by name; VS Code shows those that the scopes of the frame hold. */
function inlineValues(
  document: vscode.TextDocument,
  first: number,
  last: number,
): vscode.InlineValue[] {
  const values: vscode.InlineValue[] = [];
  for (let line = first; line <= last; line++)
    for (const { text, start, end } of variableWords(document.lineAt(line).text))
      values.push(
        new vscode.InlineValueVariableLookup(new vscode.Range(line, start, line, end), text, true),
      );
  return values;
}

/** The line of the brace that opens the function, by kernel style: in the first column. */
function functionStart(document: vscode.TextDocument, line: number): number {
  for (let index = line; index > Math.max(0, line - inlineLines); index--)
    if (document.lineAt(index).text.startsWith('{')) return Math.max(0, index - 2);
  return Math.max(0, line - inlineLines);
}
