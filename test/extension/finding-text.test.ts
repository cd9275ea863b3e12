/** Findings as people get them: the worst first, and Markdown in which a dump's text stays text. */
import assert from 'node:assert/strict';
import type { FindingItem } from '../../debug-adapter/dap/protocol.ts';
import { findingsAsMarkdown, isProblem, sortFindings } from '../../extension/views/finding-text.ts';

function finding(severity: FindingItem['severity'], verdict = 'text'): FindingItem {
  return { check: 'ctxop_order', severity, verdict, evidence: [] };
}

describe('finding text', () => {
  it('puts the worst first and keeps the order of equals', () => {
    const list = [finding('OK'), finding('WARNING', 'a'), finding('BUG'), finding('WARNING', 'b')];
    assert.deepEqual(
      sortFindings(list).map((each) => each.severity + each.verdict),
      ['BUGtext', 'WARNINGa', 'WARNINGb', 'OKtext'],
    );
    assert.deepEqual(list.filter(isProblem).length, 3);
  });

  it('names verdict, evidence and the line that shows it', () => {
    const text = findingsAsMarkdown([
      {
        ...finding('BUG', 'restored in the order of saving'),
        evidence: [
          {
            spans: [
              { kind: 'member', text: 'save_ts' },
              { kind: 'text', text: ' ascends' },
            ],
            line: 'fffffe00::ctxop',
          },
        ],
      },
    ]);
    assert.equal(
      text,
      '### BUG: `ctxop_order`\n\nrestored in the order of saving\n\n- `save_ts ascends` — `fffffe00::ctxop`\n',
    );
  });

  it('lets no text of a dump become a link, a tag or code that ends early', () => {
    const text = findingsAsMarkdown([
      {
        ...finding('NOTE', '[x](command:evil) <b> *y*\n# z'),
        evidence: [{ spans: [{ kind: 'string', text: 'a``b`' }] }],
      },
    ]);
    assert.ok(text.includes('\\[x\\](command:evil) \\<b\\> \\*y\\* # z'));
    assert.ok(text.includes('- ``` a``b` ```'));
  });
});
