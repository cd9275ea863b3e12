/** `corewalk new-scenario` and `corewalk build`: what they make works as our own scenarios do, and what is missing is said. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findToolchain } from '../../cli/build/toolchain.ts';
import { hasGcc } from '../support/c-program.ts';
import { runCorewalk } from '../support/run-corewalk.ts';

describe('a scenario of the user', function () {
  this.timeout(60_000);
  let folder = '';
  before(() => {
    // A name that no scenario may have, whatever letters are added to it.
    folder = mkdtempSync(join(tmpdir(), 'corewalk-New-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (words: readonly string[]): ReturnType<typeof runCorewalk> =>
    runCorewalk(words, { folder });

  for (const compiler of ['gcc', 'clang'])
    it(`is made, built with ${compiler}, simulated, explored and checked`, async function () {
      if (!isInstalled(compiler)) this.skip();
      const name = `race-${compiler}`;
      assert.equal((await run(['new-scenario', name])).status, 0);
      const built = await run(['build', name, '--compiler', compiler]);
      assert.deepEqual([built.status, built.errors], [0, '']);
      const ended = await run(['simulate', name, '--console', '-o', `${name}.vmcore`]);
      assert.equal(ended.status, 0, ended.errors);
      assert.match(ended.output, /assertion failed: counter\.value == ROUNDS \* machine_cpus/);
      const found = await run(['explore', `${name}/${name}.scenario.json`]);
      assert.equal(found.status, 3, found.errors);
      assert.match(found.output, /1\. assertion: .*cpu1 until count\+0x/s);
      const fixed = await run(['explore', name, '--variant', 'fixed']);
      assert.deepEqual([fixed.status, fixed.errors], [0, '']);
      assert.match(fixed.output, /: 0 failed\nthe space is covered/);
      const value = await run(['-e', 'counter::print struct counter value', `${name}.vmcore`]);
      assert.equal(value.output, 'value = 0x2\n');
      assert.equal((await run(['check', `${name}.vmcore`])).status, 0);
    });

  it('is not made over something else, or under a name that is none', async () => {
    writeFileSync(join(folder, 'file'), '');
    for (const [name, says] of [
      ['.', /small letters, digits and hyphens/],
      ['My_Race', /small letters, digits and hyphens/],
    ] as const) {
      const { errors, status } = await run(['new-scenario', name]);
      assert.match(errors, says);
      assert.equal(status, 2);
    }
    await run(['new-scenario', 'twice']);
    assert.match((await run(['new-scenario', 'twice'])).errors, /there already and not empty/);
  });

  it('says what the compiler says, and what is wrong in kernel.json', async function () {
    if (!hasGcc) this.skip();
    await run(['new-scenario', 'broken']);
    const source = join(folder, 'broken/kernel.c');
    writeFileSync(source, readFileSync(source, 'utf8').replaceAll('c->value++;', 'c->value++'));
    const { errors, status } = await run(['build', 'broken']);
    assert.match(errors, /kernel\.c:\d+:\d+: error: expected/);
    assert.match(errors, /corewalk: buggy could not be built\n$/);
    assert.equal(status, 1);
    writeFileSync(join(folder, 'broken/kernel.json'), '{"summary":"x","sources":[],"variants":{}}');
    assert.match((await run(['build', 'broken'])).errors, /kernel\.json: variants: none/);
    assert.match((await run(['build', 'nowhere'])).errors, /no kernel\.json; `corewalk new-sc/);
    assert.match((await run(['simulate', 'broken'])).errors, /no such kernel image; `corewalk bu/);
  });

  it('names every tool that is missing', () => {
    const has =
      (...tools: string[]) =>
      (tool: string): boolean =>
        tools.includes(tool);
    assert.throws(
      () => findToolchain(undefined, has()),
      /a C compiler \(gcc or clang\), ld .*objcopy/,
    );
    assert.throws(() => findToolchain('clang', has('gcc', 'ld')), /\(clang\), objcopy/);
    assert.equal(findToolchain(undefined, has('clang', 'ld', 'objcopy')).compiler, 'clang');
    const { flags } = findToolchain('clang', has('clang', 'ld', 'objcopy'));
    assert.ok(!flags(['-gno-statement-frontiers', '-O0']).includes('-gno-statement-frontiers'));
    assert.ok(flags(['-O0']).includes('-O0'));
  });
});

function isInstalled(tool: string): boolean {
  return spawnSync(tool, ['--version']).status === 0;
}
