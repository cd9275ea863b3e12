/** A finding of a checker as data. */
import type { Finding } from '../checks/check.ts';
import type { FindingItem } from './protocol.ts';
import { hexAddress, spanItem } from './row-text.ts';
import { safeText } from './safe-text.ts';

export function findingItem({ check, severity, verdict, evidence }: Finding): FindingItem {
  return {
    check,
    severity,
    verdict: safeText(verdict),
    evidence: evidence.map(({ spans, line, address }) => ({
      spans: spans.map(spanItem),
      ...(line !== undefined && { line: safeText(line) }),
      ...(address !== undefined && { address: hexAddress(address) }),
    })),
  };
}
