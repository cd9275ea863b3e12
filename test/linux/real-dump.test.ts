/** A dump of a real Linux kernel, named by COREWALK_LINUX_DUMP: kernels are under the GPL, so none is among our files. */
import assert from 'node:assert/strict';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';

const path = process.env['COREWALK_LINUX_DUMP'];

describe('a dump of a real Linux kernel', function () {
  this.timeout(60_000);
  let target: Target;

  before(function () {
    // Set COREWALK_LINUX_DUMP to the path of a vmcore to run these; docs/linux.md tells how to make one.
    if (path === undefined) this.skip();
    target = openTarget(openDump(openFile(path)));
  });

  after(() => target?.dump.close());

  it('opens without a kernel file, nothing doubtful', () => {
    assert.deepEqual(target.warnings, []);
    assert.equal(target.kernel?.name, 'linux');
    const release = target.dump.info.get('OSRELEASE') ?? '?';
    assert.ok(target.kernel.operatingSystem.startsWith(`Linux ${release} `));
  });

  it('has its first task, and the tasks that CPUs run among all', () => {
    assert.equal(target.global('init_task').member('comm').text(16), 'swapper/0');
    const threads = [...target.threads()];
    assert.ok(threads.length > 10);
    assert.equal(new Set(threads.map(({ address }) => address)).size, threads.length);
    for (const cpu of target.cpus) {
      const current = target.kernel?.currentThread(cpu);
      assert.ok(threads.some(({ address, cpu: on }) => address === current && on === cpu.index));
    }
  });

  it('has the stack of every task that sleeps, by ORC to its end', () => {
    for (const thread of target.threads()) {
      if (thread.cpu !== undefined || thread.state === 'ZO' || thread.state === 'DE') continue;
      assert.ok(thread.start, thread.name);
      const frames = [...target.stack(thread.start)];
      assert.ok(frames.length >= 2, `${thread.id} ${thread.name}`);
      assert.ok(
        frames.slice(1).every(({ method }) => method === 'cfi'),
        thread.id,
      );
      assert.match(target.symbolize(frames[0]?.pc ?? 0n) ?? '', /^(__schedule|ret_from_fork)/);
      const last = target.symbolize(frames.at(-1)?.pc ?? 0n) ?? '';
      assert.match(
        last,
        /^(ret_from_fork|entry_|asm_|secondary_startup|common_startup)/,
        `${thread.id}: ${last}`,
      );
    }
  });

  it('has its messages, in the order of their time', () => {
    const messages = [...(target.kernel?.messages() ?? [])];
    assert.ok(messages.some((line) => line.includes('Linux version ')) || messages.length > 100);
    const times = messages.map((line) => Number(/^\[ *([\d.]+)\]/.exec(line)?.[1]));
    assert.ok(times.every((time) => Number.isFinite(time)));
  });
});
