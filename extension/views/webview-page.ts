/** The HTML around a page's script: nothing may load but our own script and styles. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { escapeHtml } from '../../debug-adapter/documents/escape-html.ts';

/**
 * Fills a webview with one of our pages.
 *
 * @param name of `dist/webview/<name>.js` and `.css`
 */
export function showPage(
  webview: vscode.Webview,
  extension: vscode.Uri,
  name: string,
  title: string,
): void {
  const folder = vscode.Uri.joinPath(extension, 'dist', 'webview');
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  const file = (ending: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(folder, name + ending)).toString();
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    `default-src 'none'`,
    `style-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  webview.html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(title)}</title>
    <link rel="stylesheet" href="${file('.css')}">
  </head>
  <body>
    <main id="page" aria-busy="true"></main>
    <script nonce="${nonce}" src="${file('.js')}"></script>
  </body>
</html>`;
}
