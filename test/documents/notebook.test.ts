/** Notebooks: what is written is read again, damage is named, cells run on one dump and on another, exports say the same. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowItemText } from '../../debug-adapter/documents/document.ts';
import {
  notebookText,
  parseNotebook,
  type Notebook,
} from '../../debug-adapter/documents/notebook.ts';
import { runCorewalk } from '../support/run-corewalk.ts';
import { sampleDump } from '../support/sample-dump.ts';

const chain = "t_ctx | ::list 'struct ctxop' next | ::print 'struct ctxop' save_ts restore_ts";

const investigation: Notebook = {
  dump: undefined,
  cells: [
    { kind: 'markdown', text: '# The order of context ops\n\nStamps *tell*. <script>1</script>' },
    { kind: 'mdb', text: `::check ctxop_order`, output: undefined },
    { kind: 'mdb', text: '*panic_thread::print kthread_t t_ctx\n.::whatis', output: undefined },
    { kind: 'mdb', text: '::walk thread | ::table t_pri t_state', output: undefined },
    { kind: 'mdb', text: '<thread::ctxop', output: undefined },
  ],
};

describe('notebook', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-notebook-'));
    writeFileSync(file('order.mdbnb'), notebookText(investigation));
  });
  after(() => rmSync(folder, { recursive: true }));

  const outputs = ({ cells }: Notebook): string[] =>
    cells.map((cell) =>
      cell.kind === 'mdb' ? (cell.output?.rows.map(rowItemText).join('\n') ?? '') : '',
    );

  it('reads what it writes, and an empty file', () => {
    const text = notebookText(investigation);
    assert.deepEqual(parseNotebook(text, 'a'), investigation);
    assert.deepEqual(parseNotebook(' \n', 'a'), { dump: undefined, cells: [] });
    const withOutput: Notebook = {
      dump: 'a.vmcore',
      cells: [
        {
          kind: 'mdb',
          text: '1=X',
          output: {
            rows: [{ spans: [{ kind: 'number', text: '1' }], isError: true }],
            isCut: true,
          },
        },
      ],
    };
    assert.deepEqual(parseNotebook(notebookText(withOutput), 'a'), withOutput);
  });

  for (const [what, text, message] of [
    ['text', 'hello', /^a: no JSON: /],
    [
      'another format',
      '{"format":"x","version":1}',
      /^a: notebook: format: expected corewalk-notebook, have "x"/,
    ],
    [
      'a newer version',
      '{"format":"corewalk-notebook","version":9}',
      /version: expected at most 1, have 9/,
    ],
    [
      'a cell of no kind',
      '{"format":"corewalk-notebook","version":1,"cells":[{"kind":"c"}]}',
      /cell 1: kind: expected markdown or mdb/,
    ],
    [
      'a row of no spans',
      '{"format":"corewalk-notebook","version":1,"cells":[{"kind":"mdb","output":{"rows":[{"spans":[3]}]}}]}',
      /span: arguments: expected an object, have 3/,
    ],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.throws(() => parseNotebook(text, 'a'), { name: 'FormatError', message });
    });

  it('runs on one dump, then on another', async () => {
    const buggy = sampleDump('illumos/ctxop-panic-run', 'buggy');
    const run = await runCorewalk([
      'notebook',
      'run',
      file('order.mdbnb'),
      buggy,
      '-o',
      file('buggy.mdbnb'),
    ]);
    assert.equal(run.errors, '');
    assert.equal(run.status, 0);
    const first = parseNotebook(readFileSync(file('buggy.mdbnb'), 'utf8'), 'buggy');
    assert.match(outputs(first)[1] ?? '', /ERROR +ctxop_order thread .* restores before/);
    assert.match(outputs(first)[2] ?? '', /^t_ctx = 0x.*\n.* is .*allocated from thread_cache/);
    const fixed = sampleDump('illumos/ctxop-panic-run', 'fixed');
    await runCorewalk(['notebook', 'run', file('buggy.mdbnb'), fixed, '-o', file('fixed.mdbnb')]);
    const second = parseNotebook(readFileSync(file('fixed.mdbnb'), 'utf8'), 'fixed');
    assert.doesNotMatch(outputs(second)[1] ?? '', /ERROR/);
    assert.notEqual(first.dump, second.dump);
  });

  it('says by its status that a cell failed, and keeps the error', async () => {
    const cells = [{ kind: 'mdb', text: `${chain}\n::nosuch`, output: undefined }] as const;
    writeFileSync(file('failing.mdbnb'), notebookText({ dump: undefined, cells }));
    const dump = sampleDump('illumos/ctxop-panic-run', 'fixed');
    const run = await runCorewalk(['notebook', 'run', file('failing.mdbnb'), dump]);
    assert.equal(run.status, 1);
    const text = readFileSync(file('failing.mdbnb'), 'utf8');
    assert.match(text, /no such dcmd|invalid command/);
  });

  it('becomes a page with its tables, and Markdown', async () => {
    const dump = sampleDump('illumos/ctxop-panic-run', 'buggy');
    await runCorewalk(['notebook', 'run', file('order.mdbnb'), dump]);
    const page = (await runCorewalk(['notebook', 'export', '--html', file('order.mdbnb')])).output;
    assert.match(page, /<title>The order of context ops<\/title>/);
    assert.match(page, /<p>Stamps <em>tell<\/em>\. &lt;script&gt;/);
    assert.match(page, /<th scope="col">t_pri<\/th>/);
    assert.equal(page.match(/<path [^>]*class="arc [^"]*crossing"/g)?.length, 5);
    assert.match(page, /<text class="name"[^>]*>vmm_restorectx<\/text>/);
    const text = (await runCorewalk(['notebook', 'export', file('order.mdbnb')])).output;
    assert.match(text, /^# The order of context ops\n\nStamps \*tell\*/);
    assert.match(text, /```text\n> ::check ctxop_order\nERROR/);
  });

  it('names what is wrong with its words', async () => {
    const status = async (words: readonly string[]): Promise<string> => {
      const run = await runCorewalk(['notebook', ...words]);
      assert.equal(run.status, 2, words.join(' '));
      return run.errors;
    };
    assert.match(await status([]), /run or export, have nothing/);
    assert.match(await status(['run', 'a.mdbnb']), /no dump is given/);
    assert.match(await status(['export', file('absent')]), /no such file/);
    assert.match(await status(['export', 'a', 'b']), /'b' is too much/);
  });
});
