/** Hostile text out of a dump, at every outlet: it drives no terminal, turns no line, becomes no markup, no link and no command. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { notebookText } from '../../debug-adapter/documents/notebook.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { runCorewalk } from '../support/run-corewalk.ts';
import { sampleDump } from '../support/sample-dump.ts';
import { assertClean, assertNoMarkup, outsideCode, strings, texts } from './clean.ts';

const message = 'fpu emulation not enabled in host!';

const lines = ['::status', '::panicinfo', '::msgbuf', 'panicstr/s', '*panicstr/s', '::check -e'];

describe('hostile text in a dump', function () {
  this.timeout(120_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-hostile-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, text] of Object.entries(texts))
    describe(name, () => {
      let dump: string;

      before(() => {
        dump = join(folder, `${Object.keys(texts).indexOf(name)}.vmcore`);
        writeFileSync(
          dump,
          withMessage(readFileSync(sampleDump('illumos/ctxop-panic-run', 'buggy')), text),
        );
      });

      it('on the command line: rows, JSON, errors', async () => {
        const words = lines.flatMap((line) => ['-e', line]);
        for (const format of [['--color', 'never'], ['--json']]) {
          const { output, errors } = await runCorewalk([...format, ...words, dump]);
          assert.match(output, /panic/);
          assertClean(output + errors);
        }
        const { output } = await runCorewalk(['check', dump]);
        assertClean(output);
      });

      it('in the editor: console, summary, tree, threads, variables', async () => {
        const client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
        await client.open({ coreFile: dump });
        const answers = [
          await client.ask('corewalk/summary'),
          await client.ask('corewalk/tree', {}),
          await client.ask('corewalk/threads', {}),
          await client.ask('corewalk/check'),
          await client.ask('threads'),
          await client.ask('evaluate', { expression: 'panicstr', context: 'watch' }),
          await client.ask('evaluate', { expression: 'panicstr', context: 'hover' }),
        ];
        for (const line of lines)
          answers.push(await client.ask('evaluate', { expression: line, context: 'repl' }));
        assert.equal(await client.close(), 0);
        for (const answer of answers) for (const each of strings(answer)) assertClean(each);
      });

      it('in reports and notebooks', async () => {
        const page = (await runCorewalk(['report', '--html', '--no-redact', dump])).output;
        assertClean(page);
        assertNoMarkup(page);
        assert.equal(page.match(/<\/pre>/g)?.length, page.match(/<pre/g)?.length);
        const markdown = (await runCorewalk(['report', '--no-redact', dump])).output;
        assertClean(markdown);
        assert.doesNotMatch(outsideCode(markdown), /(^|[^\\])(<img|\[a\]\(|<javascript)/);
        const notebook = join(folder, 'a.mdbnb');
        const cells = lines.map((line) => ({
          kind: 'mdb' as const,
          text: line,
          output: undefined,
        }));
        writeFileSync(notebook, notebookText({ dump: undefined, cells }));
        await runCorewalk(['notebook', 'run', notebook, dump]);
        const exported = (await runCorewalk(['notebook', 'export', '--html', notebook])).output;
        assertClean(exported);
        assertNoMarkup(exported);
      });

      it('to a language model', async () => {
        const client = new Client({ name: 'test', version: '1' });
        const args = [join(await builtPrograms(), 'corewalk.cjs'), 'mcp', dump];
        await client.connect(new StdioClientTransport({ command: process.execPath, args }));
        for (const line of lines) {
          const answer = await client.callTool({ name: 'run', arguments: { line } });
          for (const each of strings(answer)) assertClean(each);
        }
        await client.close();
      });
    });
});

function withMessage(bytes: Buffer, text: string): Buffer {
  const wanted = Buffer.from(message);
  const put = Buffer.alloc(wanted.length, 0x20);
  Buffer.from(text).copy(put);
  let count = 0;
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1), count++)
    put.copy(bytes, at);
  assert.ok(count > 1, `${count} places`);
  return bytes;
}
