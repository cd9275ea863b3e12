/** `corewalk explore` as people and programs run it: any number of threads, interrupted and resumed, replayed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtPrograms } from '../support/built-programs.ts';
import { runCorewalk } from '../support/run-corewalk.ts';

/** Some thousand schedules. */
const long = ['explore', 'lost-wakeup', '--bound', '3', '--every', '--no-checks', '--json'];

describe('corewalk explore', function () {
  this.timeout(120_000);
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-explore-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const words of [
    ['lost-wakeup'],
    ['lost-wakeup', '--strategy', 'pct', '--seeds', '200', '--no-checks'],
    ['lost-wakeup', '--strategy', 'random', '--seeds', '200', '--at', 'points'],
  ]) {
    it(`says the same with one thread and with three: ${words.join(' ')}`, async () => {
      const one = await runCorewalk(['explore', ...words, '-j', '1', '-o', 'one'], { folder });
      const three = await runCorewalk(['explore', ...words, '-j', '3', '-o', 'three'], { folder });
      assert.equal(one.errors, '');
      assert.equal(one.status, 3);
      assert.equal(
        withoutTimes(three.output).replaceAll('three/', 'one/'),
        withoutTimes(one.output),
      );
      for (const file of ['lost-wakeup.buggy.1.vmcore', 'lost-wakeup.buggy.1.schedule.json'])
        assert.ok(
          readFileSync(join(folder, 'one', file)).equals(readFileSync(join(folder, 'three', file))),
          file,
        );
    });
  }

  it('writes schedules that replay to the same dump', async () => {
    await runCorewalk(['explore', 'lost-wakeup', '-o', 'found'], { folder });
    const schedule = 'found/lost-wakeup.buggy.1.schedule.json';
    const words = ['simulate', 'lost-wakeup', '--schedule', schedule, '-o', 'again.vmcore'];
    const { status, errors } = await runCorewalk(words, { folder });
    assert.deepEqual({ status, errors }, { status: 0, errors: '' });
    const found = readFileSync(join(folder, 'found/lost-wakeup.buggy.1.vmcore'));
    assert.ok(found.equals(readFileSync(join(folder, 'again.vmcore'))));
    const other = await runCorewalk(['simulate', 'df02-npgs', '--schedule', schedule], { folder });
    assert.match(other.errors, /a schedule of lost-wakeup, not of df02-npgs/);
  });

  it('tells programs what it does, a JSON object per line', async () => {
    const { output, status } = await runCorewalk(['explore', 'lost-wakeup', '--json'], { folder });
    assert.equal(status, 3);
    const lines = parsed(output);
    assert.equal(lines[0]?.['kind'], 'begin');
    assert.equal(lines.at(-1)?.['kind'], 'end');
    assert.equal(lines.at(-1)?.['isComplete'], true);
    const found = lines.find(({ kind }) => kind === 'found');
    assert.match(String(found?.['failure']), /^deadlock: /);
    assert.ok(existsSync(join(folder, String(found?.['dump']))));
  });

  it('goes on where it was interrupted, and comes to the same end', async () => {
    const whole = parsed((await runCorewalk(long, { folder })).output).at(-1);
    const state = join(folder, 'state.json');
    const words = [...long, '-j', '2', '--state', state];
    const first = parsed(await interrupted(words, folder)).at(-1);
    assert.equal(first?.['isInterrupted'], true);
    assert.equal(first?.['saved'], state);
    assert.ok(Number(first?.['seen']) < Number(whole?.['seen']));
    const second = parsed((await runCorewalk(words, { folder })).output).at(-1);
    const counts = ({ seen, failed, cut, pruned, isComplete }: Line): unknown => {
      return { seen, failed, cut, pruned, isComplete };
    };
    assert.deepEqual(counts(second ?? {}), counts(whole ?? {}));
    assert.ok(!existsSync(state), 'a search that is over needs no state');
  });

  it('refuses words that make no sense, and the state of another search', async () => {
    const state = join(folder, 'other.json');
    writeFileSync(state, '{"digest":"0","saved":{}}');
    for (const [words, says] of [
      [['lost-wakeup', '--strategy', 'guess'], /none of exhaustive, random, pct/],
      [['lost-wakeup', '--at', 'noon'], /neither points nor accesses/],
      [['lost-wakeup', '-j', '0'], /-j: 1 to 64/],
      [['lost-wakeup', '--bound', 'many'], /--bound: 'many' is no whole number/],
      [['lost-wakeup', '--state', state], /the state of another search/],
      [['lost-wakeup', '--variant', 'green'], /has no variant 'green'/],
    ] as const) {
      const { errors, status } = await runCorewalk(['explore', ...words], { folder });
      assert.match(errors, says);
      assert.ok(status === 1 || status === 2, words.join(' '));
    }
  });
});

type Line = Readonly<Record<string, unknown>>;

function parsed(output: string): readonly Line[] {
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function withoutTimes(text: string): string {
  return text.replaceAll(/in [\d.]+ s \([\d,]+ a second\)/g, 'in N s');
}

/** Runs until the first line of progress, and interrupts; what it wrote. */
async function interrupted(words: readonly string[], folder: string): Promise<string> {
  const program = join(await builtPrograms(), 'corewalk.cjs');
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, stdio: 'pipe' });
  let output = '';
  let isAsked = false;
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString('utf8');
    if (isAsked || !output.includes('"kind":"progress"')) return;
    isAsked = true;
    child.kill('SIGINT');
  });
  await new Promise((resolve) => child.once('exit', resolve));
  return output;
}
