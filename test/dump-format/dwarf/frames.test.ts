/** Stacks, scopes and values, compared with gdb all along a program with locals of all kinds; `THOROUGH=1` at every instruction. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { openDwarf } from '../../../dump-format/dwarf/dwarf.ts';
import type { DwarfInfo } from '../../../dump-format/dwarf/dwarf.ts';
import type { CodeScope } from '../../../dump-format/debug-info.ts';
import type { Memory } from '../../../dump-format/memory.ts';
import { elfSections } from './elf-sections.ts';
import type { MemoryRange } from './stopped-frame.ts';
import { StoppedFrame, openArray, rangesMemory, showValue } from './stopped-frame.ts';
import { askGdb, build, hasTools, sourcePath } from './toolchain.ts';

/** What `recorder.py` prints of one frame. */
interface GdbFrame {
  readonly kind: 'normal' | 'inline' | 'tail' | 'signal';
  readonly function: string | null;
  readonly line: number;
  readonly symbols: readonly (readonly [string, unknown])[];
  readonly registers: Readonly<Record<string, string | null>>;
}

interface GdbRecord {
  /** By DWARF number: to the pc, then the vector registers. */
  readonly registers: readonly string[];
  readonly stack: readonly [string, string];
  /** Sections in hex; null when they are as in the record before. */
  readonly data: readonly string[] | null;
  readonly frames: readonly GdbFrame[];
}

const preserved = { rbx: 3, rbp: 6, rsp: 7, r12: 12, r13: 13, r14: 14, r15: 15 };

const dataSections = ['.data', '.bss'];

/** Counts of what was compared, so that a test that compares nothing fails. */
interface Tally {
  frames: number;
  values: number;
  missing: number;
  signals: number;
  inlined: number;
  /** Values that gdb got by guessing the tail calls in between. */
  tailCalled: number;
  /** Stacks that end before main. */
  ends: number;
}

class Comparison {
  readonly tally: Tally = {
    frames: 0,
    values: 0,
    missing: 0,
    signals: 0,
    inlined: 0,
    tailCalled: 0,
    ends: 0,
  };
  private readonly info: DwarfInfo;
  private readonly fixed: readonly MemoryRange[];
  private readonly dataAddresses: readonly bigint[];
  private data: readonly MemoryRange[] = [];

  constructor(program: string) {
    const sections = elfSections(program);
    this.info = openDwarf(sections);
    this.dataAddresses = dataSections.map((name) => sections.address(name) ?? 0n);
    this.fixed = ['.text', '.rodata', '.data'].map((name) => ({
      address: sections.address(name) ?? 0n,
      bytes: sections.section(name) ?? new Uint8Array(0),
    }));
  }

  get warnings(): readonly string[] {
    return this.info.warnings;
  }

  check(record: GdbRecord): void {
    const memory = this.memoryOf(record);
    let frame: StoppedFrame | undefined = this.innermost(record, memory);
    for (const group of physicalFrames(record.frames)) {
      const innermost = record.frames[0]?.function;
      // On the `ret` of assembler code gdb does not look at the rules, which say that there is no caller.
      if (!frame && innermost === 'thread_start') break;
      assert.ok(frame, `no frame for ${group.frames[0]?.function}, called from ${innermost}`);
      this.checkFrame(frame, group, memory);
      frame = frame.caller();
    }
    // The recorder stops at main; what ends before has no caller.
    if (record.frames.at(-1)?.function !== 'main') {
      assert.equal(frame, undefined, 'a caller of the outermost frame');
      this.tally.ends += 1;
    }
  }

  /** The innermost frame of the first record in a function. */
  stoppedIn(records: readonly GdbRecord[], name: string): { info: DwarfInfo; frame: StoppedFrame } {
    const record = records.find((each) => each.frames[0]?.function === name);
    assert.ok(record, `no stop in ${name}`);
    return { info: this.info, frame: this.innermost(record, this.memoryOf(record)) };
  }

  private innermost(record: GdbRecord, memory: Memory): StoppedFrame {
    const registers = record.registers.map(BigInt);
    const pc = registers[16] ?? 0n;
    return new StoppedFrame(this.info.unwind, memory, pc, true, (number) => registers[number]);
  }

