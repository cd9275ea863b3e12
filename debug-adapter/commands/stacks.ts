/** `::stacks`: threads with equal stacks, grouped and counted. */
import { UsageError } from '../../dump-format/errors.ts';
import type { Frame, KernelThread, Target } from '../target/target.ts';
import { threadAt } from '../target/threads.ts';
import { unwind, type StackEnd } from '../target/unwind.ts';
import { gapRows, readThreads } from './lib-threads.ts';
import { textRow, type Dcmd, type Invocation, type Row } from './command.ts';
import { formatFrame } from '../target/symbolize.ts';

/** Frames of a stack that count; deeper ones are cut, and the group says so. */
export const groupedFrames = 64;

const pointerWidth = 16;

export const stacks: Dcmd = {
  name: 'stacks',
  address: 'optional',
  summary: 'print unique kernel thread stacks',
  description:
    'Threads are grouped by their state, what they wait for, and their stacks, frame by frame; the largest groups come first, the thread that panicked last. ' +
    'The filters choose threads: lower-case letters those that match, upper-case letters those that do not. Thread addresses from a pipe restrict it to these; into a pipe go the threads.',
  options: [
    { letter: 'a', argument: 'none', help: 'every thread of a group' },
    {
      letter: 'c',
      argument: 'text',
      argumentName: 'function',
      help: 'with this function (or function+offset) on the stack',
    },
    { letter: 'C', argument: 'text', argumentName: 'function', help: 'without it' },
    {
      letter: 'i',
      argument: 'none',
      help: 'the interesting ones: neither waiting on a CV nor free',
    },
    {
      letter: 'm',
      argument: 'text',
      argumentName: 'module',
      help: 'with a function of a source file whose path holds this',
    },
    { letter: 'M', argument: 'text', argumentName: 'module', help: 'without one' },
    {
      letter: 's',
      argument: 'text',
      argumentName: 'object',
      help: 'waiting for this kind of object',
    },
    { letter: 'S', argument: 'text', argumentName: 'object', help: 'not waiting for it' },
    { letter: 't', argument: 'text', argumentName: 'state', help: 'in this state' },
    { letter: 'T', argument: 'text', argumentName: 'state', help: 'not in it' },
    { letter: 'v', argument: 'none', help: 'with a summary' },
  ],
  examples: [
    { line: '::stacks', explains: 'what all threads are doing' },
    { line: '::stacks -t SLEEP -C idle', explains: 'sleepers that are not idle' },
  ],
  origin: 'mdb',
  *run(invocation) {
    const { target, hasAddress, address } = invocation;
    const gaps: string[] = [];
    const threads = hasAddress ? [threadAt(target, address)] : readThreads(target, gaps);
    yield* grouped(invocation, threads);
    yield* gapRows(gaps);
  },
  *runPipe(invocation, input) {
    const { target } = invocation;
    function* piped(): Generator<KernelThread | undefined> {
      for (const { value } of input) if (value !== undefined) yield threadAt(target, value);
    }
    yield* grouped(invocation, piped());
  },
};

interface Group {
  /** Addresses. */
  readonly threads: bigint[];
  readonly state: string;
  readonly object: string;
  readonly pcs: readonly bigint[];
  readonly names: readonly string[];
  /** Why the stack is not whole; undefined when it is. */
  readonly problem: string | undefined;
  readonly isPanic: boolean;
}

/** What tells a thread's group: everything but the names, which follow from the pcs. */
interface Stack extends Pick<Group, 'pcs' | 'problem'> {
  readonly frames: readonly Frame[];
}

function* grouped(
  invocation: Invocation,
  threads: Iterable<KernelThread | undefined>,
): Generator<Row> {
  if (invocation.arguments.length > 0) throw new UsageError('');
  checkWords(invocation);
  const { target } = invocation;
  const groups = new Map<string, Group>();
  const accepts = filterOf(invocation);
  const panicThread =
    target.kernel?.panicMessage === undefined
      ? undefined
      : target.kernel.currentThread(target.panicCpu);
  let count = 0;
  for (const thread of threads) {
    if (!thread) continue;
    invocation.session.checkpoint({ done: ++count, what: 'reading stacks' });
    const stack = readStack(target, thread);
    const isPanic = panicThread === thread.address;
    const state = isPanic ? 'PANIC' : thread.state.toUpperCase();
    const object = thread.waitsFor?.toUpperCase() ?? '<NONE>';
    const key = [isPanic, state, object, stack.problem, ...stack.pcs].join(' ');
    let group = groups.get(key);
    if (!group) {
      const names = stack.frames.map((frame) => formatFrame(target.symbols, frame));
      const { pcs, problem } = stack;
      group = { threads: [], state, object, pcs, names, problem, isPanic };
      groups.set(key, group);
    }
    group.threads.push(thread.address);
  }
  const sorted = [...groups.values()].filter(accepts).sort(compare);
  if (!invocation.isPipeOut) yield* groupRows(invocation, sorted, count);
  else for (const group of sorted) yield* group.threads.map(threadValue);
}

