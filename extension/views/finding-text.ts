/** Findings in an order for people, and as Markdown for a ticket. */
import type { FindingItem } from '../../debug-adapter/dap/protocol.ts';

/** Worst first. */
const severities: readonly FindingItem['severity'][] = [
  'BUG',
  'ERROR',
  'WARNING',
  'PENDING',
  'NOTE',
  'OK',
  'SKIPPED',
];

export function sortFindings(findings: readonly FindingItem[]): FindingItem[] {
  const rank = (each: FindingItem): number => severities.indexOf(each.severity);
  return [...findings].sort((a, b) => rank(a) - rank(b));
}

/** True for what a person has to look at. */
export function isProblem({ severity }: FindingItem): boolean {
  return severity === 'BUG' || severity === 'ERROR' || severity === 'WARNING';
}

export function evidenceText(evidence: FindingItem['evidence'][number]): string {
  return evidence.spans.map((span) => span.text).join('');
}

/** A section per finding: verdict, evidence, and the mdb lines that show it. */
export function findingsAsMarkdown(findings: readonly FindingItem[]): string {
  return sortFindings(findings).map(findingAsMarkdown).join('\n\n') + '\n';
}

function findingAsMarkdown(finding: FindingItem): string {
  const head = `### ${finding.severity}: ${inlineCode(finding.check)}\n\n${escapeMarkdown(finding.verdict)}`;
  const evidence = finding.evidence.map((each) => {
    const shown = each.line === undefined ? '' : ` — ${inlineCode(each.line)}`;
    return `- ${inlineCode(evidenceText(each))}${shown}`;
  });
  return evidence.length === 0 ? head : `${head}\n\n${evidence.join('\n')}`;
}

/** Text of a dump is data: nothing in it becomes a link, a tag or a list. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!<>|~&]/g, '\\$&').replace(/\s+/g, ' ');
}

/** Code that may hold backticks itself. */
function inlineCode(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return fence + pad + text.replace(/\s+/g, ' ') + pad + fence;
}
