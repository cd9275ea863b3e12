/** Threads as DAP lists them: the CPUs first, then kernel threads; ids are stable while the dump is open. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { FaultError, FormatError, LookupError } from '../../dump-format/errors.ts';
import type { Cpu, KernelThread, StackStart, Target } from '../target/target.ts';
import { threadAt } from '../target/threads.ts';
import { safeText } from './safe-text.ts';
import { takeInSlices, type Control } from './slices.ts';

/** Kernel threads that the `threads` request lists: editors draw every one. `::threadlist` and `corewalk/threads` give all. */
export const listedThreadLimit = 1000;

/** Ids below belong to CPUs. */
const firstKernelThread = 1_000_000;

/** A thread of the protocol: a CPU with what it runs, or a kernel thread that runs nowhere. */
export interface ListedThread {
  readonly id: number;
  readonly name: string;
  /** Undefined when its registers can't be known. */
  readonly start: StackStart | undefined;
  readonly cpu: Cpu | undefined;
  readonly kernelThread: KernelThread | undefined;
}

/** Hands out thread ids and remembers them. */
export class ThreadList {
  private readonly target: Target;
  private readonly byId = new Map<number, ListedThread>();
  private readonly idByAddress = new Map<bigint, number>();
  private cpus: readonly ListedThread[] | undefined;
  private isListed = false;
  /** Why threads may be missing from the list: a damaged dump ends a walk early. */
  problem: string | undefined;

  constructor(target: Target) {
    this.target = target;
  }

  /** The thread to select when the dump opens: the CPU that panicked, or took the dump. */
  get selected(): ListedThread {
    const cpus = this.cpuThreads();
    const found = cpus.find((thread) => thread.cpu === this.target.panicCpu) ?? cpus[0];
    if (!found) throw new LookupError('the dump has no CPU');
    return found;
  }

  /** Every listed thread. */
  async list(control: Control): Promise<readonly ListedThread[]> {
    this.cpuThreads();
    if (!this.isListed) await this.collect(control);
    return this.listed();
  }

  /** The same when they are known already. */
  known(): readonly ListedThread[] | undefined {
    return this.isListed ? this.listed() : undefined;
  }

  private listed(): readonly ListedThread[] {
    const listed = [...this.cpuThreads()];
    for (const thread of this.byId.values())
      if (thread.id >= firstKernelThread) listed.push(thread);
    return listed;
  }

  /** @throws LookupError for an id that was never handed out */
  thread(id: number): ListedThread {
    this.cpuThreads();
    const thread = this.byId.get(id);
    if (!thread) throw new LookupError(`there is no thread ${id}`);
    return thread;
  }

  /** The id of the kernel thread at an address, when it is listed. */
  idAt(address: bigint | undefined): number | undefined {
    this.cpuThreads();
    return address === undefined ? undefined : this.idByAddress.get(address);
  }

  /** Lists a thread beyond the limit too. @throws LookupError when no kernel thread lies at the address */
  async show(address: bigint, control: Control): Promise<ListedThread> {
    this.cpuThreads();
    const known = this.idByAddress.get(address);
    if (known !== undefined) return this.thread(known);
    let found: ListedThread | undefined;
    await takeInSlices(this.readable(), control, (thread) => {
      if (thread.address !== address) return undefined;
      found = this.add(thread);
      return 'stop';
    });
    if (!found) throw new LookupError(`no thread at ${address.toString(16)}`);
    return found;
  }

  private async collect(control: Control): Promise<void> {
    let count = 0;
    await takeInSlices(this.readable(), control, (thread) => {
      if (thread.address === 0n || this.idByAddress.has(thread.address)) return undefined;
      if (++count > listedThreadLimit) return 'stop';
      this.add(thread);
      return undefined;
    });
    this.isListed = true;
  }

  /** The threads up to the first that can't be read. */
  private *readable(): Generator<KernelThread> {
    try {
      yield* this.target.threads();
    } catch (error) {
      if (!isOfTheDump(error)) throw error;
      this.problem = `the thread list ends early: ${error.message}`;
    }
  }

