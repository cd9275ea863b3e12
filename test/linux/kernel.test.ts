/** The module for Linux on a tiny kernel with its names: tasks, states, messages, the panic, commands. */
import assert from 'node:assert/strict';
import type { Dump } from '../../dump-format/dump.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { hasTools } from '../dump-format/dwarf/toolchain.ts';
import { randomNumbers } from '../dump-format/elf-builder.ts';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { openTranscript } from '../transcripts.ts';
import { tinyLinux } from './tiny-linux.ts';

function lines(dump: Dump, ...input: readonly string[]): string[] {
  const inspector = openTranscript(dump, import.meta.dirname);
  return input.flatMap((line) => [...inspector.execute(line)].map(rowText));
}

describe('a dump of Linux', function () {
  before(function () {
    // The kernel is built here: its types have to be those of this compiler.
    if (!hasTools('gcc')) this.skip();
  });

  it('is recognised, and says what it is and why it stopped', () => {
    assert.deepEqual(lines(tinyLinux(), '::status').slice(0, 4), [
      'debugging crash dump vmcore (64-bit)',
      'operating system: Linux 6.1.0-tiny x86_64, #1 SMP',
      'panic message: x',
      'cpus: 2, panic on cpu 1',
    ]);
  });

  it('of a running system has no panic, whatever its messages say of the past', () => {
    const dump = tinyLinux({ panicCpu: -1, message: 'BUG: soft lockup' });
    const text = lines(dump, '::status').join('\n');
    assert.match(text, /panic message: \(none: the dump was taken of a running system\)/);
    assert.match(text, /dump taken on cpu 0/);
  });

  it('that died by kexec has the line that reported it', () => {
    const dump = tinyLinux({ message: 'BUG: kernel NULL' });
    assert.match(lines(dump, '::status').join('\n'), /panic message: BUG: kernel NULL/);
  });

  it('has its processes, what CPUs run, and their states', () => {
    assert.deepEqual(
      lines(tinyLinux(), '::ps', '::ps -t').map((line) => line.replace(/ffffffff\w+/, 'TASK')),
      [
        '     PID    PPID CPU ST TASK             COMM',
        '       0       0   - RU TASK swapper/0',
        '>      7       0   0 RU TASK sh\\033[2J',
        '     PID    PPID CPU ST TASK             COMM',
        '       0       0   - RU TASK swapper/0',
        '>      7       0   0 RU TASK sh\\033[2J',
        '       8       0   - IN TASK worker',
        '>      0       -   1 RU TASK swapper/1',
      ],
    );
  });

  it('has its threads as other kernels have them', () => {
    const target = openTarget(tinyLinux());
    assert.deepEqual(
      [...target.threads()].map(({ id, name, state, cpu }) => [id, name, state, cpu]),
      [
        ['0', 'swapper/0', 'RU', undefined],
        ['7', 'sh\u001b[2J', 'RU', 0],
        ['8', 'worker', 'IN', undefined],
        ['0', 'swapper/1', 'RU', 1],
      ],
    );
    assert.equal(lines(tinyLinux(), '::walk proc').length, 2);
    assert.equal(lines(tinyLinux(), '::walk thread').length, 4);
    assert.equal(lines(tinyLinux(), '::walk proc | ::walk thread').length, 3);
  });

  it('has the context of a task that sleeps', () => {
    const target = openTarget(tinyLinux());
    const worker = [...target.threads()].find(({ name }) => name === 'worker');
    assert.ok(worker?.start);
    const [frame] = target.stack(worker.start);
    assert.equal(target.symbolize(frame?.pc ?? 0n), 'schedule');
    assert.equal(frame?.register('rbx'), 3n);
    assert.equal(frame.register('r15'), 15n);
  });

  it('has the messages of its ring, from the oldest that is whole to the one that was laid at the beginning', () => {
    assert.deepEqual(lines(tinyLinux(), '::msgbuf'), [
      'MESSAGE',
      '[    0.000001] Booted',
      '[    2.500000] Kernel panic - not syncing: x',
      '[   12.000001] Panic!',
    ]);
  });

  it('has its modules, and knows whose stack an address is in', () => {
    assert.match(lines(tinyLinux(), '::lsmod').join('\n'), /ffffffffc0000000 2000 +tiny_mod$/);
    assert.match(
      lines(tinyLinux(), 'worker_stack+0x20::whatis').join('\n'),
      /\+20, the stack of worker \(pid 8\)/,
    );
    assert.match(
      lines(tinyLinux(), 'worker::whatis').join('\n'),
      /\+0, struct task_struct of worker \(pid 8\)/,
    );
  });

  it('has the symbols of its modules where they are, and its own names first', () => {
    const { symbols } = tinyLinux();
    assert.equal(symbols.nearestBelow(0xffffffffc0000020n)?.name, 'tiny_run');
    assert.equal(symbols.byName('tiny_run')?.address, 0xffffffffc0000010n);
    assert.equal(symbols.nearestBelow(0xffffffffc0000051n)?.name, 'schedule');
    assert.ok((symbols.byName('schedule')?.address ?? 0n) < 0xffffffffc0000000n);
    assert.equal(symbols.byName('tiny_counter'), undefined);
    // Behind the module's memory is no module, and the kernel's last symbol does not reach there.
    assert.notEqual(symbols.nearestBelow(0xffffffffc0002000n)?.name, 'schedule');
    assert.deepEqual(symbols.withPrefix('tiny_r', 9), ['tiny_run']);
  });

  it('has typed globals, although BTF names none of them', () => {
    assert.deepEqual(lines(tinyLinux(), 'init_task::print pid'), ['pid = 0']);
    assert.match(
      lines(tinyLinux(), 'init_uts_ns::print -t name.release').join('\n'),
      /char \[65\].*6\.1\.0-tiny/,
    );
  });

  it('ends, whatever its memory holds', () => {
    for (let seed = 1; seed <= 25; seed++) {
      const random = randomNumbers(seed);
      const dump = tinyLinux({
        damage: (table, bytes) => {
          if (table !== '(image)') return bytes;
          for (let change = 0; change < 300; change++) bytes[random(bytes.length)] = random(256);
          return bytes;
        },
      });
      const inspector = openTranscript(dump, import.meta.dirname);
      for (const line of [
        '::status',
        '::ps -t',
        '::threadlist -v',
        '::msgbuf',
        '::lsmod',
        '::stacks',
      ])
        assert.ok([...inspector.execute(line)].length < 100_000, `seed ${seed}: ${line}`);
    }
  });
});
