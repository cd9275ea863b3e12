/** Lists that lead back, and lines that would grow without end, at every outlet: each ends, and says what it found. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { notebookText } from '../../debug-adapter/documents/notebook.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { runCorewalk } from '../support/run-corewalk.ts';
import { tinyDump } from '../fuzz/tiny-dump.ts';
import { strings } from './clean.ts';

/** Bytes of `struct node` in the tiny kernel, whose first member is `next`. */
const nodeBytes = 0x48n;

interface Shape {
  /** Where the link of each element leads: the number of an element. */
  readonly links: readonly number[];
  /** Elements that are listed. */
  readonly count: number;
  /** What is said about it; nothing about a ring, which is no mistake. */
  readonly says?: RegExp;
}

const shapes: Readonly<Record<string, Shape>> = {
  'to itself': { links: [0, 0, 0], count: 1 },
  'in a ring': { links: [1, 2, 0], count: 3 },
  'into its middle': { links: [1, 2, 1], count: 3, says: /leads back/ },
};

/** Lines that would be as large as their reader lets them. */
const blowUps = [
  `${'('.repeat(3000)}1${')'.repeat(3000)}=X`,
  `::typelist '(a+)+$'`,
  `::typelist '(((a{99}){99}){99})'`,
  `nodes::print struct node ${'next->'.repeat(500)}next`,
  `nodes::filter '${'('.repeat(800)}color${')'.repeat(800)}'`,
  `nodes${'::print struct node next | '.repeat(300)}::print struct node next`,
  'nodes,ffffffff::print -d struct node | ::head -n 3',
  `::eval "${'::eval '.repeat(200)}1=X"`,
];

describe('lists that lead back', function () {
  this.timeout(120_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-shapes-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, shape] of Object.entries(shapes))
    describe(name, () => {
      const line = 'nodes::list struct node next';
      let file: string;

      before(() => {
        file = join(folder, `${name.replaceAll(' ', '-')}.vmcore`);
        writeFileSync(file, withLinks(shape.links));
      });

      /** The elements, and what is said, are in the text; no more elements than there are. */
      const check = (text: string): void => {
        const found = text.match(
          /(?<!back to |element \d+ \(|::\w+ )\bffffffff80100[0-9a-f]{3}\b/g,
        );
        assert.ok((found?.length ?? 0) >= shape.count, text);
        assert.ok((found?.length ?? 0) < shape.count * 4 + 4, text);
        if (shape.says) assert.match(text, shape.says);
      };

      it('on the command line and in JSON', async () => {
        for (const format of [[], ['--json']]) {
          const { output, errors } = await runCorewalk([...format, '-e', line, file]);
          check(output + errors);
        }
      });

      it('in the editor: console, threads, tree, variables', async () => {
        const client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
        await client.open({ coreFile: file });
        const { result } = await client.ask('evaluate', { expression: line, context: 'repl' });
        check(String(result));
        const { nodes } = await client.ask('corewalk/tree', {});
        assert.ok(Array.isArray(nodes) && nodes.length > 0);
        const hover = await client.ask('evaluate', {
          expression: 'nodes[0].next',
          context: 'hover',
        });
        let reference = Number(hover['variablesReference']);
        for (let depth = 0; depth < 40 && reference > 0; depth++) {
          const { variables } = await client.ask('variables', { variablesReference: reference });
          assert.ok(Array.isArray(variables));
          const next = variables.find((each: { name: string }) => each.name === 'next');
          reference = Number(next?.variablesReference ?? 0);
        }
        assert.ok(
          reference > 0,
          'a pointer that leads back can be followed as long as somebody likes',
        );
        assert.equal(await client.close(), 0);
      });

      it('in a report and a notebook', async () => {
        const report = await runCorewalk(['report', '--no-redact', '-e', line, file]);
        assert.match(report.output, /ffffffff80100/);
        if (shape.says) assert.match(report.output, shape.says);
        const notebook = join(folder, 'shapes.mdbnb');
        const cell = { kind: 'mdb', text: line, output: undefined } as const;
        writeFileSync(notebook, notebookText({ dump: undefined, cells: [cell] }));
        await runCorewalk(['notebook', 'run', notebook, file]);
        assert.match(readFileSync(notebook, 'utf8'), shape.says ?? /ffffffff80100/);
        const page = await runCorewalk(['notebook', 'export', '--html', notebook]);
        assert.match(page.output, shape.says ?? /ffffffff80100/);
      });

      it('to a language model', async () => {
        const client = new Client({ name: 'test', version: '1' });
        const args = [join(await builtPrograms(), 'corewalk.cjs'), 'mcp', file];
        await client.connect(new StdioClientTransport({ command: process.execPath, args }));
        const answer = await client.callTool({ name: 'run', arguments: { line } });
        check([...strings(answer)].join('\n'));
        await client.close();
      });
    });

  it('lines that would grow without end do not, at any outlet', async () => {
    const file = join(folder, 'plain.vmcore');
    writeFileSync(file, tinyDump());
    const words = blowUps.flatMap((line) => ['-e', line]);
    const { output, errors, status } = await runCorewalk([...words, '-e', '1+1=D', file]);
    assert.match(output, /^ *2 *$/m, errors);
    assert.equal(status, 0, errors);
    assert.doesNotMatch(output + errors, /internal error|call stack/i);
    const client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
    await client.open({ coreFile: file });
    for (const line of blowUps) {
      await client.request('evaluate', { expression: line, context: 'repl' });
      await client.request('evaluate', { expression: line, context: 'watch' });
      await client.request('completions', { text: line, column: line.length + 1 });
    }
    const { result } = await client.ask('evaluate', { expression: '1+1=D', context: 'repl' });
    assert.match(String(result), /2/);
    assert.equal(await client.close(), 0);
    const mcp = new Client({ name: 'test', version: '1' });
    const args = [join(await builtPrograms(), 'corewalk.cjs'), 'mcp', file];
    await mcp.connect(new StdioClientTransport({ command: process.execPath, args }));
    for (const line of blowUps) await mcp.callTool({ name: 'run', arguments: { line } });
    const pattern = '(x+x+)+y';
    const types = await mcp.callTool({ name: 'find_type', arguments: { pattern } });
    assert.ok(types);
    await mcp.close();
  });
});

/** The tiny dump; the link of each of its nodes leads where the shape says. */
function withLinks(links: readonly number[]): Uint8Array {
  const bytes = tinyDump();
  const { symbols, segments } = openDump(bytesSource(bytes, 'vmcore'));
  const nodes = symbols.byName('nodes')?.address ?? 0n;
  const segment = segments.find(
    ({ virtualAddress, size }) =>
      virtualAddress !== undefined && nodes >= virtualAddress && nodes < virtualAddress + size,
  );
  assert.ok(segment?.virtualAddress !== undefined);
  const offset = segment.fileOffset + Number(nodes - segment.virtualAddress);
  const view = new DataView(bytes.buffer);
  for (const [index, to] of links.entries())
    view.setBigUint64(offset + index * Number(nodeBytes), nodes + BigInt(to) * nodeBytes, true);
  return bytes;
}
