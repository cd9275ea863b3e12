/** A document as one HTML page: no script, no remote content, readable in light, dark and on paper. */
import markdownIt from 'markdown-it';
import type { FindingItem } from '../dap/protocol.ts';
import { evidenceText, type Block, type Document } from './document.ts';
import { escapeHtml } from './escape-html.ts';
import { outputHtml, outputStyle } from './html-rows.ts';

/** Tags in the text stay text, links lead to the web or into the page; images are not fetched, since the page's policy allows no source. */
const markdown = markdownIt({ html: false, linkify: false });
markdown.validateLink = (address) => /^(https?:|mailto:|#)/i.test(address);

const policy = "default-src 'none'; style-src 'unsafe-inline'";

export function toHtml({ title, blocks }: Document): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${style}${outputStyle}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${escapeHtml(title)}</h1>`,
    ...blocks.map(blockHtml),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${escapeHtml(block.text)}</h2>`;
    case 'paragraph':
      return `<p>${escapeHtml(block.text)}</p>`;
    case 'markdown':
      return markdown.render(block.text);
    case 'list':
      return `<ul>${block.items.map((each) => `<li>${escapeHtml(each)}</li>`).join('')}</ul>`;
    case 'finding':
      return findingHtml(block.finding);
    case 'output':
      return `<figure class="output"><figcaption><code>${escapeHtml(block.line)}</code></figcaption>${outputHtml(block)}</figure>`;
  }
}

function findingHtml({ severity, check, verdict, evidence }: FindingItem): string {
  const items = evidence.map((each) => {
    const shown =
      each.line === undefined ? '' : ` <code class="line">${escapeHtml(each.line)}</code>`;
    return `<li>${escapeHtml(evidenceText(each))}${shown}</li>`;
  });
  const list = items.length === 0 ? '' : `<ul>${items.join('')}</ul>`;
  return (
    `<section class="finding ${severity.toLowerCase()}"><h3><span class="severity">${severity}</span> ` +
    `${escapeHtml(check)}</h3><p>${escapeHtml(verdict)}</p>${list}</section>`
  );
}

const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #57606a; --ground: #ffffff; --panel: #f4f6f8; --line: #d0d7de; --wrong: #b3261e; --link: #0550ae; --name: #116329; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --quiet: #9aa4af; --ground: #16191d; --panel: #1f242a; --line: #3a424b; --wrong: #ff8a80; --link: #79c0ff; --name: #7ee787; }
}
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid var(--line); } h3 { font-size: 1rem; margin: 0; }
code { font-family: ui-monospace, monospace; font-size: 13px; }
pre, .scroll { background: var(--panel); padding: .6rem .8rem; overflow-x: auto; margin: 0; border-radius: 4px; }
figure { margin: 1rem 0; } figcaption { color: var(--quiet); margin-bottom: .2rem; } figcaption::before { content: "> "; }
.finding { border-left: 4px solid var(--line); padding: .4rem .8rem; margin: 1rem 0; background: var(--panel); }
.finding p { margin: .3rem 0; } .finding .line { color: var(--quiet); }
.bug, .error.finding { border-color: var(--wrong); } .bug .severity, .error .severity { color: var(--wrong); }
@media print { pre { white-space: pre-wrap; } main { max-width: none; } }
`;
