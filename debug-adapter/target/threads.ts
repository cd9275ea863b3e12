/** The threads of a target by address. */
import { FaultError, FormatError, LookupError } from '../../dump-format/errors.ts';
import type { Cpu, KernelThread, StackStart, Target } from './target.ts';

/** Threads that are indexed; a kernel with more is searched no further. */
export const threadIndexLimit = 1_000_000;

/** What is known of the threads of a target: their addresses, and those that were asked for. */
interface ThreadIndex {
  readonly addresses: ReadonlySet<bigint>;
  readonly described: Map<bigint, KernelThread>;
}

const indexes = new WeakMap<Target, ThreadIndex>();

/** The thread whose structure is at an address. A damaged thread list is searched as far as it can be read. */
export function threadAt(target: Target, address: bigint): KernelThread | undefined {
  let index = indexes.get(target);
  if (!index) {
    index = buildIndex(target);
    indexes.set(target, index);
  }
  const known = index.described.get(address);
  const { threadsByAddress } = target.kernel ?? {};
  if (known || !threadsByAddress || !index.addresses.has(address)) return known;
  const [thread] = [...readable(() => [threadsByAddress.describe(address)])];
  if (thread) index.described.set(address, thread);
  return thread;
}

/** Addresses where the kernel gives them; else the threads themselves. */
function buildIndex(target: Target): ThreadIndex {
  const { threadsByAddress } = target.kernel ?? {};
  const addresses = new Set<bigint>();
  const described = new Map<bigint, KernelThread>();
  if (threadsByAddress) {
    for (const address of readable(() => threadsByAddress.addresses())) {
      addresses.add(address);
      if (addresses.size >= threadIndexLimit) break;
    }
    return { addresses, described };
  }
  for (const thread of readableThreads(target)) {
    if (thread.address !== 0n) described.set(thread.address, thread);
    if (described.size >= threadIndexLimit) break;
  }
  return { addresses, described };
}

/** The threads up to the first one that can't be read. */
export function readableThreads(target: Pick<Target, 'threads'>): Generator<KernelThread> {
  return readable(() => target.threads());
}

function* readable<Item>(list: () => Iterable<Item>): Generator<Item> {
  try {
    yield* list();
  } catch (error) {
    if (![FaultError, FormatError, LookupError].some((each) => error instanceof each)) throw error;
  }
}

/** @throws LookupError when the dump has no such CPU */
export function cpuByIndex(target: Target, index: number): Cpu {
  const cpu = target.cpus.find((each) => each.index === index);
  if (cpu) return cpu;
  const known = target.cpus.map((each) => each.index).join(' ');
  throw new LookupError(
    known === '' ? 'no registers in this dump' : `no cpu ${index}: the dump has ${known}`,
  );
}

/** Where a stack starts for an address that a user gives: a thread's saved context, else a frame pointer. */
export function stackStartAt(target: Target, address: bigint): StackStart {
  const thread = threadAt(target, address);
  if (!thread) return { kind: 'frame-pointer', framePointer: address };
  if (thread.start) return thread.start;
  throw new LookupError(`thread ${address.toString(16)} (${thread.state}) has no saved context`);
}
