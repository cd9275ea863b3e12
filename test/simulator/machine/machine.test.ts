/** The machine's own contract: configuration, knobs, marks, what people see, images that are checked before they run. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bytesSource } from '../../../dump-format/byte-source.ts';
import { openFile } from '../../../dump-format/file-source.ts';
import { checkImage } from '../../../simulator/machine/check-image.ts';
import { createMachine } from '../../../simulator/machine/create-machine.ts';
import { readKernelImage } from '../../../simulator/machine/image.ts';
import { stopAt } from '../../../simulator/machine/machine.ts';
import type { Machine } from '../../../simulator/machine/machine.ts';
import { hasGcc } from '../../support/c-program.ts';
import { buildKernel } from '../../support/kernel-image.ts';
import { addressOf, runToEnd, smallKernel, variable } from '../../support/small-kernel.ts';

const kernels = resolve(import.meta.dirname, '../../../sample-dumps/kernels');

describe('machine', function () {
  this.timeout(60_000);

  for (const os of readdirSync(kernels)) {
    const images = listImages(join(kernels, os, 'images'));
    for (const name of images) {
      it(`can execute all of ${os}/${name}`, () => {
        const image = readKernelImage(openFile(join(kernels, os, 'images', name)));
        assert.deepEqual(checkImage(image), []);
      });
    }
  }

  describe('built here', () => {
    before(function () {
      if (!hasGcc) this.skip();
    });

    it('starts every CPU as the platform promises', () => {
      const { image } = buildKernel({ assembly: '.globl start\nstart: hlt\n' });
      const machine = createMachine(image, { cpus: 3, memoryBytes: 32 << 20, tscStart: 77n });
      const expected: Readonly<Record<string, bigint>> = {
        rip: image.entry,
        rdi: 2n,
        rsi: 3n,
        rdx: 32n << 20n,
        rsp: 0n,
        rflags: 2n,
        cs: 8n,
        ss: 0x10n,
        cr0: 0x80010033n,
        cr3: 0x1000n,
        cr4: 0x40620n,
        efer: 0xd01n,
        xcr0: 7n,
        tsc: 77n,
      };
      for (const [name, value] of Object.entries(expected))
        assert.equal(machine.register(2, name), value, name);
      assert.equal(machine.hardware(2).privilege, 0);
      assert.equal(machine.translate(0, 0xffffffff80000000n + (31n << 20n)), 31n << 20n);
      assert.equal(machine.translate(0, 0xffffffff80000000n + (32n << 20n)), undefined);
      assert.equal(machine.translate(0, 0x100000n), undefined);
    });

    it('refuses configurations, knobs and registers that can not be', () => {
      const { image } = buildKernel({
        assembly: '.globl start\nstart: hlt\n',
        c: 'int knob; struct { long a[4]; } large;',
      });
      const wrong = [
        [{ cpus: 0 }, /1 to 64 CPUs, not 0/],
        [{ cpus: 65 }, /not 65/],
        [{ cpus: 1, memoryBytes: 4097 }, /4096-byte pages, not 4097/],
        [{ cpus: 1, memoryBytes: 4096 * 8 }, /is beyond memory/],
        [{ cpus: 1, drainAgeSteps: 0 }, /after 1 step or more/],
        [{ cpus: 1, ticksPerStep: -1n }, /does not run backwards/],
        [{ cpus: 1, knobs: { nothing: 1n } }, /knob nothing: .* no integer variable/],
        [{ cpus: 1, knobs: { large: 1n } }, /knob large/],
      ] as const;
      for (const [configuration, message] of wrong)
        assert.throws(() => createMachine(image, configuration), message);
      const machine = createMachine(image, { cpus: 1, knobs: { knob: -2n } });
      const knob = machine.readVirtual(0, addressOf(machine, 'knob'), 4);
      assert.equal(Buffer.from(knob).readInt32LE(), -2);
      assert.throws(() => machine.register(0, 'rdx0'), /no such register: rdx0/);
      assert.throws(() => machine.register(1, 'rax'), /there is no cpu1/);
      assert.throws(() => machine.writeVirtual(0, 0x400000n, new Uint8Array(1)), /400000/);
      assert.throws(() => machine.writePhysical(64n << 20n, new Uint8Array(1)), /beyond memory/);
    });

    it('writes the console and ends with what the kernel said', () => {
      for (const [value, reason] of [
        [0, 'clean'],
        [1, 'panic'],
        [2, 'assertion'],
        [77, 'panic'],
      ] as const) {
        const machine = smallKernel(`void kmain(u64 cpu) {
          for (const char *p = "hello\\n"; *p; p++) __asm__ volatile("out %0, $0xe9" :: "a"(*p));
          end(${value});
        }`);
        machine.execute(0, 100_000);
        assert.equal(Buffer.from(machine.console).toString(), 'hello\n');
        assert.equal(machine.stop?.reason, reason);
        assert.match(
          machine.stop.detail,
          new RegExp(`^${value} written to port f4 at .* \\(kmain`),
        );
        assert.equal(machine.execute(0, 5), 'stopped');
        assert.equal(machine.canExecute(0), false);
      }
      for (const [c, message] of [
        ['__asm__ volatile("inb $0x64, %%al" ::: "rax")', /read of port 64/],
        ['__asm__ volatile("outw %%ax, $0xe9" ::: "rax")', /write of port e9/],
        ['rdmsr(0x1234)', /read of MSR 1234/],
        ['wrmsr(0x1234, 1)', /write of MSR 1234/],
        ['wrmsr(0x830, 0x4500)', /interrupt command 4500 is not modelled/],
        ['write_cr0(read_cr0() & ~0x80000000ul)', /leaves 64-bit mode/],
      ] as const) {
        const machine = smallKernel(`void kmain(u64 cpu) { ${c}; }`);
        machine.execute(0, 100_000);
        assert.equal(machine.stop?.reason, 'unsupported-access');
        assert.match(machine.stop.detail, message);
      }
    });

    it('stops in front of marks, after at least one step', () => {
      const machine = smallKernel(`volatile u64 x;
        void kmain(u64 cpu) { __asm__ volatile("nop; push %rax; pop %rax; lock incq x; incq x; nop; nop"); }`);
      const at = addressOf(machine, 'kmain');
      machine.setBreakpoints([at]);
      assert.equal(machine.nextMarks(0), 0);
      assert.equal(machine.execute(0, 100_000, stopAt.breakpoint), 'mark');
      assert.equal(machine.register(0, 'rip'), at);
      assert.ok((machine.nextMarks(0) & stopAt.breakpoint) !== 0);
      assert.equal(machine.execute(0, 1, stopAt.breakpoint), 'budget');
      const stops: boolean[] = [];
      while (machine.execute(0, 100, stopAt.memoryAccess) === 'mark' && stops.length < 3) {
        assert.equal(machine.nextMarks(0), stopAt.memoryAccess | stopAt.anyMemoryAccess);
        stops.push(machine.isBetweenInstructions(0));
      }
      assert.deepEqual(stops, [true, true, false]);
      machine.setBreakpoints([]);
      machine.setRegister(0, 'rip', at);
      assert.equal(machine.nextMarks(0) & stopAt.breakpoint, 0);
    });

    it('tells a pause from other marks', () => {
      const machine = smallKernel(
        'void kmain(u64 cpu) { __asm__ volatile("nop; pause; nop; mov (%rsp), %rax"); }',
      );
      machine.setBreakpoints([addressOf(machine, 'kmain')]);
      assert.equal(machine.execute(0, 100_000, stopAt.breakpoint), 'mark');
      const stops = stopAt.pause | stopAt.anyMemoryAccess;
      const results = [1, 2].map(() => machine.execute(0, 100, stops));
      assert.ok(results.includes('pause'), results.join(' '));
      assert.equal(machine.execute(0, 100, stopAt.pause), 'stopped', 'no other pause');
    });

    it('lists what it can not execute, with place and bytes, and leaves data in text alone', () => {
      const { image } = buildKernel({
        assembly: `.globl start
.type start, @function
start: nop; addps %xmm1, %xmm2; hlt; .byte 0x06; ret
.size start, . - start
data: .byte 0x0f, 0x0b, 0x06, 0x06
.type good, @function
good: ret
.size good, . - good
`,
      });
      const found = checkImage(image).map(({ place, mnemonic, bytes }) => [
        place,
        mnemonic,
        Buffer.from(bytes).toString('hex'),
      ]);
      assert.deepEqual(found, [
        ['start+0x1', 'addps', '0f58d1'],
        ['start+0x5', 'invalid', '06'],
      ]);
    });

    it('keeps a guest and its VMCS over a snapshot', () => {
      const machine = smallKernel(`#include "vmx.h"
        volatile u64 turns;
        static void guest(void) { for (;;) { turns++; __asm__ volatile("vmcall"); } }
        void kmain(u64 cpu) {
          prepare_guest(guest, 2);
          for (int i = 0; i < 10; i++) { vm_enter(i > 0); skip_instruction(); }
          vmclear(vmcs);
          RESULT(0, turns);
        }`);
      machine.setBreakpoints([addressOf(machine, 'guest')]);
      assert.equal(machine.execute(0, 100_000, stopAt.breakpoint), 'mark');
      assert.equal(machine.hardware(0).vmx.isInGuest, true);
      const inGuest = machine.snapshot();
      const before = machine.hardware(0);
      runToEnd(machine);
      assert.equal(variable(machine, 'turns'), 10n);
      assert.equal(machine.hardware(0).vmcss.length, 0);
      machine.restore(inGuest);
      assert.deepEqual(machine.hardware(0), before);
      assert.equal(variable(machine, 'turns'), 0n);
      runToEnd(machine);
      assert.equal(variable(machine, 'turns'), 10n);
    });

    it('refuses files that are no kernel', () => {
      const { bytes } = buildKernel({ assembly: '.globl start\nstart: hlt\n' });
      const wrong = bytes.slice();
      wrong[18] = 183;
      assert.throws(
        () => readKernelImage(bytesSource(wrong, 'arm')),
        /arm: e_type, e_machine: not an x86-64 executable/,
      );
      assert.throws(() => readKernelImage(bytesSource(bytes.subarray(0, 4000), 'cut')), /cut: /);
    });

    it('answers CPUID the same on every machine', () => {
      const leaves = (): string => {
        const machine: Machine = smallKernel(`void kmain(u64 cpu) {
          static const u32 leaf[] = { 0, 1, 7, 0xb, 0xd, 0x15, 0x80000000, 0x80000001, 0x80000008 };
          for (int i = 0; i < 9; i++) {
            u32 a = leaf[i], b, c = 0, d;
            __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
            RESULT(2 * i, (u64)a << 32 | b); RESULT(2 * i + 1, (u64)c << 32 | d);
          }
        }`);
        runToEnd(machine);
        return Array.from({ length: 18 }, (_, i) =>
          variable(machine, 'results', i).toString(16),
        ).join(' ');
      };
      const first = leaves();
      assert.equal(leaves(), first);
      assert.equal(first.slice(0, 11), '15756e6547 '.slice(0, 11));
    });
  });
});

function listImages(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.elf'));
  } catch {
    return [];
  }
}
