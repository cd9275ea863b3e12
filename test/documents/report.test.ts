/** Reports of sample dumps: what they say, what they leave out, and that nothing of a dump becomes markup. */
import assert from 'node:assert/strict';
import { toHtml } from '../../debug-adapter/documents/html.ts';
import { escapeMarkdown, toMarkdown } from '../../debug-adapter/documents/markdown.ts';
import { reportOf, reportRowLimit } from '../../debug-adapter/documents/report.ts';
import type { Document } from '../../debug-adapter/documents/document.ts';
import { openInspector } from '../../debug-adapter/dap/open-inspector.ts';
import { sampleDump } from '../support/sample-dump.ts';

const illumos = (): string => sampleDump('illumos/ctxop-panic-run', 'buggy');

async function report(
  file: string,
  options: { readonly isRedacted?: boolean; readonly lines?: readonly string[] } = {},
): Promise<Document> {
  const { isRedacted = true, lines = [] } = options;
  const inspector = await openInspector(file, { allows: 'nothing', hidesUserMemory: isRedacted });
  const notes = [{ line: 'panicstr/K', comment: 'where it *began*' }];
  try {
    return reportOf(inspector, { isRedacted, lines, notes });
  } finally {
    inspector.target.dump.close();
  }
}

describe('report', () => {
  it('has the verdict, its evidence, the stack and the notes', async () => {
    const text = toMarkdown(await report(illumos(), { lines: ['::ps'] }));
    assert.match(text, /^# Panic: fpu emulation not enabled in host!\n/);
    assert.match(text, /\npanic message: fpu emulation not enabled in host!\n/);
    assert.match(
      text,
      /### ERROR: `ctxop_order`\n\nthread .* vmm\\_restorectx restores before xrestore\\_ctxt/,
    );
    assert.match(text, /- `.*vmm_savectx saved at .*` — `fffffe5b2f6c4c80::print "struct ctxop"`/);
    assert.match(text, /> \$C\n.*vpanic\+0x14a/);
    assert.match(text, /## Notes\n\nwhere it \\\*began\\\*\n\n```text\n> panicstr\/K/);
    assert.match(text, /## Chosen outputs\n\n```text\n> ::ps\n/);
  });

  it('leaves texts, messages and user memory out unless asked', async () => {
    const lines = ['::msgbuf', 'panicstr/s', '400000/K'];
    const redacted = toMarkdown(await report(illumos(), { lines }));
    assert.doesNotMatch(redacted, /SunOS Release/);
    assert.match(redacted, /characters redacted\)/);
    assert.match(redacted, /failed to read data from target: .*redacted|user memory is redacted/);
    const whole = toMarkdown(await report(illumos(), { lines, isRedacted: false }));
    assert.match(whole, /SunOS Release/);
    assert.doesNotMatch(whole, /redacted\)|is redacted/);
  });

  it('is small, and caps what a line prints', async () => {
    const document = await report(illumos(), { lines: ['::nm'] });
    const output = document.blocks.findLast((each) => each.kind === 'output');
    assert.equal(output?.rows.length, reportRowLimit);
    assert.ok(output.isCut);
    assert.ok(toHtml(document).length < 256 * 1024);
  });

  it('as a page fetches nothing and runs nothing', async () => {
    const page = toHtml(await report(illumos()));
    assert.match(page, /default-src 'none'; style-src 'unsafe-inline'/);
    assert.doesNotMatch(page, /<script|<img|<link|javascript:|https?:\/\//);
    assert.match(
      page,
      /<section class="finding error"><h3><span class="severity">ERROR<\/span> ctxop_order/,
    );
  });

  it('keeps hostile text text', () => {
    const hostile = '<img src=x onerror=alert(1)> [a](command:b) `c` | d\n# e http://f @g';
    const document: Document = {
      title: hostile,
      blocks: [
        { kind: 'paragraph', text: hostile },
        { kind: 'list', items: [hostile] },
        { kind: 'markdown', text: hostile },
        {
          kind: 'output',
          line: hostile,
          rows: [{ spans: [{ kind: 'symbol', text: '</pre>```\n~~~' }] }],
          isCut: false,
        },
        {
          kind: 'finding',
          finding: {
            check: 'a`b',
            severity: 'BUG',
            verdict: hostile,
            evidence: [{ spans: [{ kind: 'text', text: '``' }], line: hostile }],
          },
        },
      ],
    };
    const page = toHtml(document);
    assert.doesNotMatch(page, /<img|href="command:|<\/pre>```/);
    const text = toMarkdown(document).replaceAll(/```+text\n[^]*?\n````?\n/g, '');
    assert.match(
      text,
      /^# \\<img src=x onerror=alert\(1\)\\> \\\[a\\\]\(command:b\) \\`c\\` \\\| d # e http\\:\/\/f \\@g\n/,
    );
  });

  it('escapes no more of a text than it has to', () => {
    assert.equal(escapeMarkdown('cpu 0: a+b (c) is 1.5!'), 'cpu 0: a+b (c) is 1.5!');
    assert.equal(escapeMarkdown('1. first'), '1\\. first');
    assert.equal(escapeMarkdown('- item'), '\\- item');
    assert.equal(escapeMarkdown('# head'), '\\# head');
  });
});
