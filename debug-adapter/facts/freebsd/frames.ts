/** Which threads are inside which functions, with what variables: what is in progress when a dump is taken. */
import { frameArguments, frameScopes } from '../../target/locals.ts';
import type { Frame, StackStart, Target } from '../../target/target.ts';
import { unwind } from '../../target/unwind.ts';
import { allThreads, perCpus, processOf, tid } from './processes.ts';

const frameLimit = 64;

/** `TDS_INACTIVE`: the thread has left for good. Source: FreeBSD, sys/proc.h. */
const inactive = 0n;

export interface ThreadFrame {
  readonly thread: bigint;
  /** Undefined when no CPU runs it. */
  readonly cpu: number | undefined;
  readonly function: string;
  readonly frame: Frame;
}

interface Frames {
  readonly frames: readonly ThreadFrame[];
  /** Threads whose stack could not be unwound to its end. */
  readonly broken: readonly bigint[];
}

const known = new WeakMap<Target, Frames>();

/** Frames of all threads that still run or may run again, innermost first. Read once for each dump. */
export function threadFrames(target: Target): readonly ThreadFrame[] {
  return framesOnce(target).frames;
}

/** Threads whose stack can't be unwound to its end: what they hold is not known. */
export function brokenStacks(target: Target): readonly bigint[] {
  return framesOnce(target).broken;
}

function framesOnce(target: Target): Frames {
  const before = known.get(target);
  if (before) return before;
  const broken: bigint[] = [];
  const found = { frames: [...readFrames(target, broken)], broken };
  known.set(target, found);
  return found;
}

function* readFrames(target: Target, broken: bigint[]): Generator<ThreadFrame> {
  const running = new Map(perCpus(target).map(({ id, currentThread }) => [currentThread, id]));
  for (const thread of allThreads(target)) {
    const cpu = running.get(thread);
    const isGone = target.value('struct thread', thread).member('td_state').unsigned() === inactive;
    if (cpu === undefined && isGone) continue;
    const start = stackStart(target, thread, cpu);
    const first = yield* framesFrom(target, { thread, cpu, start }, broken);
    // The registers belong to no thread there: what the thread does is where it was saved.
    if (first === 'switch_load' && !isGone)
      yield* framesFrom(
        target,
        { thread, cpu, start: stackStart(target, thread, undefined) },
        broken,
      );
  }
}

/** @returns the innermost function */
function* framesFrom(
  target: Target,
  { thread, cpu, start }: Pick<ThreadFrame, 'thread' | 'cpu'> & { readonly start: StackStart },
  broken: bigint[],
): Generator<ThreadFrame, string> {
  const frames = unwind(target, start);
  let first = '';
  for (let count = 0; count < frameLimit; count++) {
    const next = frames.next();
    if (next.done === true) {
      if (next.value.reason !== 'outermost') broken.push(thread);
      break;
    }
    const frame = next.value;
    const name = (target.symbolize(frame.lookupAddress) ?? '').replace(/\+.*$/, '');
    if (count === 0) first = name;
    yield { thread, cpu, function: name, frame };
  }
  return first;
}

/** Where a thread's stack begins: at its CPU's registers, or where the switch left it. Source: FreeBSD, amd64/amd64/cpu_switch.S. */
export function stackStart(target: Target, thread: bigint, cpu: number | undefined): StackStart {
  if (cpu !== undefined) return { kind: 'cpu', cpu };
  const pcb = target.value('struct thread', thread).member('td_pcb').dereference();
  const registers = new Map<string, bigint>();
  for (const name of ['r15', 'r14', 'r13', 'r12', 'rbp', 'rbx', 'rip'])
    registers.set(name, pcb.member(`pcb_${name}`).unsigned());
  registers.set('rsp', pcb.member('pcb_rsp').unsigned() + 8n);
  return { kind: 'registers', registers };
}

/** An argument or variable of a frame's function as a number; undefined when it is not known. */
export function variable(
  target: Target,
  { frame }: Pick<ThreadFrame, 'frame'>,
  name: string,
): bigint | undefined {
  const found =
    frameArguments(target, frame).find((each) => each.name === name) ??
    frameScopes(target, frame)
      .flatMap((scope) => scope.variables)
      .find((each) => each.name === name);
  return found?.value?.unsigned();
}

/** `tid 100101 (a)`. */
export function threadName(target: Target, thread: bigint): string {
  const process = processOf(target, thread);
  const name = target.value('struct proc', process).member('p_comm').text(20) ?? '';
  return `tid ${tid(target, thread)} (${name})`;
}

/** Functions on a CPU's stack, innermost first. */
export function functionsOf(target: Target, cpu: number): readonly string[] {
  return threadFrames(target)
    .filter((each) => each.cpu === cpu)
    .map((each) => each.function);
}
