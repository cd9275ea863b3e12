/** `corewalk diff`: its lines, its JSON, its exit statuses. */
import assert from 'node:assert/strict';
import { runCorewalk } from '../support/run-corewalk.ts';
import { sampleDump } from '../support/sample-dump.ts';

describe('corewalk diff', function () {
  this.timeout(60_000);
  let buggy = '';
  let fixed = '';

  before(() => {
    buggy = sampleDump('kvm/kv01-hcall-gpr3', 'buggy');
    fixed = sampleDump('kvm/kv01-hcall-gpr3', 'reenter');
  });

  it('says what differs, and exits with 3', async () => {
    const { output, errors, status } = await runCorewalk(['diff', buggy, fixed]);
    assert.equal(errors, '');
    assert.equal(status, 3);
    const lines = output.split('\n');
    assert.match(lines[0] ?? '', /^< /);
    assert.match(lines[1] ?? '', /^> /);
    assert.match(lines[2] ?? '', /^two builds of the kernel/);
    const vcpu = lines.findIndex((line) => /^vcpu 0 [0-9a-f]+ struct kvm_vcpu$/.test(line));
    assert.match(lines[vcpu + 1] ?? '', /^ {2}arch\.gpr\[3\] +0 +0x1ffe0000$/);
    assert.match(output, /\n\d+ objects differ in \d+ members; folded: .* \(--all shows them\)\n$/);
  });

  it('says that nothing differs, and exits with 0', async () => {
    const { output, status } = await runCorewalk(['diff', buggy, buggy]);
    assert.equal(status, 0);
    assert.match(output, /\nno differences\n$/);
  });

  it('gives an object per line as JSON', async () => {
    const { output, status } = await runCorewalk(['diff', '--json', '--all', buggy, fixed]);
    assert.equal(status, 3);
    const rows = output
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    assert.ok(rows.length > 3);
    assert.match(JSON.stringify(rows), /"path":"arch\.gpr\[3\]","left":"0","right":"0x1ffe0000"/);
  });

  it('wants two dumps of one kernel', async () => {
    const other = sampleDump('akaros/vmcs-kill', 'buggy');
    for (const [words, message] of [
      [[buggy], /two dumps are wanted/],
      [[buggy, fixed, other], /two dumps at a time/],
      [[buggy, other], /dumps of two kernels: kvm and akaros/],
    ] as const) {
      const { errors, status } = await runCorewalk(['diff', ...words]);
      assert.equal(status, 2);
      assert.match(errors, message);
    }
  });
});