  private memoryOf(record: GdbRecord): Memory {
    const [stackAddress, stack] = record.stack;
    if (record.data)
      this.data = record.data.map((hex, index) => ({
        address: this.dataAddresses[index] ?? 0n,
        bytes: Buffer.from(hex, 'hex'),
      }));
    const stackRange = { address: BigInt(stackAddress), bytes: Buffer.from(stack, 'hex') };
    return rangesMemory([stackRange, ...this.data, ...this.fixed]);
  }

  private checkFrame(frame: StoppedFrame, gdb: PhysicalFrame, memory: Memory): void {
    const group = gdb.frames;
    const where = `at ${frame.pc.toString(16)} in ${group.map((each) => each.function).join(' < ')}`;
    const physical = group.at(-1);
    assert.ok(physical);
    assert.equal(String(frame.pc), physical.registers['rip'], `pc ${where}`);
    for (const [name, number] of Object.entries(preserved)) {
      const value = frame.register(number);
      assert.equal(
        value === undefined ? null : String(value),
        physical.registers[name],
        `${name} ${where}`,
      );
    }
    this.tally.frames += 1;
    if (physical.kind === 'signal') this.tally.signals += 1;
    if (physical.function === null) return;
    const all = this.info.scopesAt(frame.lookupAddress);
    // gdb does not show an inlined call while the pc is on its first instruction.
    const scopes = all.slice(all.length - group.length);
    const hidden = all.slice(0, all.length - group.length);
    assert.ok(
      hidden.every((scope) => scope.function.low === frame.pc),
      `scopes ${where}`,
    );
    assert.deepEqual(
      scopes.map((scope) => scope.function.name),
      group.map((each) => each.function),
      `functions ${where}`,
    );
    for (const [index, scope] of scopes.entries()) {
      const expected = group[index];
      assert.ok(expected);
      // gdb takes the pc of a trap's frame as it is; to us it is behind a call, as in any caller.
      const address = expected.kind === 'signal' ? frame.pc : frame.lookupAddress;
      const line = all[all.indexOf(scope) - 1]?.calledFrom ?? this.info.lineAt(address);
      assert.equal(line?.line ?? 0, expected.line, `line ${where}`);
      this.checkSymbols(scope, expected, frame, memory, gdb.isTailCalled, where);
    }
    this.tally.inlined += group.length - 1;
  }

  private checkSymbols(
    scope: CodeScope,
    expected: GdbFrame,
    frame: StoppedFrame,
    memory: Memory,
    isTailCalled: boolean,
    where: string,
  ): void {
    const found = scope.variables.map((variable) => {
      const location = variable.locate(frame);
      const value = showValue(variable.type, location, memory);
      return { name: `${variable.name}:${variable.declaredAt?.line ?? 0}`, value, location };
    });
    found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    const symbols = withoutShadows(expected.symbols);
    const names = symbols.map(([name]) => name);
    assert.deepEqual(
      found.map((each) => each.name),
      names,
      `variables ${where}`,
    );
    for (const [index, { name, value, location }] of found.entries()) {
      const [, wanted] = symbols[index] ?? [];
      if (isTailCalled && location.kind === 'unavailable') {
        this.tally.tailCalled += 1;
        continue;
      }
      const what = `${name} ${where} ${JSON.stringify(location, (_, each) => (typeof each === 'bigint' ? each.toString(16) : each))}`;
      if (isNothing(wanted)) this.tally.missing += 1;
      else this.tally.values += 1;
      if (value !== openArray && wanted !== 'gdb can not tell')
        assert.deepEqual(flatten(value), flatten(wanted), what);
    }
  }
}

/** gdb shows a variable of an inlined call twice when its block has no origin: once with its value, once without. */
function withoutShadows(symbols: GdbFrame['symbols']): GdbFrame['symbols'] {
  return symbols.filter(([name, value], index) => {
    const others = symbols.filter((each, other) => each[0] === name && other !== index);
    const hasValue = others.some((each) => each[1] !== null);
    const isFirst = symbols.findIndex((each) => each[0] === name) === index;
    return value !== null || (!hasValue && isFirst);
  });
}

/** gdb's whole value that is nowhere is one null, ours has a null per member. */
function flatten(value: unknown): unknown {
  return isNothing(value) ? null : value;
}

