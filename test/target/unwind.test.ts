/** Stacks: frame pointers, damaged chains, calls of bad pointers; and what gdb says of real cores. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import type { Dump } from '../../dump-format/dump.ts';
import type { Symbol, SymbolTable } from '../../dump-format/symbols.ts';
import { frameArguments } from '../../debug-adapter/target/locals.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { isReturnAddress, scanStack } from '../../debug-adapter/target/stack-scan.ts';
import type { Frame, StackStart } from '../../debug-adapter/target/target.ts';
import {
  frameLimit,
  unwind,
  type StackEnd,
  type UnwindSource,
} from '../../debug-adapter/target/unwind.ts';
import { memoryOf, words, type Range } from './memory-fixture.ts';

const textStart = 0x40_0000n;
const stackStart = 0x7000n;

/** A function of 256 bytes; a `call rel32` ends at offset 0x10, an indirect call of two bytes at 0x20. */
function text(): Range {
  const bytes = new Uint8Array(0x100).fill(0x90);
  bytes[0x0b] = 0xe8;
  bytes.set([0xff, 0xd0], 0x1e);
  return { start: textStart, bytes };
}

const symbol: Symbol = {
  name: 'function',
  address: textStart,
  size: 0x100n,
  type: 'function',
  binding: 'global',
  sectionIndex: 1,
};

const symbols: SymbolTable = {
  count: 1,
  byName: (name) => (name === symbol.name ? symbol : undefined),
  nearestBelow: (address) => (address >= symbol.address ? symbol : undefined),
  all: () => [symbol],
  withPrefix: () => [],
};

/** A target with a stack and no debug information. */
function sourceOf(stack: Uint8Array): UnwindSource {
  const memory = memoryOf([text(), { start: stackStart, bytes: stack }]);
  const dump: Pick<Dump, 'machine'> = { machine: 'x86-64' };
  return { memory, symbols, debugInfo: undefined, cpus: [], dump: { ...nothing, ...dump } };
}

const nothing: Dump = {
  name: 'test',
  kind: 'core',
  addressBits: 64,
  byteOrder: 'little',
  machine: 'x86-64',
  cpus: [],
  segments: [],
  virtual: memoryOf([]),
  physical: memoryOf([]),
  symbols,
  debugInfo: undefined,
  buildId: undefined,
  info: new Map(),
  notes: [],
  warnings: [],
  sourceText: () => undefined,
  close: () => {},
};

function framesOf(source: UnwindSource, start: StackStart): { frames: Frame[]; end: StackEnd } {
  const walk = unwind(source, start);
  const frames: Frame[] = [];
  for (let step = walk.next(); ; step = walk.next()) {
    if (step.done === true) return { frames, end: step.value };
    frames.push(step.value);
  }
}

function registers(rip: bigint, rsp: bigint, rbp: bigint): StackStart {
  return { kind: 'registers', registers: new Map(Object.entries({ rip, rsp, rbp, rbx: 0xbn })) };
}

describe('stacks without unwind tables', () => {
  it('follow frame pointers to their end', () => {
    const stack = words(stackStart + 0x10n, textStart + 0x10n, 0n, textStart + 0x20n);
    const { frames, end } = framesOf(
      sourceOf(stack),
      registers(textStart + 5n, 0x6ff0n, stackStart),
    );
    assert.deepEqual(
      frames.map(({ pc, lookupAddress, method }) => [pc, lookupAddress, method]),
      [
        [textStart + 5n, textStart + 5n, 'registers'],
        [textStart + 0x10n, textStart + 0xfn, 'frame-pointer'],
        [textStart + 0x20n, textStart + 0x1fn, 'frame-pointer'],
      ],
    );
    assert.equal(end.reason, 'outermost');
  });

  it('do not claim registers that they can not know', () => {
    const stack = words(0n, textStart + 0x10n);
    const { frames } = framesOf(sourceOf(stack), registers(textStart, 0x6ff0n, stackStart));
    assert.equal(frames[0]?.register('rbx'), 0xbn);
    assert.equal(frames[1]?.register('rbx'), undefined);
    assert.equal(frames[1]?.register('sp'), stackStart + 0x10n);
    assert.equal(frames[1]?.register('pc'), textStart + 0x10n);
  });

  it('begin with the caller of a bare frame pointer', () => {
    const stack = words(0n, textStart + 0x10n);
    const { frames } = framesOf(sourceOf(stack), {
      kind: 'frame-pointer',
      framePointer: stackStart,
    });
    assert.deepEqual(
      frames.map(({ pc }) => pc),
      [textStart + 0x10n],
    );
  });

  it('end where the chain is damaged, and say how', () => {
    const ends: readonly (readonly [Uint8Array, bigint, StackEnd['reason']])[] = [
      [words(0x9000n, textStart + 0x10n), stackStart, 'unreadable'],
      [words(stackStart, textStart + 0x10n), stackStart, 'not-ascending'],
      [words(0x7003n, textStart + 0x10n), stackStart, 'misaligned'],
      [words(0x3n, textStart + 0x10n), stackStart, 'misaligned'],
      [words(0x1000n, textStart + 0x10n), stackStart, 'not-ascending'],
      [words(0n), stackStart, 'unreadable'],
      [words(0n), 0xdead_0000n, 'unreadable'],
    ];
    for (const [stack, pointer, reason] of ends) {
      const { end } = framesOf(sourceOf(stack), registers(textStart, stackStart, pointer));
      assert.equal(end.reason, reason);
    }
  });

  it('are bounded', () => {
    const count = frameLimit + 100;
    const values: bigint[] = [];
    for (let index = 1; index <= count; index++)
      values.push(stackStart + BigInt(index * 16), textStart + 0x10n);
    const { frames, end } = framesOf(
      sourceOf(words(...values)),
      registers(textStart, stackStart, stackStart),
    );
    assert.deepEqual([frames.length, end.reason], [frameLimit, 'limit']);
  });

  it('cross a call of a bad pointer by the word on top of the stack', () => {
    const stack = words(textStart + 0x20n, 0n, textStart + 0x10n);
    const start = registers(0n, stackStart, stackStart + 8n);
    const { frames } = framesOf(sourceOf(stack), start);
    assert.deepEqual(
      frames.map(({ pc, method }) => [pc, method]),
      [
        [0n, 'registers'],
        [textStart + 0x20n, 'scan'],
        [textStart + 0x10n, 'frame-pointer'],
      ],
    );
    assert.equal(frames[1]?.register('rbx'), 0xbn);
  });

  it('have no frames without registers', () => {
    const { frames, end } = framesOf(sourceOf(words()), { kind: 'cpu', cpu: 0 });
    assert.deepEqual([frames, end.reason], [[], 'outermost']);
  });
});

