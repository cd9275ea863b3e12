/** gdb, on the kernel and dump that we write, shows what we show: registers, stacks, variables, structures. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import type { SourceLine } from '../../dump-format/debug-info.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { frameScopes, type FrameVariable } from '../../debug-adapter/target/locals.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import type { Value } from '../../debug-adapter/target/value.ts';
import {
  backtraces,
  inGdbNotation,
  listedNames,
  printed,
  signalFrame,
  variableInGdbNotation,
  type GdbFrame,
} from '../support/gdb-values.ts';
import { gdbSession, hasGdb, hasReadelf, withDumpFiles } from '../support/gdb.ts';
import { coreBytes, simulateAt, simulatedTarget } from '../support/simulated-dumps.ts';

/** A panic and a forced dump of each layout and kernel; and objects that gdb prints whole, as C expressions. */
const dumps: readonly (readonly [string, string, readonly string[]])[] = [
  ['illumos/ctxop-panic-run', 'buggy', ['*panic_thread->t_ctx', '*panic_thread', 'cpus[0]']],
  ['illumos/ctxop-panic-run', 'fixed', ['*cpus[0].cpu_thread->t_ctx', '*cpus[0].cpu_thread']],
  ['illumos/ctxop-panic-switch', 'buggy', ['*panic_thread->t_ctx->next', '*vmm_vm']],
  ['illumos/ctxop-silent', 'buggy', ['*vmm_vm', 'sim_cpu[1]']],
  ['akaros/vmcs-ctrl-c', 'buggy', ['sim_cpu[0]', 'per_cpu_info[0]']],
  ['akaros/vmcs-kill-9', 'fixed', ['sim_vmcs', 'per_cpu_info[1]']],
  ['dragonfly/df01-stale-tlb', 'buggy', ['sim_cpu[1]']],
  ['kvm/kv01-hcall-gpr3', 'buggy', ['sim_cpu[2]', '*first_cpu', '*vm_list.lh_first', 'spapr']],
  ['kvm/kv05-x86-mmio', 'buggy', ['*vm_list.lh_first->vcpus[0]', '*first_cpu']],
  ['freebsd/fb01-curpmap-uaf', 'buggy', ['__pcpu[1]', 'vmspace0', '*vmspace_zone']],
];

/** Frames of each CPU whose variables are compared. */
const framesLookedInto = 6;

describe('gdb agrees', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasGdb) this.skip();
  });

  for (const [path, variant, objects] of dumps) {
    describe(`${path} ${variant}`, () => {
      let bytes: Uint8Array;
      let target: Target;
      let asked: readonly AskedLevel[];
      let answers: Answers;

      before(() => {
        bytes = coreBytes(simulateAt(path, variant));
        target = openTarget(openDump(bytesSource(bytes, path)));
        asked = target.cpus.flatMap(({ index: cpu }) =>
          levelsOf(target, cpu)
            .filter(({ name }) => name !== signalFrame)
            .slice(0, framesLookedInto)
            .map((level) => ({ ...level, thread: threadOf(target, cpu) })),
        );
        answers = askGdb(bytes, {
          stacks: ['thread apply all bt'],
          registers: target.cpus.flatMap(({ index }) => registerQuestions(threadOf(target, index))),
          variables: asked.flatMap(variableQuestions),
          objects: objects.map((expression) => `p/x ${expression}`),
        });
      });

      it('on the registers of each CPU', () => {
        const answer = answersIn(answers, 'registers');
        for (const { registers, fxsave } of target.cpus) {
          const [, general = '', ...vectors] = answer(registerQuestions(0).length);
          checkGeneralRegisters(general, registers);
          assert.deepEqual(vectors.map(printed), vectorState(fxsave));
        }
      });

      it('on the stack of each CPU: functions, arguments, lines', () => {
        const theirs = backtraces(answers.get('stacks')?.[0] ?? '');
        assert.equal(theirs.size, target.cpus.length);
        for (const { index: cpu } of target.cpus)
          checkStack(levelsOf(target, cpu), theirs.get(cpu + 1) ?? []);
      });

      it('on the variables of frames', () => {
        const answer = answersIn(answers, 'variables');
        for (const level of asked) checkVariables(level, answer(variableQuestions(level).length));
        assert.ok(asked.some(({ variables }) => variables.some((each) => !each.isParameter)));
      });

      it('on whole structures, member by member', () => {
        assert.deepEqual(
          answers.get('objects')?.map(printed),
          objects.map((expression) => inGdbNotation(valueOf(target, expression))),
        );
      });

      it('and readelf has no complaint', function () {
        if (!hasReadelf) this.skip();
        withDumpFiles(bytes, ({ dump, kernel }) => {
          for (const file of [dump, kernel]) checkWithReadelf(file);
        });
      });
    });
  }

  it('on each operator of the seed’s thread, by its address', () => {
    const target = simulatedTarget('illumos/ctxop-panic-run', 'buggy');
    const addresses: bigint[] = [];
    for (
      let at = target.global('panic_thread').path('t_ctx').unsigned();
      at !== 0n;
      at = target.value('struct ctxop', at).member('next').unsigned()
    )
      addresses.push(at);
    const bytes = coreBytes(simulateAt('illumos/ctxop-panic-run', 'buggy'));
    const operators = addresses.map((address) => `p/x *(struct ctxop *)0x${address.toString(16)}`);
    const answers = askGdb(bytes, { operators });
    assert.equal(addresses.length, 5);
    assert.deepEqual(
      answers.get('operators')?.map(printed),
      addresses.map((address) => inGdbNotation(target.value('struct ctxop', address))),
    );
  });
});