  private add(thread: KernelThread): ListedThread {
    const { address, name, state, id, start } = thread;
    const listed: ListedThread = {
      id: firstKernelThread + this.idByAddress.size,
      name: safeText(`${name} ${id} ${state} ${address.toString(16)}`),
      start,
      cpu: undefined,
      kernelThread: thread,
    };
    this.byId.set(listed.id, listed);
    this.idByAddress.set(address, listed.id);
    return listed;
  }

  private cpuThreads(): readonly ListedThread[] {
    if (this.cpus) return this.cpus;
    const cpus = this.target.cpus.length > 0 ? this.target.cpus : [this.target.panicCpu];
    const running = this.runningThreads();
    this.cpus = cpus.map((cpu) => this.cpuThread(cpu, running.get(cpu.index)));
    for (const thread of this.cpus) {
      this.byId.set(thread.id, thread);
      if (thread.kernelThread) this.idByAddress.set(thread.kernelThread.address, thread.id);
    }
    return this.cpus;
  }

  private cpuThread(cpu: Cpu, thread: KernelThread | undefined): ListedThread {
    const hasRegisters = cpu.registers.size > 0;
    const label = hasRegisters ? `CPU ${cpu.index}` : 'no CPU state in this file';
    const what = thread ? `: ${thread.name} ${thread.address.toString(16)}` : '';
    const isPanicked = this.target.kernel?.panicCpu === cpu.index;
    return {
      id: cpu.index + 1,
      name: safeText(`${label}${what}${isPanicked ? ' (panicked)' : ''}`),
      start: hasRegisters ? { kind: 'cpu', cpu: cpu.index } : undefined,
      cpu,
      kernelThread: thread,
    };
  }

  /** The threads that CPUs run, by CPU index: found by the CPUs' own pointers, and in the thread list. */
  private runningThreads(): ReadonlyMap<number, KernelThread> {
    const { kernel, cpus } = this.target;
    const running = new Map<number, KernelThread>();
    if (!kernel) return running;
    const wanted = new Map<bigint, number>();
    for (const cpu of cpus) {
      const address = threadOn(this.target, cpu);
      if (address === undefined) continue;
      const thread = kernel.threadsByAddress ? threadAt(this.target, address) : undefined;
      if (thread) running.set(cpu.index, thread);
      else if (!kernel.threadsByAddress) wanted.set(address, cpu.index);
    }
    if (wanted.size === 0) return running;
    for (const thread of this.readable()) {
      const cpu = wanted.get(thread.address);
      if (cpu === undefined) continue;
      running.set(cpu, thread);
      wanted.delete(thread.address);
      if (wanted.size === 0) break;
    }
    return running;
  }
}

/** What a damaged dump is to be blamed for: memory, types, or the debug information itself. */
function isOfTheDump(error: unknown): error is Error {
  return [FaultError, FormatError, LookupError].some((each) => error instanceof each);
}

/** What a CPU runs; undefined when that can't be read: it is still a CPU with registers. */
export function threadOn({ kernel }: Target, cpu: Cpu): bigint | undefined {
  try {
    return kernel?.currentThread(cpu);
  } catch (error) {
    if (!isOfTheDump(error)) throw error;
    return undefined;
  }
}

type ThreadsBody = DebugProtocol.ThreadsResponse['body'];

/** `threads`. */
export async function threadsBody(list: ThreadList, control: Control): Promise<ThreadsBody> {
  return bodyOf(await list.list(control));
}

/** `threads` when it takes no walk. */
export function knownThreads(list: ThreadList): ThreadsBody | undefined {
  const threads = list.known();
  return threads && bodyOf(threads);
}

function bodyOf(threads: readonly ListedThread[]): ThreadsBody {
  return { threads: threads.map(({ id, name }) => ({ id, name })) };
}