function isNothing(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === null;
  return Object.values(value).every(isNothing);
}

/** gdb's frames of one physical frame: inlined calls, then the function. */
interface PhysicalFrame {
  readonly frames: readonly GdbFrame[];
  /** gdb has found tail calls between this function and its caller; they left no trace on the stack. */
  readonly isTailCalled: boolean;
}

function physicalFrames(frames: readonly GdbFrame[]): readonly PhysicalFrame[] {
  const groups: PhysicalFrame[] = [];
  let group: GdbFrame[] = [];
  for (const [index, frame] of frames.entries()) {
    if (frame.kind === 'tail') continue;
    group.push(frame);
    if (frame.kind === 'inline') continue;
    groups.push({ frames: group, isTailCalled: frames[index + 1]?.kind === 'tail' });
    group = [];
  }
  return groups;
}

function recordAll(program: string, every: number): readonly GdbRecord[] {
  const sections = elfSections(program);
  const places = dataSections.map((name) => [
    Number(sections.address(name)),
    name === '.bss' ? 4096 : sections.section(name)?.length,
  ]);
  const script = readFileSync(sourcePath('../recorder.py'), 'utf8');
  const answer = askGdb(
    program,
    `every = ${every}\nsections = ${JSON.stringify(places)}\n${script}`,
  );
  assert.ok(Array.isArray(answer) && answer.every(isRecord));
  return answer;
}

/** The recorder is a part of this test: a look at its outermost shape tells whether it did its work. */
function isRecord(data: unknown): data is GdbRecord {
  return typeof data === 'object' && data !== null && 'frames' in data && 'stack' in data;
}

describe('dwarf: frames', function () {
  this.timeout(120_000);

  before(function () {
    if (!hasTools('gcc', 'gdb')) this.skip();
  });

  // A caller that keeps a value in a register that calls may change trusts its callee to leave it alone (-fipa-ra).
  // gdb believes that; for us such a register is unknown in an outer frame.
  for (const [flags, every] of [
    ['-O0 -gdwarf-5', 15],
    ['-Og -gdwarf-5', 3],
    ['-O2 -fno-ipa-ra -gdwarf-5', 3],
    ['-O0 -gdwarf-4', 15],
    ['-O2 -fno-ipa-ra -gdwarf-4', 7],
  ] as const) {
    const stride = process.env['THOROUGH'] === undefined ? every : 1;
    it(`agrees with gdb on stacks, lines and values all along a program built with ${flags}`, () => {
      const program = build(`-g ${flags} -no-pie -static`, 'frames.c');
      const comparison = new Comparison(program);
      for (const record of recordAll(program, stride)) comparison.check(record);
      const { tally } = comparison;
      assert.ok(
        tally.frames > 300 && tally.values > 1000 && tally.signals > 0,
        JSON.stringify(tally),
      );
      assert.ok(flags.startsWith('-O0') || tally.missing > 100, JSON.stringify(tally));
      assert.deepEqual(comparison.warnings, []);
    });
  }

  for (const flags of ['-O0', '-O2', '-O0 -gdwarf-4 -fno-asynchronous-unwind-tables']) {
    it(`unwinds hand-written traps and thread starts as gdb does, built with ${flags}`, () => {
      const program = build(`-g ${flags} -no-pie -static`, 'trap.c', 'trap.S');
      const comparison = new Comparison(program);
      for (const record of recordAll(program, 1)) comparison.check(record);
      const { signals, ends } = comparison.tally;
      assert.ok(signals > 20 && ends > 20, JSON.stringify(comparison.tally));
      assert.deepEqual(comparison.warnings, []);
    });
  }

  it('does not guess registers that a callee may have changed', () => {
    const program = build('-g -O2 -gdwarf-5 -no-pie -static', 'frames.c');
    const { info, frame } = new Comparison(program).stoppedIn(recordAll(program, 1000), 'stop');
    const caller = frame.caller();
    assert.ok(caller);
    const [value] = info.scopesAt(caller.lookupAddress)[0]?.variables ?? [];
    assert.deepEqual(value?.locate(caller), {
      kind: 'unavailable',
      reason: 'rdi was not saved in this frame',
    });
  });
});