function readStack(target: Target, { start }: KernelThread): Stack {
  const pcs: bigint[] = [];
  const frames: Frame[] = [];
  if (!start) return { pcs, frames, problem: '(no saved context)' };
  const walk = unwind(target, start);
  for (let step = walk.next(); ; step = walk.next()) {
    if (step.done === true) return { pcs, frames, problem: problemOf(step.value) };
    if (pcs.length >= groupedFrames) return { pcs, frames, problem: '... truncated ...' };
    pcs.push(step.value.pc);
    frames.push(step.value);
  }
}

function problemOf({ reason }: StackEnd): string | undefined {
  return reason === 'outermost' ? undefined : `(${reason})`;
}

/** The panic last, larger groups first, then state, stack by name, depth, and what they wait for. */
function compare(a: Group, b: Group): number {
  return (
    Number(a.isPanic) - Number(b.isPanic) ||
    b.threads.length - a.threads.length ||
    order(a.state, b.state) ||
    order(a.problem ?? '', b.problem ?? '') ||
    order(a.names.join('\n'), b.names.join('\n')) ||
    a.pcs.length - b.pcs.length ||
    order(a.object, b.object)
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** mdb's words for what a thread is doing and what it waits for; a kernel may have others. */
const knownStates = 'FREE SLEEP RUN ONPROC ZOMB STOPPED WAIT PANIC'.split(' ');
const knownObjects = '<NONE> MUTEX RWLOCK CV SEMA USER USER_PI SHUTTLE'.split(' ');

/** @throws UsageError for a state or an object that neither mdb nor any thread of the dump knows */
function checkWords({ options, target }: Invocation): void {
  const asked = ['s', 'S', 't', 'T'].flatMap((letter) => {
    const word = options.text(letter)?.toUpperCase();
    return word === undefined ? [] : [{ word, isState: letter.toLowerCase() === 't' }];
  });
  if (asked.length === 0) return;
  const threads = [...readThreads(target, [])];
  const states = new Set([...knownStates, ...threads.map(({ state }) => state.toUpperCase())]);
  const objects = new Set([
    ...knownObjects,
    ...threads.flatMap(({ waitsFor }) => (waitsFor === undefined ? [] : [waitsFor.toUpperCase()])),
  ]);
  for (const { word, isState } of asked) {
    if ((isState ? states : objects).has(word)) continue;
    const what = isState ? 'state' : 'sobj';
    throw new UsageError(`invalid ${what}: ${word.toLowerCase()}`);
  }
}

function filterOf({ options, target }: Invocation): (group: Group) => boolean {
  const calls = (name: string) => (group: Group) =>
    group.names.some((each) => each === name || each.replace(/\+.*$/, '') === name);
  const comesFrom = (part: string) => (group: Group) =>
    group.pcs.some((pc) => target.debugInfo?.lineAt(pc - 1n)?.file.includes(part) === true);
  const waits = (object: string) => (group: Group) => group.object === object.toUpperCase();
  const isIn = (state: string) => (group: Group) => group.state === state.toUpperCase();
  const tests: ((group: Group) => boolean)[] = [];
  for (const [letter, make] of [
    ['c', calls],
    ['m', comesFrom],
    ['s', waits],
    ['t', isIn],
  ] as const) {
    const wanted = options.text(letter);
    const unwanted = options.text(letter.toUpperCase());
    if (wanted !== undefined) tests.push(make(wanted));
    if (unwanted !== undefined) tests.push((group) => !make(unwanted)(group));
  }
  if (options.has('i'))
    tests.push((group) => group.isPanic || (group.object !== 'CV' && group.state !== 'FREE'));
  return (group) => tests.every((test) => test(group));
}

function* groupRows(
  { options, target }: Invocation,
  groups: readonly Group[],
  count: number,
): Generator<Row> {
  const heading: Row = {
    spans: [{ kind: 'heading', text: line('THREAD', 'STATE', 'SOBJ', 'COUNT') }],
  };
  const isEvery = options.has('a');
  if (!isEvery && groups.length > 0) yield heading;
  for (const group of groups) {
    if (isEvery) yield heading;
    for (const [index, thread] of group.threads.entries()) {
      if (index > 0 && !isEvery) break;
      const size = index === 0 ? group.threads.length.toString() : '-';
      yield threadRow(group, thread, size);
    }
    const indent = ' '.repeat(pointerWidth + 1);
    for (const [index, pc] of group.pcs.entries()) {
      const text = group.names[index] ?? target.formatAddress(pc);
      yield {
        spans: [
          { kind: 'text', text: indent },
          { kind: 'symbol', text, address: pc },
        ],
      };
    }
    if (group.problem !== undefined)
      yield { spans: [{ kind: 'comment', text: `${indent}${group.problem}` }] };
    yield { spans: [] };
  }
  if (options.has('v')) yield textRow(`${count} threads, ${groups.length} groups shown`);
}

function threadRow(group: Group, thread: bigint, size: string): Row {
  const { state, object, pcs, names } = group;
  return textRow(line(thread.toString(16), state, object, size), {
    value: thread,
    data: { thread, state, object, count: group.threads.length, pcs, names },
  });
}

function line(thread: string, state: string, object: string, count: string): string {
  return `${thread.padEnd(pointerWidth)} ${state.padEnd(8)} ${object.padEnd(pointerWidth)} ${count.padStart(8)}`;
}

function threadValue(address: bigint): Row {
  return { spans: [{ kind: 'address', text: address.toString(16), address }], value: address };
}
