/** Dumps of other writers: what QEMU, Linux and gdb put into a core is understood as they mean it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource } from '../../dump-format/byte-source.ts';
import type { Dump } from '../../dump-format/dump.ts';
import { FaultError } from '../../dump-format/errors.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { memoryTailKey, openDump } from '../../dump-format/open-dump.ts';
import { writeInfo } from '../../dump-format/text-note.ts';
import * as elf from '../../dump-format/elf/constants.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { pr_pid, pr_reg, prstatusBytes, registerOrder } from '../../dump-format/elf/registers.ts';
import { writeCore } from '../../dump-format/core-writer.ts';
import { buildElf, join as joinBytes, noteSegment, type TestElf } from './elf-builder.ts';
import { hasTool, temporaryDirectory } from './kernel-fixture.ts';

function open(test: TestElf): Dump {
  return openDump(bytesSource(buildElf(test), 'vmcore'));
}

function status(pid: number, rip: bigint): { owner: string; type: number; data: Uint8Array } {
  const data = new Uint8Array(prstatusBytes);
  const view = new DataView(data.buffer);
  view.setUint32(pr_pid, pid, true);
  view.setBigUint64(pr_reg + registerOrder.indexOf('rip') * 8, rip, true);
  return { owner: 'CORE', type: elf.NT_PRSTATUS, data };
}

const note = (
  owner: string,
  data: Uint8Array = new Uint8Array(4),
): { owner: string; type: number; data: Uint8Array } => ({ owner, type: 0, data });

describe('the CPUs of a dump', () => {
  function check(
    notes: Parameters<typeof noteSegment>[0],
    cpus: readonly number[],
    warnings: readonly string[] = [],
  ): void {
    const dump = open({ segments: [noteSegment(notes)] });
    assert.deepEqual(
      dump.cpus.map(({ cpu }) => cpu),
      cpus,
    );
    assert.deepEqual(
      dump.warnings.map(({ severity, text }) => `${severity}: ${text}`),
      warnings,
    );
  }

  it('are numbered by pid minus one where the writer counts CPUs so: QEMU and we', () => {
    check([status(3, 1n), status(1, 2n), note('QEMU')], [2, 0]);
    check([status(3, 1n), status(1, 2n), note('KDUMPINFO')], [2, 0]);
  });

  it('are numbered by their place where pids are those of tasks, 0 when idle', () => {
    check([status(0, 1n), status(77, 2n), status(0, 3n), note('VMCOREINFO')], [0, 1, 2]);
    check([status(77, 1n), status(12, 2n)], [0, 1]);
  });

  it('are numbered by their place when the numbers make no sense', () => {
    const warning =
      'warning: vmcore: NT_PRSTATUS: pids are not distinct CPU numbers; CPUs are numbered by their place';
    check([status(1, 1n), status(1, 2n), note('QEMU')], [0, 1], [warning]);
  });

  it('are left out when their note is too small, and the others stay', () => {
    const short = { ...status(1, 1n), data: new Uint8Array(144) };
    check(
      [short, status(2, 2n)],
      [0],
      ['error: vmcore: NT_PRSTATUS: need 336 bytes, have 144; CPU left out'],
    );
  });

  it('are not made up for machines that we can not read', () => {
    const dump = open({ machine: elf.EM_AARCH64, segments: [noteSegment([status(1, 1n)])] });
    assert.equal(dump.machine, 'aarch64');
    assert.deepEqual(dump.cpus, []);
    assert.deepEqual(dump.warnings, [
      {
        severity: 'warning',
        text: 'vmcore: registers of this machine are not read, only those of x86-64',
      },
    ]);
  });
});

describe('the text note of a dump', () => {
  it('is ours, else that of Linux', () => {
    const lines = (text: string): Uint8Array => new TextEncoder().encode(text);
    const linux = note(
      'VMCOREINFO',
      lines('OSRELEASE=6.1\nPAGESIZE=4096\nnonsense\n=x\nOSRELEASE=again\nEMPTY='),
    );
    const ours = note('KDUMPINFO', lines('OSRELEASE=5.11'));
    assert.deepEqual(
      [...open({ segments: [noteSegment([linux])] }).info],
      [
        ['OSRELEASE', '6.1'],
        ['PAGESIZE', '4096'],
        ['EMPTY', ''],
      ],
    );
    assert.deepEqual(
      [...open({ segments: [noteSegment([linux, ours])] }).info],
      [['OSRELEASE', '5.11']],
    );
  });

  it('can say that the tail of a segment is zeros', () => {
    const info = note('KDUMPINFO', writeInfo(new Map([[memoryTailKey, 'zero']])));
    const segment = { virtualAddress: 0x1000n, bytes: Uint8Array.of(1), memorySize: 4096n };
    assert.equal(open({ segments: [noteSegment([info]), segment] }).virtual.readU32(0x1ffcn), 0);
    assert.throws(() => open({ segments: [segment] }).virtual.readU32(0x1ffcn), FaultError);
  });
});

describe('a core of gdb', () => {
  it('reads as gdb reads it: notes at the end, segments unaligned', function () {
    if (!hasTool('gcc') || !hasTool('gdb')) return this.skip();
    const directory = temporaryDirectory();
    const run = (file: string, ...options: string[]): string =>
      execFileSync(file, options, {
        cwd: directory,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      });
    writeFileSync(
      join(directory, 'list.c'),
      'struct n { long v; struct n *next; } b = {2, 0}, a = {1, &b}; long sum;\n' +
        'void stop(void) {}\nint main(void) { for (struct n *p = &a; p; p = p->next) sum += p->v; stop(); return 0; }\n',
    );
    run('gcc', '-g', '-static', '-no-pie', 'list.c', '-o', 'list');
    const commands = [
      'break stop',
      'run',
      'generate-core-file list.core',
      'info registers',
      'x/4gx &a',
      'x/16gx $rsp',
      'p/x &sum',
    ];
    const text = run(
      'gdb',
      '-nx',
      '-q',
      '-batch',
      ...commands.flatMap((each) => ['-ex', each]),
      'list',
    );
    const dump = openDump(openFile(join(directory, 'list.core')), {
      program: openFile(join(directory, 'list')),
    });
    const [cpu] = dump.cpus;
    assert.ok(cpu);
    let registers = 0;
    for (const [, name, value] of text.matchAll(/^([a-z][a-z0-9_]+) +(0x[0-9a-f]+) /gm)) {
      const ours = cpu.registers.get(name === 'eflags' ? 'rflags' : (name ?? ''));
      if (ours === undefined) continue;
      assert.equal(ours, BigInt(value ?? 0), name);
      registers++;
    }
    assert.ok(registers >= 24);
    let words = 0;
    for (const [, address, first, second] of text.matchAll(
      /^(0x[0-9a-f]+)[^:\n]*:\t(0x\S+)\t(0x\S+)$/gm,
    )) {
      const place = BigInt(address ?? 0);
      assert.equal(dump.virtual.readU64(place), BigInt(first ?? 0));
      assert.equal(dump.virtual.readU64(place + 8n), BigInt(second ?? 0));
      words += 2;
    }
    assert.equal(words, 20);
    const sum = dump.symbols.byName('sum');
    assert.ok(sum && text.includes(`= 0x${sum.address.toString(16)}`));
    assert.equal(dump.virtual.readU64(sum.address), 3n);
    assert.throws(() => dump.virtual.readU8(0n), FaultError);
    assert.throws(() => dump.physical.readU8(0n), FaultError);
  });

  it('and a core of ours names the file of an image whose ELF header was loaded', function () {
    if (!hasTool('gcc')) return this.skip();
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'a.c'), 'int main(void) { return 0; }\n');
    execFileSync('gcc', ['-static', '-no-pie', 'a.c', '-o', 'a'], { cwd: directory });
    const image = openElf(bytesSource(readFileSync(join(directory, 'a')), 'a'));
    const core = writeCore({
      image,
      imageName: 'unix',
      cpus: [{ cpu: 0, registers: new Map(), fxsave: undefined }],
      panickingCpu: 0,
      signal: 6,
      segments: [],
      info: new Map(),
      notes: [],
      sources: new Map(),
    });
    const { notes } = openDump(bytesSource(joinBytes([...core]), 'vmcore'));
    const file = notes.find(({ type }) => type === elf.NT_FILE);
    assert.ok(file);
    const view = new DataView(file.data.buffer, file.data.byteOffset);
    const loads = [...image.programHeaders()].filter(({ type }) => type === elf.PT_LOAD);
    assert.equal(view.getBigUint64(0, true), BigInt(loads.length));
    assert.equal(view.getBigUint64(16, true), loads[0]?.virtualAddress);
    assert.match(new TextDecoder().decode(file.data), /(\/kernel\/unix\0)+$/);
    const auxiliary = notes.find(({ type }) => type === elf.NT_AUXV);
    assert.ok(auxiliary);
    const vector = new DataView(auxiliary.data.buffer, auxiliary.data.byteOffset);
    const entries = new Map(
      Array.from({ length: auxiliary.data.length / 16 }, (_, index) => [
        Number(vector.getBigUint64(index * 16, true)),
        vector.getBigUint64(index * 16 + 8, true),
      ]),
    );
    assert.equal(entries.get(elf.AT_ENTRY), image.header.entry);
    assert.equal(entries.get(elf.AT_PHDR), (loads[0]?.virtualAddress ?? 0n) + 64n);
    assert.equal(entries.get(elf.AT_PHNUM), BigInt(image.programHeaderCount));
  });
});
