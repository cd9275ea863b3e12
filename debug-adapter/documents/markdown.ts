/** A document as Markdown: nothing out of a dump becomes a link, a tag or a list. */
import type { FindingItem } from '../dap/protocol.ts';
import { evidenceText, rowItemText, type Block, type Document } from './document.ts';

export function toMarkdown({ title, blocks }: Document): string {
  return [`# ${escapeMarkdown(title)}`, ...blocks.map(blockText), ''].join('\n\n').trimEnd() + '\n';
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `## ${escapeMarkdown(block.text)}`;
    case 'paragraph':
      return escapeMarkdown(block.text);
    case 'markdown':
      return block.text.trim();
    case 'list':
      return block.items.map((each) => `- ${escapeMarkdown(each)}`).join('\n');
    case 'finding':
      return findingText(block.finding);
    case 'output': {
      const lines = [`> ${block.line}`, ...block.rows.map(rowItemText)];
      if (block.isCut) lines.push('...');
      return fenced(lines.join('\n'));
    }
  }
}

/** A section for a finding: verdict, evidence, and the mdb lines that show it. */
export function findingText(finding: FindingItem): string {
  const head = `### ${finding.severity}: ${inlineCode(finding.check)}\n\n${escapeMarkdown(finding.verdict)}`;
  const evidence = finding.evidence.map((each) => {
    const shown = each.line === undefined ? '' : ` — ${inlineCode(each.line)}`;
    return `- ${inlineCode(evidenceText(each))}${shown}`;
  });
  return evidence.length === 0 ? head : `${head}\n\n${evidence.join('\n')}`;
}

/** Text of a dump is data: nothing in it becomes a link, a tag or a list. Escapes no more than that takes: people read the source too. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>|~&@]/g, '\\$&')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/\bwww\./gi, (found) => `${found.slice(0, 3)}\\.`)
    .replace(/^[#+\-=]/, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2');
}

/** Code that may hold backticks itself. */
function inlineCode(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return fence + pad + text.replace(/\s+/g, ' ') + pad + fence;
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}text\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
