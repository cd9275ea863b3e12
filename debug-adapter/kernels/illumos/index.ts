/** illumos: recognised by its thread, CPU and process types; threads, commands and books of its kernel. */
import { strip } from '../../../dump-format/ctype.ts';
import { FaultError } from '../../../dump-format/errors.ts';
import { allocator } from '../../facts/illumos/allocator.ts';
import { allThreads, cpus, describeThread, runningThreads } from '../../facts/illumos/kernel.ts';
import type { Cpu, KernelThread, Target } from '../../target/target.ts';
import type { KernelModule } from '../kernel.ts';
import { logMessages, panicReport } from '../../facts/illumos/messages.ts';
import { ctxop, ctxopWalker } from './ctxop.ts';
import { ctxtrace } from './ctxtrace.ts';
import { pgrep, pid2proc } from './find-processes.ts';
import { fpu } from './fpu.ts';
import {
  freememWalker,
  kmemCacheDcmd,
  kmemCacheWalker,
  kmemSlabs,
  kmemSlabWalker,
  kmemWalker,
} from './kmem.ts';
import { mutex, turnstile, wchaninfo } from './locks.ts';
import { procWalker, ps } from './processes.ts';
import { cpuDispqWalker, cpuinfo, cpuWalker } from './cpus.ts';
import { thread } from './thread.ts';
import { threadlist, threadWalker } from './threads.ts';
import { timeline } from './timeline.ts';
import { treeChildren } from './tree.ts';
import { whatis } from './whatis.ts';

export const illumos: KernelModule = {
  name: 'illumos',
  detect(target) {
    if (target.symbols.byName('practive') === undefined) return false;
    const thread = target.findType('kthread_t');
    const record = thread && strip(thread);
    const hasContext =
      record?.kind === 'struct' && record.members.some((member) => member.name === 't_ctx');
    return hasContext && target.findType('cpu_t') !== undefined;
  },
  dcmds: [
    cpuinfo,
    ctxop,
    ctxtrace,
    fpu,
    kmemCacheDcmd,
    kmemSlabs,
    mutex,
    pgrep,
    pid2proc,
    ps,
    thread,
    threadlist,
    turnstile,
    wchaninfo,
  ],
  walkers: [
    cpuDispqWalker,
    cpuWalker,
    ctxopWalker,
    freememWalker,
    kmemCacheWalker,
    kmemSlabWalker,
    kmemWalker,
    procWalker,
    threadWalker,
  ],
  attach: (target) => ({
    name: 'illumos',
    operatingSystem: operatingSystem(target),
    ...panicReport(target),
    panicCpu: panicCpu(target),
    threads: () => threads(target),
    threadsByAddress: {
      addresses: () => allThreads(target),
      describe: (address) => describeThread(target, address),
    },
    currentThread: (cpu) => currentThread(target, cpu),
    messages: () => messages(target),
    whatis: (address) => whatis(target, address),
    treeChildren: (place) => treeChildren(target, place),
    timeline: () => timeline(target),
    allocator: allocator(target),
    references: [],
  }),
};

/** `5.11 snv_151 (i86pc)`: release, version and machine of `utsname`. */
function operatingSystem(target: Target): string {
  return readOr('unknown', () => {
    const names = target.global('utsname');
    const part = (member: string): string => names.member(member).text(257) ?? '?';
    return `${part('release')} ${part('version')} (${part('machine')})`;
  });
}

/** The CPU whose thread is `panic_thread`. */
function panicCpu(target: Target): number | undefined {
  return readOr(undefined, () => {
    if (!target.hasGlobal('panic_thread')) return undefined;
    const thread = target.global('panic_thread').unsigned();
    return thread === 0n ? undefined : runningThreads(target).cpuOf(thread);
  });
}

function* messages(target: Target): Generator<string> {
  for (const message of logMessages(target)) yield message.text;
}

function* threads(target: Target): Generator<KernelThread> {
  const running = runningThreads(target);
  for (const address of allThreads(target)) yield describeThread(target, address, running);
}

function currentThread(target: Target, cpu: Cpu): bigint | undefined {
  for (const { address, id } of cpus(target)) {
    if (id === cpu.index) return target.value('cpu_t', address).member('cpu_thread').unsigned();
  }
  return undefined;
}

function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FaultError) return otherwise;
    throw error;
  }
}
