/** Files that are not what they claim, through the command line: what is wrong is told in clear lines, and what is there stays usable. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { extractKernel } from '../../dump-format/kernel-image.ts';
import { runCorewalk, type Run } from '../support/run-corewalk.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

describe('bad input', function () {
  this.timeout(60_000);
  let folder = '';
  let whole: Uint8Array;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-bad-'));
    whole = coreBytes(simulateAt('illumos/ctxop-panic-run', 'buggy'));
    writeFileSync(join(folder, 'whole'), whole);
    mkdirSync(join(folder, 'a-folder'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (...words: string[]): Promise<Run> => runCorewalk(words, { folder });
  const file = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return name;
  };

  describe('that holds nothing to show ends in one line, with status 1', () => {
    const checkRefused = async (name: string, message: RegExp): Promise<void> => {
      for (const words of [
        ['-e', '::status', '-e', '1=X', name],
        ['check', name],
      ]) {
        const { output, errors, status } = await run(...words);
        assert.deepEqual({ words, output, status }, { words, output: '', status: 1 });
        assert.match(errors, /^corewalk: [^\n]+\n$/);
        assert.match(errors, message);
      }
    };

    it('a wrong magic', async () => {
      const bytes = whole.slice();
      bytes[3] = 0x47;
      await checkRefused(
        file('magic', bytes),
        /^corewalk: magic: not an ELF file: begins with 7f 45 4c 47, expected 7f 45 4c 46$/m,
      );
    });
    it('an empty file', () =>
      checkRefused(file('empty', new Uint8Array()), /empty: not an ELF file: .*the file is empty/));
    it('a missing file', () => checkRefused('missing.core', /missing\.core: no such file/));
    it('a directory', () => checkRefused('./a-folder', /a-folder: not a regular file/));

    for (const [size, message] of [
      [3, /not an ELF file: begins with 7f 45 4c, expected/],
      [4, /EI_CLASS: need 1 bytes, have 0 at offset 0x4$/m],
      [16, /e_type: need 2 bytes, have 0 at offset 0x10$/m],
      [63, /e_shstrndx: need 2 bytes, have 1 at offset 0x3e$/m],
    ] as const)
      it(`a header cut off after ${size} bytes`, () =>
        checkRefused(file(`cut-${size}`, whole.subarray(0, size)), message));
  });

  describe('that is cut off', () => {
    /** Asks for something that needs no dump, for what is gone, and for something that needs no dump again. */
    const lines = ['-e', '0t77=X', '-e', 'panic_thread::print', '-e', '::status', '-e', '0t78=X'];

    const truncated = (size: number): Promise<Run> =>
      run(...lines, file(`cut-${size}`, whole.subarray(0, size)));

    const checkUsable = ({ output, status }: Run, size: number): void => {
      assert.equal(status, 1, 'lines that are well do not make the dump whole');
      assert.match(output, /^ +4d +$/m);
      assert.ok(output.includes(`debugging crash dump cut-${size} (64-bit)`), output);
      assert.match(output, /^ +4e +$/m);
    };

    it('in its memory: one line says how much is missing; types, registers and the rest are there', async () => {
      const middle = Math.floor(whole.length / 2);
      for (const size of [middle, whole.length - 4096, whole.length - 1]) {
        const { errors, ...rest } = await truncated(size);
        checkUsable({ errors, ...rest }, size);
        const told = errors.split('\n').filter((line) => line.startsWith('corewalk: '));
        assert.equal(told.length, 1, errors);
        assert.match(
          told[0] ?? '',
          new RegExp(
            `^corewalk: cut-${size}: truncated: has ${size} bytes, its segments need ${whole.length}: \\d+ bytes in \\d+ of the segments are missing$`,
          ),
        );
      }
      const name = `cut-${middle}`;
      const { output } = await run('-e', '$r', '-e', '::sizeof kthread_t', '-e', '::status', name);
      assert.match(output, /^%rax = 0x/m);
      assert.match(output, /sizeof \(kthread_t\) = 0x/);
      assert.match(output, /^panic message: \(unknown: failed to read .* the dump is cut off/m);
    });

    it('in its tables: each missing table is one line', async () => {
      const { header } = openElf(bytesSource(whole, 'whole'));
      const places: [number, RegExp][] = [
        [header.programHeaderOffset, /program headers: need \d+ bytes for \d+ entries, have 0/],
        [header.programHeaderOffset + 100, /program headers: need \d+ bytes for \d+ entries, have/],
        [header.sectionHeaderOffset, /section headers: need \d+ bytes for \d+ entries, have 0/],
      ];
      for (const [size, message] of places) {
        const result = await truncated(size);
        checkUsable(result, size);
        assert.match(result.errors, message);
        for (const line of result.errors.trim().split('\n'))
          assert.match(line, new RegExp(`^(corewalk: cut-${size}: |mdb: )[^\\n]+$`));
        assert.match(result.output, /^panic message: \(unknown: no kernel is recognised\)$/m);
      }
    });

    it('is not found in order by the checkers', async () => {
      for (const size of [64, Math.floor(whole.length / 2)]) {
        const { status, errors } = await run('check', file('cut', whole.subarray(0, size)));
        assert.notEqual(status, 0, `${size} bytes`);
        assert.match(errors, /^corewalk: cut: /);
      }
    });

    it('gives no kernel that is not whole', async () => {
      const { status, errors } = await run(
        'extract-kernel',
        file('cut', whole.subarray(0, 4096)),
        '-o',
        'kernel',
      );
      assert.equal(status, 1);
      assert.match(errors, /^corewalk: cut: [^\n]+\n$/);
      assert.throws(() => readFileSync(join(folder, 'kernel')), /ENOENT/);
    });
  });

  describe('with a kernel file', () => {
    const kernelOf = (variant: string): string => {
      const bytes = coreBytes(simulateAt('illumos/ctxop-panic-run', variant));
      return file(`${variant}.kernel`, extractKernel(bytesSource(bytes, variant)));
    };

    it('of another build: one line has both build ids; the dump’s own types are used', async () => {
      const other = kernelOf('fixed');
      const lines = ['-e', '0t77=X', '-e', '::sizeof struct ctxop', '-e', '0t78=X'];
      const { output, errors, status } = await run('-k', other, ...lines, 'whole');
      assert.equal(status, 1);
      assert.match(
        errors,
        /^corewalk: fixed\.kernel is not the kernel of whole: build id [0-9a-f]{40}, the dump has [0-9a-f]{40}\n$/,
      );
      assert.match(output, /^ +4d +\n.*struct ctxop.* = 0x50\n +4e +\n$/);
    });

    it('of its own build: not a word', async () => {
      const { errors, status } = await run('-k', kernelOf('buggy'), '-e', '::status', 'whole');
      assert.deepEqual([errors, status], ['', 0]);
    });

    it('without a build id: a note, and no failure', async () => {
      const bytes = readFileSync(join(folder, kernelOf('buggy')));
      const note = bytes.indexOf(Buffer.from('\u0003\0\0\0GNU\0'));
      assert.ok(note > 0);
      bytes.write('NIX', note + 4);
      const name = file('nameless', bytes);
      const text = "nameless: no build id: can't tell whether nameless is the kernel of whole";
      const { output, errors, status } = await run('-k', name, '-e', '::status', 'whole');
      assert.deepEqual([errors, status], [`corewalk: note: ${text}\n`, 0]);
      assert.ok(output.startsWith(`note: ${text}\ndebugging crash dump whole`));
      const checked = await run('check', '-k', name, 'whole');
      assert.deepEqual([checked.errors, checked.status], [`corewalk: note: ${text}\n`, 3]);
    });

    it('that is none: one line, and the dump without it', async () => {
      const text = file('text', new TextEncoder().encode('no kernel'));
      const { output, errors, status } = await run('-k', text, '-e', '::status', 'whole');
      assert.equal(status, 1);
      assert.match(
        errors,
        /^corewalk: text: not an ELF file: [^\n]*; the kernel file is not used\n$/,
      );
      assert.match(output, /^debugging crash dump whole/m);
    });
  });

  describe('an address in no segment', () => {
    for (const [line, message] of [
      ['12345/X', /^mdb: failed to read data from target: no mapping for address\n$/],
      ['12345::print "struct ctxop"', /^mdb: failed to read 8 bytes at 12345: no mapping/],
      ['12345::list "struct ctxop" next', /^mdb: failed to read next pointer from object 12345: /],
      ['12345::walk ctxop', /^mdb: failed to read 8 bytes at 123ed: no mapping for address\n/],
      ['12345::ctxop', /^mdb: failed to read 8 bytes at 123ed: no mapping for address\n/],
      ['12345::dump', /^mdb: failed to read data at 0x12345: no mapping for address\n$/],
      ['12345::dis', /^mdb: failed to read 1 bytes at 12345: no mapping for address\n$/],
    ] as const)
      it(`${line}: the command fails, the session goes on`, async () => {
        const alone = await run('-e', line, 'whole');
        assert.equal(alone.status, 1);
        assert.match(alone.errors, message);
        const { output, errors, status } = await run('-e', line, '-e', '0t77=X', 'whole');
        assert.equal(status, 0, 'mdb’s: the last command decides');
        assert.equal(errors, alone.errors);
        assert.equal(output, `${alone.output}${' '.repeat(16)}4d${' '.repeat(14)}\n`);
      });
  });
});
