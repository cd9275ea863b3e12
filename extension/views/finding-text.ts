/** Findings in an order for people, and as Markdown for a ticket. */
import type { FindingItem } from '../../debug-adapter/dap/protocol.ts';
import { findingText } from '../../debug-adapter/documents/markdown.ts';

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

/** A section per finding: verdict, evidence, and the mdb lines that show it. */
export function findingsAsMarkdown(findings: readonly FindingItem[]): string {
  return sortFindings(findings).map(findingText).join('\n\n') + '\n';
}
