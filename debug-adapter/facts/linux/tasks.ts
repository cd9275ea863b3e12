/** Linux's tasks: processes by the list of all, their threads, states, and where a task that does not run goes on. */
import { FaultError, LookupError } from '../../../dump-format/errors.ts';
import type { KernelThread, StackStart, Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';
import { hasMember, listElements } from './lists.ts';
import { currentTask, idleTask } from './per-cpu.ts';

const task = 'struct task_struct';

/** Processes: `init_task`, then the leaders on its list. @throws FaultError, LookupError after those that could be reached */
export function* processes(target: Target): Generator<bigint> {
  const first = target.symbolAddress('init_task');
  const tasks = target.value(task, first).member('tasks');
  yield first;
  yield* listElements(target, tasks.address ?? 0n, task, 'tasks');
}

/** Threads of a process, its leader first. */
export function* processThreads(target: Target, leader: bigint): Generator<bigint> {
  const value = target.value(task, leader);
  // init_task is no thread of a process: the idle tasks of other CPUs are like it.
  if (leader === target.symbolAddress('init_task')) {
    yield leader;
    return;
  }
  const signal = value.member('signal');
  if (hasMember(target, task, 'thread_node') && signal.unsigned() !== 0n) {
    const head = signal.dereference().member('thread_head').address ?? 0n;
    yield* listElements(target, head, task, 'thread_node');
    return;
  }
  // A ring without a head, before thread_head was there; and a leader without signals is a zombie that is being reaped.
  yield leader;
  if (!hasMember(target, task, 'thread_group')) return;
  const ring = value.member('thread_group').address ?? 0n;
  yield* listElements(target, ring, task, 'thread_group');
}

/** Every task: those of processes, then the idle tasks of CPUs, of which the list has the first alone. */
export function* allTasks(target: Target): Generator<bigint> {
  for (const leader of processes(target)) yield* processThreads(target, leader);
  const first = target.symbolAddress('init_task');
  for (const { index } of target.cpus) {
    const idle = readOr(0n, () => idleTask(target, index));
    if (idle !== 0n && idle !== first) yield idle;
  }
}

/** Which task each CPU runs, by the task's address. */
export function runningTasks(target: Target): ReadonlyMap<bigint, number> {
  const running = new Map<bigint, number>();
  for (const { index } of target.cpus) {
    const current = readOr(0n, () => currentTask(target, index));
    if (current !== 0n) running.set(current, index);
  }
  return running;
}

/** A task as a thread of the target. */
export function describeTask(
  target: Target,
  address: bigint,
  running: ReadonlyMap<bigint, number>,
): KernelThread {
  const value = target.value(task, address);
  const cpu = running.get(address);
  const leader = value.member('group_leader').unsigned();
  return {
    address,
    type: task,
    name: commandName(value),
    state: stateWord(value),
    cpu,
    id: value.member('pid').signed().toString(),
    process: leader === 0n ? undefined : leader,
    start: cpu === undefined ? sleepingContext(target, value) : { kind: 'cpu', cpu },
  };
}

/** `comm`: at most 15 characters. */
export function commandName(value: Value): string {
  return value.member('comm').text(16) ?? '?';
}

/** Bits of a state, lowest first, in crash's words. Source: linux, include/linux/sched.h, TASK_REPORT; crash, task.c, `ps`. */
const stateWords: readonly (readonly [bit: bigint, word: string])[] = [
  [0x1n, 'IN'],
  [0x2n, 'UN'],
  [0x4n, 'ST'],
  [0x8n, 'TR'],
  [0x10n, 'DE'],
  [0x20n, 'ZO'],
  [0x40n, 'PA'],
  [0x80n, 'DE'],
  [0x200n, 'WA'],
  [0x800n, 'NE'],
];
/** TASK_UNINTERRUPTIBLE with TASK_NOLOAD: a kernel thread that has nothing to do. */
const idleState = 0x402n;

/** The state of a task in two letters: RU, IN, UN, ID, ST, TR, ZO, DE, PA, WA, NE. */
export function stateWord(value: Value): string {
  // Renamed in Linux 5.14.
  const state = value.member(value.hasMember('__state') ? '__state' : 'state').unsigned();
  const exit = value.member('exit_state').unsigned();
  if (exit === 0n && state === 0n) return 'RU';
  if (exit === 0n && (state & idleState) === idleState) return 'ID';
  const bits = state | exit;
  return stateWords.find(([bit]) => (bits & bit) !== 0n)?.[1] ?? '??';
}

/** Registers of `struct inactive_task_frame` by our names. */
const savedNames: Readonly<Record<string, string>> = { bx: 'rbx', bp: 'rbp', ret_addr: 'rip' };

/**
 * What a task that was switched away from left on its stack.
 *
 * Source: linux, arch/x86/include/asm/switch_to.h, `struct inactive_task_frame`, and arch/x86/kernel/unwind_orc.c, __unwind_start.
 */
function sleepingContext(target: Target, value: Value): StackStart | undefined {
  const type = target.findType('struct inactive_task_frame');
  if (type?.kind !== 'struct') return undefined;
  return readOr(undefined, () => {
    const stack = value.path('thread.sp').unsigned();
    if (stack === 0n) return undefined;
    const frame = target.value(type, stack);
    const registers = new Map<string, bigint>([
      ['rsp', BigInt.asUintN(64, stack + BigInt(type.size))],
    ]);
    for (const { name } of type.members)
      if (name !== undefined)
        registers.set(savedNames[name] ?? name, frame.member(name).unsigned());
    return { kind: 'registers' as const, registers };
  });
}

/** What can't be read is as good as not there. */
export function readOr<Result>(fallback: Result, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
    return fallback;
  }
}
