/** The command line on sample dumps: making them, asking them, checking them, and giving their kernel to others. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { projectRoot } from '../support/grammars.ts';
import { runCorewalk, type Run } from '../support/run-corewalk.ts';
import { sampleDump } from '../support/sample-dump.ts';

const scenario = 'illumos/ctxop-panic-run';

describe('corewalk on sample dumps', () => {
  let folder = '';
  let buggy = '';
  let fixed = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-dumps-'));
    buggy = sampleDump(scenario, 'buggy');
    fixed = sampleDump(scenario, 'fixed');
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (...words: string[]): Promise<Run> => runCorewalk(words, { folder });

  it('simulates a scenario into the same bytes as every other way', async () => {
    const { output, status } = await run('simulate', scenario, '-o', 'machine.vmcore');
    assert.equal(status, 0);
    assert.match(
      output,
      /^illumos\/ctxop-panic-run \(buggy\): panic after [0-9]+ steps: .*\nmachine\.vmcore: [0-9]+ bytes\n$/,
    );
    assert.deepEqual(readFileSync(join(folder, 'machine.vmcore')), readFileSync(buggy));
  });

  it('names the dump after scenario and variant when nobody names it', async () => {
    const { output } = await run('simulate', 'ctxop-panic-run', '--variant', 'fixed', '--console');
    assert.match(output, /^SunOS Release 5\.11 /);
    assert.deepEqual(
      readFileSync(join(folder, 'ctxop-panic-run.fixed.vmcore')),
      readFileSync(fixed),
    );
  });

  it('says what is wrong with a scenario, and writes nothing', async () => {
    const files = readdirSync(folder);
    writeFileSync(join(folder, 'odd.scenario.json'), '{"name": "odd"}');
    const wrong: [string[], number, RegExp][] = [
      [['ctxop-panic-rum'], 1, /no scenario 'ctxop-panic-rum': did you mean ctxop-panic-run\?/],
      [['nothing-like-it-at-all'], 1, /`corewalk scenarios` lists them/],
      [[scenario, '--variant', 'x'], 1, /has no variant 'x': it has buggy, fixed/],
      [[scenario, '--seed', '1'], 2, /follows a script: a seed changes nothing/],
      [[scenario, '--seed', 'one'], 2, /--seed: 'one' is no whole number/],
      [['nowhere.scenario.json'], 1, /nowhere\.scenario\.json: no such file/],
      [['odd.scenario.json'], 1, /odd/],
      [[], 2, /no scenario is given/],
    ];
    for (const [words, expected, message] of wrong) {
      const { errors, output, status } = await run('simulate', ...words);
      assert.deepEqual({ words, output, status }, { words, output: '', status: expected });
      assert.match(errors, message);
    }
    assert.deepEqual(readdirSync(folder).sort(), [...files, 'odd.scenario.json'].sort());
  });

  it('gives the kernel image back byte for byte', async () => {
    const { status } = await run('extract-kernel', buggy, '-o', 'kernel');
    assert.equal(status, 0);
    const image = join(projectRoot, 'sample-dumps/kernels/illumos/images/buggy.elf');
    assert.deepEqual(readFileSync(join(folder, 'kernel')), readFileSync(image));
  });

  it('prints the context operators by the line of the seed', async () => {
    const line =
      'fffffe5af5cc8040::print kthread_t t_ctx | ::list "struct ctxop" next | ::print "struct ctxop"';
    const { output, errors, status } = await run('-e', line, buggy);
    assert.deepEqual([errors, status], ['', 0]);
    const saves = [...output.matchAll(/^ {4}save_op = (\w+)$/gm)].map(([, name]) => name);
    assert.deepEqual(saves, [
      'vmm_savectx',
      'schedctl_save',
      'xsaveopt_ctxt',
      'sep_save',
      'lwp_segregs_save',
    ]);
  });

  it('checks: status 3 and evidence for the bug, status 0 and what was checked for the fix', async () => {
    const bad = await run('check', buggy);
    assert.equal(bad.status, 3);
    assert.match(bad.output, /^(BUG|ERROR) ctxop_order: thread fffffe5af5cc8040: vmm_restorectx /m);
    assert.match(bad.output, /\(fffffe5af5cc8040::ctxop\)/);
    const good = await run('check', fixed);
    assert.equal(good.status, 0);
    assert.match(good.output, /nothing wrong found; checked: .*ctxop_order/);
  });

  it('prints findings as JSON by their schema, with lines that the console takes', async () => {
    const schema: object = JSON.parse(
      readFileSync(join(projectRoot, 'docs/findings.schema.json'), 'utf8'),
    );
    const validate = new Ajv({ strict: false }).compile(schema);
    const { output, status } = await run('check', '--json', buggy);
    assert.equal(status, 3);
    const report: { findings: { evidence: { line?: string }[] }[] } = JSON.parse(output);
    assert.ok(validate(report), JSON.stringify(validate.errors));
    const lines = report.findings.flatMap(({ evidence }) => evidence.map(({ line }) => line ?? ''));
    const asked = lines.filter((line) => line !== '').flatMap((line) => ['-e', line]);
    assert.ok(asked.length > 0);
    const { errors } = await run(...asked, buggy);
    assert.equal(errors, '');
  });

  it('says what it misses when a dump lost its second half', async () => {
    const bytes = readFileSync(buggy);
    writeFileSync(join(folder, 'half.vmcore'), bytes.subarray(0, bytes.length / 2));
    const { output, errors } = await run('-e', '::status', 'half.vmcore');
    assert.match(errors, /^corewalk: .*half\.vmcore/m);
    assert.match(output, /debugging crash dump half\.vmcore/);
  });
});
