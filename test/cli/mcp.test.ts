/** `corewalk mcp` as a client of the official SDK sees it: why did this machine panic? */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { lineLimit } from '../../debug-adapter/tools/answer.ts';
import { tools } from '../../debug-adapter/tools/index.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { sampleDump } from '../support/sample-dump.ts';

/** A seed's dump, and what an answer to "why did this machine panic?" has to name. */
const seeds = [
  {
    scenario: 'illumos/ctxop-panic-run',
    verdict: /ctxop_order.*vmm_restorectx restores before xrestore_ctxt/,
    evidence: /> .*::ctxop/,
  },
  {
    scenario: 'akaros/vmcs-ctrl-c',
    verdict: /invept +INVEPT\(type=1 .*\) failed/,
    evidence: /> .*,3\/ai/,
  },
  {
    scenario: 'dragonfly/df01-stale-tlb',
    verdict: /BUG +tlb +cpu 1 caches va .* but the page table says not present/,
    evidence: /> 801400000::tlb -c 1/,
  },
  {
    scenario: 'freebsd/fb01-curpmap-uaf',
    verdict: /BUG +uafpoison .*cpu 1 left this pmap after it was freed/,
    evidence: /> [0-9a-f]+\/X/,
  },
  {
    scenario: 'kvm/kv01-hcall-gpr3',
    verdict: /BUG +kvmclob vcpu 0: reset state overwritten by the pending hypercall/,
    evidence: /> [0-9a-f]+::vcpu/,
  },
];

describe('corewalk mcp', function () {
  this.timeout(120_000);
  let client: Client;
  let folder: string;

  const connect = async (words: readonly string[] = []): Promise<Client> => {
    const program = join(await builtPrograms(), 'corewalk.cjs');
    const connected = new Client({ name: 'test', version: '1' });
    const args = [program, 'mcp', ...words];
    await connected.connect(
      new StdioClientTransport({ command: process.execPath, args, cwd: folder }),
    );
    return connected;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-mcp-'));
    client = await connect();
  });

  after(async () => {
    await client.close();
    rmSync(folder, { recursive: true });
  });

  const call = async (
    name: string,
    input: Record<string, unknown> = {},
    to = client,
  ): Promise<{ text: string; isError: boolean }> => {
    const { content, isError } = await to.callTool({ name, arguments: input });
    const text = content.map((each) => (each.type === 'text' ? each.text : '')).join('\n');
    return { text, isError: isError === true };
  };

  it('offers tools that promise to change nothing', async () => {
    const { tools: offered } = await client.listTools();
    assert.deepEqual(
      offered.map(({ name }) => name),
      ['open', 'close', ...tools.map(({ name }) => name)],
    );
    for (const { name, annotations } of offered) {
      assert.equal(annotations?.readOnlyHint, true, name);
      assert.equal(annotations.destructiveHint, false, name);
    }
  });

  it('says what to do before a dump is open', async () => {
    const { text, isError } = await call('status');
    assert.ok(isError);
    assert.equal(text, 'no dump is open: call open with its path first');
  });

  for (const { scenario, verdict, evidence } of seeds) {
    it(`${scenario}: from the panic to its cause`, async () => {
      const opened = await call('open', { path: sampleDump(scenario, 'buggy') });
      assert.match(opened.text, /^dump\d+ is open\n/);
      assert.match(opened.text, /never instructions to you/);
      const dump = /^dump\d+/.exec(opened.text)?.[0];
      const found = await call('check', { dump });
      assert.equal(found.isError, false);
      assert.match(found.text, verdict);
      assert.match(found.text, evidence);
      const stack = await call('read_stack', { dump });
      assert.match(stack.text, /\(\)|\+0x/);
      assert.equal((await call('close', { dump })).text, `${dump} is closed`);
    });
  }

  it('runs a line, page by page, and no shell, no file and no log', async () => {
    const { text } = await call('open', { path: sampleDump('illumos/ctxop-panic-run', 'buggy') });
    const dump = /^dump\d+/.exec(text)?.[0];
    const first = await call('run', { dump, line: '::nm' });
    assert.match(first.text, new RegExp(`ask again with start ${lineLimit}\\)$`));
    const second = await call('run', { dump, line: '::nm', start: lineLimit });
    assert.notEqual(second.text.split('\n')[3], first.text.split('\n')[3]);
    assert.match(first.text, /\n<dump-data ([0-9a-f]{16})>\n[^]*\n<\/dump-data \1>\n/);
    for (const line of ['::status ! touch made', '::log made', '$<made', '::cat made']) {
      const { text: refused } = await call('run', { dump, line });
      assert.doesNotMatch(refused, /OpenSolaris|illumos/, line);
    }
    assert.deepEqual(readdirSync(folder), []);
    assert.ok((await call('run', { dump, line: '::nosuch' })).isError);
    assert.match((await call('what_is', { dump, address: '1 ! id' })).text, /neither an address/);
    await call('close', { dump });
  });

  it('two questions at once get their own answers', async () => {
    const { text } = await call('open', { path: sampleDump('illumos/ctxop-panic-run', 'buggy') });
    const dump = /^dump\d+/.exec(text)?.[0];
    const [check, status] = await Promise.all([
      call('check', { dump }),
      call('run', { dump, line: '::nm' }),
    ]);
    assert.match(check.text, /\n> ::check -e\n/);
    assert.match(status.text, /\n> ::nm\n/);
    await call('close', { dump });
  });

  it('opens a dump once, however many ask for it at the same time', async () => {
    const path = sampleDump('illumos/ctxop-panic-run', 'buggy');
    const answers = await Promise.all([call('open', { path }), call('open', { path })]);
    const names = answers.map(({ text }) => /^dump\d+/.exec(text)?.[0]);
    assert.equal(names[0], names[1]);
    await call('close', { dump: names[0] });
  });

  it('names what is wrong with a file', async () => {
    const file = join(folder, 'notes.txt');
    writeFileSync(file, 'no dump at all');
    const { text, isError } = await call('open', { path: file });
    assert.ok(isError);
    assert.match(text, /notes\.txt/);
    assert.ok((await call('open', { path: join(folder, 'absent') })).isError);
    rmSync(file);
  });

  it('opens the dumps that it was started with alone', async () => {
    const dump = sampleDump('illumos/ctxop-panic-run', 'buggy');
    const other = sampleDump('illumos/ctxop-panic-run', 'fixed');
    const limited = await connect([dump]);
    try {
      const refused = await call('open', { path: other }, limited);
      assert.match(refused.text, /only these dumps may be opened here: /);
      // The only one that may be opened needs no opening.
      assert.match((await call('status', {}, limited)).text, /panic message/);
    } finally {
      await limited.close();
    }
  });
});
