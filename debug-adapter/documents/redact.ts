/** Takes out of rows and findings what may be somebody's data: texts that the dump's memory holds. */
import type { FindingItem, RowItem, SpanItem } from '../dap/protocol.ts';

/** Strings, characters and messages are replaced by their length; `data` goes, since it has them again. */
export function redactRow({ spans, isError }: RowItem): RowItem {
  return { spans: spans.map(redactSpan), ...(isError && { isError }) };
}

export function redactFinding(finding: FindingItem): FindingItem {
  return {
    ...finding,
    evidence: finding.evidence.map((each) => ({ ...each, spans: each.spans.map(redactSpan) })),
  };
}

function redactSpan(span: SpanItem): SpanItem {
  if (span.kind !== 'string') return span;
  const length = span.text.trim().length;
  return { kind: 'comment', text: `(${length} characters redacted)` };
}
