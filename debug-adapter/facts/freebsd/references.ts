/** Who holds a reference to an address space: processes that count, borrowers on their stacks, CPUs that do not count. */
import type { Target } from '../../target/target.ts';
import { threadFrames, variable, type ThreadFrame } from './frames.ts';
import { perCpus, processes, tid } from './processes.ts';
import type { Vmspace } from './vmspaces.ts';

/** A function that may call, at most this many bytes long. */
const functionLimit = 0x1_0000;

export interface VmspaceHolders {
  /** `struct proc` whose p_vmspace it is. */
  readonly processes: readonly bigint[];
  /** Frames between vmspace_acquire_ref and vmspace_free. */
  readonly borrowers: readonly ThreadFrame[];
  /** Frames that move a reference to it: the count may be ahead of its holders there, or behind them. */
  readonly moving: readonly ThreadFrame[];
  /** Of them, those that may take it down. */
  readonly leaving: readonly ThreadFrame[];
  /** CPUs whose curpmap it is. */
  readonly cpus: readonly number[];
}

export function holdersOf(target: Target, vmspace: Vmspace): VmspaceHolders {
  const { address, pmap } = vmspace;
  const frames = threadFrames(target);
  const moving = frames.filter((frame) => {
    const name = movers.get(frame.function);
    return name !== undefined && variable(target, frame, name) === address;
  });
  return {
    processes: [...processes(target)].filter(
      (process) => target.value('struct proc', process).member('p_vmspace').unsigned() === address,
    ),
    borrowers: borrowers(target, frames).filter(
      (frame) => variable(target, frame, 'vm') === address,
    ),
    moving,
    leaving: moving.filter((frame) => leavers.has(frame.function)),
    cpus: perCpus(target)
      .filter(({ curpmap }) => curpmap === pmap)
      .map(({ id }) => id),
  };
}

const leavers: ReadonlySet<string> = new Set(['vmspace_exit', 'vmspace_dofree']);

/** Functions between whose steps a reference is on its way, and the variable that holds the address space. */
const movers: ReadonlyMap<string, string> = new Map([
  ['vmspace_exit', 'vm'],
  ['vmspace_dofree', 'vm'],
  ['vmspace_free', 'vm'],
  ['vmspace_acquire_ref', 'vm'],
  ['vmspace_alloc', 'vm'],
  ['vmspace_fork', 'vm'],
  ['fork1', 'vm2'],
]);

/** Threads that move a reference to an address space: for each, the count may be one ahead of the holders, or one behind. */
export function movingThreads(target: Target, vmspace: Vmspace): ReadonlySet<bigint> {
  const { moving } = holdersOf(target, vmspace);
  return new Set(
    [...moving, ...(vmspace.isKernel ? exiting(target) : [])].map((each) => each.thread),
  );
}

/**
 * Threads that take an address space down, or may: those that are at it, else those in vmspace_exit, of which one has made the count 0 and
 * the others have only not returned yet.
 */
export function takersOf(target: Target, vmspace: Vmspace): readonly bigint[] {
  const leaving = [...new Set(holdersOf(target, vmspace).leaving.map(({ thread }) => thread))];
  const atIt = leaving.filter((thread) =>
    threadFrames(target).some((frame) => frame.thread === thread && takers.has(frame.function)),
  );
  return atIt.length > 0 ? atIt : leaving;
}

const takers: ReadonlySet<string> = new Set(['pmap_remove_pages', 'vmspace_dofree']);

/**
 * The 1->0 rule: a count of 0 is right while one thread takes the address space down, for nobody else may use it.
 *
 * @returns `rundown in progress (1->0 rule) by tid 100105 on cpu 0`, or undefined when there is no such thread or several are at it
 */
export function rundownBy(target: Target, vmspace: Vmspace): string | undefined {
  if (vmspace.isFree || vmspace.value.member('vm_refcnt').unsigned() !== 0n) return undefined;
  const threads = takersOf(target, vmspace);
  const areAtIt = threadFrames(target).some(
    (frame) => threads.includes(frame.thread) && takers.has(frame.function),
  );
  if (threads.length === 0 || (areAtIt && threads.length > 1)) return undefined;
  const names = threads.map((thread) => {
    const cpu = perCpus(target).find(({ currentThread }) => currentThread === thread)?.id;
    return `tid ${tid(target, thread)} ${cpu === undefined ? 'on no cpu' : `on cpu ${cpu}`}`;
  });
  return `rundown in progress (1->0 rule) by ${names.join(' or ')}`;
}

/** A thread inside vmspace_alloc: its address space has no holder yet, and no contents that mean anything. */
export function making(target: Target): bigint | undefined {
  return threadFrames(target).find((frame) => frame.function === 'vmspace_alloc')?.thread;
}

/** Threads inside vmspace_exit: each has counted vmspace0 already, and may not have taken it yet. */
export function exiting(target: Target): readonly ThreadFrame[] {
  return threadFrames(target).filter((frame) => frame.function === 'vmspace_exit');
}

const borrowersOf = new WeakMap<Target, readonly ThreadFrame[]>();

/**
 * Frames that hold a borrowed vmspace: before their pc, in the order of the text, stands a call of vmspace_acquire_ref and no call of
 * vmspace_free behind it.
 */
function borrowers(target: Target, frames: readonly ThreadFrame[]): readonly ThreadFrame[] {
  const before = borrowersOf.get(target);
  if (before) return before;
  const acquire = target.symbols.byName('vmspace_acquire_ref');
  const free = target.symbols.byName('vmspace_free');
  const found =
    acquire && free
      ? frames.filter((each) => {
          const last = callsBefore(target, each.frame.lookupAddress, [
            acquire.address,
            free.address,
          ]);
          return last === acquire.address;
        })
      : [];
  borrowersOf.set(target, found);
  return found;
}

/** Which of the functions is called last before `pc` in the text of its function (`call rel32`); undefined when none is. */
function callsBefore(target: Target, pc: bigint, functions: readonly bigint[]): bigint | undefined {
  const symbol = target.symbols.nearestBelow(pc);
  if (symbol?.type !== 'function' || pc - symbol.address > BigInt(functionLimit)) return undefined;
  const text = target.memory.readAvailable(symbol.address, Number(pc - symbol.address));
  const view = new DataView(text.buffer, text.byteOffset, text.byteLength);
  let last: bigint | undefined;
  for (let offset = 0; offset + 5 <= text.length; offset++) {
    if (text[offset] !== 0xe8) continue;
    const next = symbol.address + BigInt(offset + 5);
    const called = BigInt.asUintN(64, next + BigInt(view.getInt32(offset + 1, true)));
    if (functions.includes(called)) last = called;
  }
  return last;
}