/** Answers by what they are about, in the order of the questions. */
type Answers = ReadonlyMap<string, readonly string[]>;

/** One gdb answers all questions about a dump: its start is what takes time. */
function askGdb(
  bytes: Uint8Array,
  questions: Readonly<Record<string, readonly string[]>>,
): Answers {
  const { greeting, answers } = withDumpFiles(bytes, (files) =>
    gdbSession(files, Object.values(questions).flat()),
  );
  assert.doesNotMatch(greeting, /warning/i);
  let next = 0;
  return new Map(
    Object.entries(questions).map(([key, { length }]) => [
      key,
      answers.slice(next, (next += length)),
    ]),
  );
}

/** Hands out answers in order, so many at a time. */
function answersIn(answers: Answers, key: string): (count: number) => readonly string[] {
  const rest = [...(answers.get(key) ?? [])];
  return (count) => rest.splice(0, count);
}

const xmmNumbers = Array.from({ length: 16 }, (_, number) => number);

function registerQuestions(thread: number): readonly string[] {
  const vectors = ['p/x $mxcsr', ...xmmNumbers.map((number) => `p/x $xmm${number}.uint128`)];
  return [`thread ${thread}`, 'info registers', ...vectors];
}

function checkGeneralRegisters(text: string, ours: ReadonlyMap<string, bigint>): void {
  const theirs = new Map(
    [...text.matchAll(/^(\w+) +(0x[0-9a-f]+) /gm)].map(([, name = '', value = '']) => [
      name === 'eflags' ? 'rflags' : name,
      BigInt(value),
    ]),
  );
  for (const [name, value] of ours)
    // gdb has these two for Linux only.
    if (name !== 'fs_base' && name !== 'gs_base') assert.equal(theirs.get(name), value, name);
  assert.ok(ours.size >= 24);
}

/** MXCSR and the 16 vector registers, as gdb prints them. Source: Intel SDM volume 1, figure of the FXSAVE area. */
function vectorState(fxsave: Uint8Array | undefined): string[] {
  assert.ok(fxsave);
  const view = new DataView(fxsave.buffer, fxsave.byteOffset, fxsave.byteLength);
  const xmm = xmmNumbers.map((number) => {
    const [low, high] = [0, 8].map((half) => view.getBigUint64(160 + 16 * number + half, true));
    return (((high ?? 0n) << 64n) | (low ?? 0n)).toString(16);
  });
  return [view.getUint32(24, true).toString(16), ...xmm].map((digits) => `0x${digits}`);
}

