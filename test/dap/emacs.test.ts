/** A client that we did not write: Emacs with dap-mode opens a dump without a window, shows threads and stack, and evaluates a line. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtPrograms } from '../support/built-programs.ts';
import { projectRoot } from '../support/grammars.ts';
import { sampleDump } from '../support/sample-dump.ts';

const client = join(projectRoot, 'test/dap/clients/dap-mode.el');

const hasDapMode =
  spawnSync('emacs', ['--batch', '--eval', "(progn (package-initialize) (require 'dap-mode))"])
    .status === 0;

describe('dap, Emacs dap-mode', function () {
  this.timeout(120_000);

  it('opens a dump, shows threads and stack, evaluates a line, and leaves', async function () {
    if (!hasDapMode) this.skip();
    const adapter = join(await builtPrograms(), 'adapter.cjs');
    const dump = sampleDump('illumos/ctxop-panic-run', 'buggy');
    const lines = await runEmacs([client, adapter, dump, '<thread::ctxop']);
    const said = (word: string): string[] =>
      lines.flatMap((line) => (line.startsWith(`${word}: `) ? [line.slice(word.length + 2)] : []));
    assert.match(said('thread')[0] ?? '', /^CPU 0: bhyve fffffe5af5cc8040 \(panicked\)$/);
    assert.ok(said('thread').length > 2);
    assert.deepEqual(said('frame').slice(0, 3), ['vpanic', 'panic', 'save_guest_fpustate']);
    assert.match(said('value')[0] ?? '', /fffffe5b2f6c4c80 vmm_savectx\s+vmm_restorectx/);
    assert.deepEqual(said('exit'), ['0']);
  });
});

/** What Emacs printed, in lines. Its home is empty, so that nobody's settings count. */
function runEmacs([script = '', ...words]: readonly string[]): Promise<string[]> {
  const home = mkdtempSync(join(tmpdir(), 'corewalk-emacs-'));
  const environment = { ...process.env, HOME: home };
  return new Promise((done, fail) => {
    execFile(
      'emacs',
      ['--batch', '-l', script, ...words],
      { env: environment, timeout: 100_000 },
      (error, output, errors) => {
        rmSync(home, { recursive: true, force: true });
        if (error) fail(new Error(`${error.message}\n${errors}`));
        else done(output.split('\n'));
      },
    );
  });
}
