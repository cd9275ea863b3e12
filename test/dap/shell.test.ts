/** Shell pipes from an editor: only when the launch says that workspace and user have agreed. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtPrograms } from '../support/built-programs.ts';
import { buildProgram, hasGcc } from '../support/c-program.ts';
import { DapClient } from '../support/dap-client.ts';

describe('dap: shell pipes', () => {
  let adapter = '';
  let dump = '';
  let folder = '';

  before(async function () {
    if (!hasGcc) this.skip();
    adapter = join(await builtPrograms(), 'adapter.cjs');
    dump = buildProgram('shell', 'int x = 7; int main(void) { return x; }');
    folder = mkdtempSync(join(tmpdir(), 'corewalk-shell-'));
  });
  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  /** What a line of the console answers, in a session launched with these attributes. */
  async function answer(attributes: object, line: string): Promise<string> {
    const client = new DapClient(adapter);
    try {
      await client.open({ coreFile: dump, ...attributes });
      const response = await client.request('evaluate', { expression: line, context: 'repl' });
      await client.close();
      const said = client.events.map(({ body }) => String(body['output'] ?? '')).join('');
      return `${String(response.body['result'] ?? '')}\n${response.message ?? ''}\n${said}`;
    } finally {
      client.kill();
    }
  }

  const lines = (file: string): readonly string[] => [
    `! touch ${file}`,
    `1=X ! touch ${file}`,
    `::echo 1 ! 'touch ${file}; cat' | ::map .`,
    `!< touch ${file}`,
    `::eval '! touch ${file}'`,
  ];

  for (const [name, attributes] of [
    ['nothing said', {}],
    ['refused', { allowShell: false }],
  ] as const)
    it(`run nothing: ${name}`, async () => {
      const file = join(folder, 'made');
      for (const line of lines(file)) {
        const said = await answer(attributes, line);
        assert.match(said, /shell/, line);
        assert.ok(!existsSync(file), `${line}: ${said}`);
      }
    });

  it('run when they are allowed', async () => {
    const said = await answer({ allowShell: true }, '0t65=X ! tr 41 xy');
    assert.match(said, /xy/);
  });

  it('are no way in for the start-up lines of a launch configuration', async () => {
    const file = join(folder, 'startup');
    await answer({ startup: [`! touch ${file}`] }, '1=X');
    assert.ok(!existsSync(file));
  });
});
