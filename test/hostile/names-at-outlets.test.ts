/** Hostile names and long strings at every outlet: types, members, functions, files and lists of a dump that somebody made for that. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { notebookText } from '../../debug-adapter/documents/notebook.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { runCorewalk } from '../support/run-corewalk.ts';
import { assertClean, assertNoMarkup, outsideCode, strings, texts } from './clean.ts';
import { hostileDump, type HostileDump } from './hostile-dump.ts';

/** Characters of one answer, whatever the dump has. */
const answerLimit = 4 * 2 ** 20;

/** Lines that show each kind of name, the long string, and lists that lead back. */
function linesFor({ address }: HostileDump): readonly string[] {
  const [self, ring, rho] = ['self', 'ring', 'rho'].map(address);
  return [
    '::status',
    '$C',
    '::nm',
    '::typelist',
    '::globals',
    '::mappings',
    `${self}::print`,
    `${self}::print -at`,
    `${self}::whatis -av`,
    `${address('function')}::dis`,
    `${self}::array 0 3`,
    `ffffffff90000000/s`,
    `ffffffff90000000,100::dump`,
    ...[self, ring, rho].map((each) => `${each}::pointers -s`),
    `${self}::nosuch`,
  ];
}

describe('hostile names in a dump', function () {
  this.timeout(180_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-names-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [index, [name, text]] of Object.entries(texts).entries())
    describe(name, () => {
      const dump = hostileDump(text);
      const lines = linesFor(dump);
      let file: string;

      before(() => {
        file = join(folder, `${index}.vmcore`);
        writeFileSync(file, dump.bytes);
      });

      it('on the command line: rows, JSON, checks', async () => {
        const words = lines.flatMap((line) => ['-e', line]);
        for (const format of [['--color', 'never'], ['--json']]) {
          const { output, errors } = await runCorewalk([...format, ...words, file]);
          assert.match(output, /x_self.*x_next|x_self[^]*x_next/);
          assertClean(output + errors);
          assert.ok(output.length < answerLimit, `${output.length} characters`);
        }
        assertClean((await runCorewalk(['check', file])).output);
      });

      it('in the editor: stack, variables, tree, hover, completions, pictures', async () => {
        const client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
        await client.open({ coreFile: file });
        const answers = await everything(client, dump, lines);
        assert.equal(await client.close(), 0);
        assert.ok(answers.some((answer) => (JSON.stringify(answer) ?? '').includes('x_next')));
        for (const answer of answers) {
          assert.ok((JSON.stringify(answer) ?? '').length < answerLimit);
          for (const each of strings(answer)) assertClean(each);
        }
      });

      it('in reports and notebooks', async () => {
        const words = lines.flatMap((line) => ['-e', line]);
        const page = await runCorewalk(['report', '--html', '--no-redact', ...words, file]);
        assert.match(page.output, /x_self/);
        assertClean(page.output);
        assertNoMarkup(page.output);
        const markdown = await runCorewalk(['report', '--no-redact', ...words, file]);
        assertClean(markdown.output);
        assert.doesNotMatch(outsideCode(markdown.output), /(^|[^\\])(<img|\[a\]\(|<javascript)/);
        const notebook = join(folder, `${index}.mdbnb`);
        const cells = lines.map(
          (line) => ({ kind: 'mdb', text: line, output: undefined }) as const,
        );
        writeFileSync(notebook, notebookText({ dump: undefined, cells }));
        await runCorewalk(['notebook', 'run', notebook, file]);
        const exported = await runCorewalk(['notebook', 'export', '--html', notebook]);
        assert.match(exported.output, /x_self/);
        assertClean(exported.output);
        assertNoMarkup(exported.output);
      });

      it('to a language model', async () => {
        const client = new Client({ name: 'test', version: '1' });
        const args = [join(await builtPrograms(), 'corewalk.cjs'), 'mcp', file];
        await client.connect(new StdioClientTransport({ command: process.execPath, args }));
        const ask = async (tool: string, input: Record<string, unknown>): Promise<string> => {
          const answer = await client.callTool({ name: tool, arguments: input });
          for (const each of strings(answer)) assertClean(each);
          const told = JSON.stringify(answer);
          assert.ok(told.length < answerLimit, `${tool}: ${told.length} characters`);
          return told;
        };
        for (const line of lines) await ask('run', { line });
        for (const tool of ['status', 'check', 'read_stack', 'all_stacks']) await ask(tool, {});
        assert.match(await ask('find_type', { pattern: 'x_' }), /x_record/);
        await ask('what_is', { address: `0x${dump.address('self')}` });
        await client.close();
      });
    });
});

/** What an editor asks of a dump, and what it answers. */
async function everything(
  client: DapClient,
  dump: HostileDump,
  lines: readonly string[],
): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  const ask = async (command: string, words?: object): Promise<Record<string, unknown>> => {
    const { body, message } = await client.request(command, words);
    answers.push(body, message);
    return body ?? {};
  };
  await ask('threads');
  await ask('modules', {});
  await ask('loadedSources', {});
  const stack = await ask('stackTrace', { threadId: 1 });
  const [frame] = listOf(stack['stackFrames']);
  for (const scope of listOf((await ask('scopes', { frameId: frame?.['id'] }))['scopes']))
    await expand(ask, scope['variablesReference'], 12);
  const self = `0x${dump.address('self')}`;
  for (const context of ['hover', 'watch', 'clipboard'])
    await ask('evaluate', { expression: `*(long *)${self}`, context, frameId: frame?.['id'] });
  for (const line of lines) await ask('evaluate', { expression: line, context: 'repl' });
  for (const text of ['x_', '::print x_', '::print struct x_', `${dump.address('self')}::print x_`])
    await ask('completions', { text, column: text.length + 1 });
  await ask('disassemble', { memoryReference: self, instructionCount: 20 });
  await ask('corewalk/summary');
  await ask('corewalk/check');
  await ask('corewalk/threads', {});
  await ask('corewalk/timeline');
  await ask('corewalk/addressSpace', {});
  await ask('corewalk/object', { address: self });
  await ask('corewalk/bytes', { address: self, length: 256 });
  await ask('corewalk/overlay', { address: self });
  await ask('corewalk/pageWalk', { address: self });
  await ask('corewalk/search', { pattern: 'x_', start: self });
  await ask('corewalk/report', {});
  await branches(ask, undefined, 4);
  return answers;
}

type Ask = (command: string, words?: object) => Promise<Record<string, unknown>>;

/** Follows the variables of a pointer that leads to itself as far as somebody would click. */
async function expand(ask: Ask, reference: unknown, depth: number): Promise<void> {
  if (depth === 0 || typeof reference !== 'number' || reference === 0) return;
  const { variables } = await ask('variables', { variablesReference: reference });
  const next = listOf(variables).find((each) => each['variablesReference'] !== 0);
  await expand(ask, next?.['variablesReference'], depth - 1);
}

async function branches(ask: Ask, node: unknown, depth: number): Promise<void> {
  if (depth === 0) return;
  const { nodes } = await ask('corewalk/tree', node === undefined ? {} : { node });
  for (const each of listOf(nodes).slice(0, 8))
    if (each['hasChildren'] === true) await branches(ask, each['id'], depth - 1);
}

function listOf(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}