/** A frame as gdb counts them: an inlined call has one of its own. */
interface Level {
  readonly number: number;
  readonly name: string;
  readonly variables: readonly FrameVariable[];
  readonly place: string | undefined;
}

/** The stack of a CPU. */
function levelsOf(target: Target, cpu: number): Level[] {
  const levels: Omit<Level, 'number'>[] = [];
  for (const frame of target.stack({ kind: 'cpu', cpu })) {
    let line = target.debugInfo?.lineAt(frame.lookupAddress);
    const scopes = frame.isTrap ? [] : frameScopes(target, frame);
    for (const { function: name, variables, calledFrom } of scopes) {
      levels.push({ name, variables, place: placeOf(line) });
      line = calledFrom;
    }
    if (scopes.length > 0) continue;
    const symbol = target.symbolize(frame.lookupAddress)?.replace(/\+.*/, '') ?? '??';
    levels.push({ name: frame.isTrap ? signalFrame : symbol, variables: [], place: placeOf(line) });
  }
  return levels.map((level, number) => ({ ...level, number }));
}

function placeOf(line: SourceLine | undefined): string | undefined {
  return line && `${line.file}:${line.line}`;
}

function checkStack(ours: readonly Level[], theirs: readonly GdbFrame[]): void {
  assert.deepEqual(
    theirs.map(({ name }) => name),
    ours.map(({ name }) => name),
  );
  for (const { number, name, variables, place } of ours) {
    const frame = theirs[number] ?? assert.fail();
    const expected = variables.filter(({ isParameter }) => isParameter);
    assert.deepEqual(
      [...frame.parameters.keys()],
      expected.map((each) => each.name),
      name,
    );
    for (const variable of expected) {
      const value = frame.parameters.get(variable.name) ?? '';
      // gdb tells enumerations and structures by their names: those are compared by `print/x`.
      if (/^(-?\d+|0x[0-9a-f]+)$/.test(value))
        assert.equal(
          BigInt.asUintN(64, BigInt(value)),
          BigInt.asUintN(64, variable.value?.signed() ?? 0n),
          `${name}: ${variable.name}`,
        );
    }
    if (frame.place !== undefined) assert.equal(place, frame.place, name);
  }
}

/** A level, and how gdb is brought there. */
interface AskedLevel extends Level {
  readonly thread: number;
}

/** gdb numbers its threads in the order of the notes. */
function threadOf(target: Target, cpu: number): number {
  return target.dump.cpus.findIndex((each) => each.cpu === cpu) + 1;
}

function variableQuestions({ thread, number, variables }: AskedLevel): readonly string[] {
  const values = variables.map(({ name }) => `p/x ${name}`);
  return [`thread ${thread}`, `frame ${number}`, 'info args', 'info locals', ...values];
}

function checkVariables(
  { name: what, variables }: Level,
  [, , parameters = '', locals = '', ...values]: readonly string[],
): void {
  const names = (isParameter: boolean): string[] =>
    variables.filter((each) => each.isParameter === isParameter).map(({ name }) => name);
  assert.deepEqual(listedNames(parameters), names(true), what);
  assert.deepEqual(listedNames(locals).toSorted(), names(false).toSorted(), what);
  assert.deepEqual(
    variables.map((each, index) => `${each.name} = ${printed(values[index] ?? '')}`),
    variables.map((each) => `${each.name} = ${variableInGdbNotation(each)}`),
    what,
  );
}

function checkWithReadelf(file: string): void {
  const { stderr, stdout, status } = spawnSync('readelf', ['-aW', file], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  assert.deepEqual([stderr, status], ['', 0]);
  assert.match(stdout, /^ELF Header:/);
}

/** The value of `name`, `name[0]`, `name.path` or `*name->path`. */
function valueOf(target: Target, expression: string): Value {
  const [, star, name = '', rest = ''] = /^(\*?)(\w+)(.*)$/.exec(expression) ?? [];
  const path = rest.replace(/^(\.|->)/, '');
  const global = target.global(name);
  const value = path === '' ? global : global.path(path);
  return star === '*' ? value.dereference() : value;
}