describe('stack scans', () => {
  it('tell words behind a call from other words of functions', () => {
    const stack = words(1n, textStart + 0x10n, textStart + 0x30n, textStart + 0x20n, 0x500_0000n);
    const found = [...scanStack(sourceOf(stack), stackStart - 0x100n, stackStart + 0x1000n)];
    assert.deepEqual(
      found.map(({ address, confidence }) => [address - stackStart, confidence]),
      [
        [8n, 'call'],
        [0x10n, 'code'],
        [0x18n, 'call'],
      ],
    );
  });

  it('know every length of an indirect call', () => {
    // call *%rax; *(%rax); *8(%rax); *(%rax,%rcx,8); *8(%rax,%rcx,8); *0x100(%rax); *0x100(%rip); *0x100(,%rcx,8)
    const calls = [
      'ffd0',
      'ff10',
      'ff5008',
      'ff14c8',
      'ff54c808',
      'ff9000010000',
      'ff1500010000',
      'ff14cd00010000',
    ];
    for (const hex of calls) {
      const code = new Uint8Array(0x100).fill(0x90);
      const bytes = Buffer.from(hex, 'hex');
      code.set(bytes, 0x40);
      const memory = memoryOf([{ start: textStart, bytes: code }]);
      const source = { ...sourceOf(words()), memory };
      const after = textStart + 0x40n + BigInt(bytes.length);
      assert.equal(isReturnAddress(source, after), true, hex);
      assert.equal(isReturnAddress(source, after + 1n), false, hex);
      assert.equal(isReturnAddress(source, textStart + 0x40n), false, hex);
    }
  });
});

const program = `
typedef struct obj { int id; const char *name; } obj_t;
enum kind { KA, KB = 5 };
int (*volatile bad)(int);
__attribute__((noinline)) int leaf(obj_t *o, int n, enum kind k) { volatile int *p = 0; return n == 3 ? bad(7) + k : *p + o->id; }
__attribute__((noinline)) int middle(const char *s, long count, obj_t *o) { obj_t local = { (int)count, s }; return leaf(o ? o : &local, (int)count, KB) + local.id; }
__attribute__((noinline)) int outer(long c) { return middle("hello", c, 0) * 3; }
int main(int argc, char **argv) { return outer(argc + 2); }
`;

const builds: readonly (readonly [string, readonly string[]])[] = [
  ['-O0', ['-O0']],
  ['-O2 without frame pointers', ['-O2', '-fomit-frame-pointer', '-fno-optimize-sibling-calls']],
  ['-O0 without unwind tables', ['-O0', '-fno-asynchronous-unwind-tables', '-g0']],
];

describe('stacks of real cores agree with gdb', function () {
  this.timeout(60_000);
  for (const [name, flags] of builds) {
    it(name, function () {
      for (const tool of ['gcc', 'gdb'])
        if (spawnSync(tool, ['--version']).status !== 0) this.skip();
      const folder = mkdtempSync(join(tmpdir(), 'corewalk-stack-'));
      try {
        const expected = makeCore(folder, flags);
        if (!expected) this.skip();
        const source = openFile(join(folder, 'core'));
        const dump = openDump(source, { program: openFile(join(folder, 'program')) });
        const target = openTarget(dump);
        const frames = [...target.stack({ kind: 'cpu', cpu: 0 })];
        const ours = frames.slice(0, expected.length).map(({ pc }) => pc);
        assert.deepEqual(ours, expected);
        const middle = frames.find(({ pc }) => target.symbolize(pc)?.startsWith('middle'));
        if (name === '-O0' && middle) {
          const values = frameArguments(target, middle).map(({ value }) => value?.unsigned());
          assert.deepEqual(values.slice(1), [3n, 0n]);
        }
        dump.close();
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});

/** Runs the program in gdb until it calls a null pointer, and gives the pcs of its frames up to `main`. */
function makeCore(folder: string, flags: readonly string[]): readonly bigint[] | undefined {
  writeFileSync(join(folder, 'program.c'), program);
  const options = ['-g', '-fno-omit-frame-pointer', ...flags, '-no-pie', '-o', 'program'];
  execFileSync('gcc', [...options, 'program.c'], { cwd: folder });
  const commands = ['run', 'gcore core', 'bt'].flatMap((line) => ['-ex', line]);
  const run = spawnSync('gdb', ['-q', '-nx', '-batch', ...commands, './program'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 50_000,
  });
  if (!/Saved corefile/.test(run.stdout)) return undefined;
  const pcs = [...run.stdout.matchAll(/^#\d+ +0x([\da-f]+) in (\S+)/gm)];
  return pcs.map((match) => BigInt(`0x${match[1] ?? '0'}`));
}
