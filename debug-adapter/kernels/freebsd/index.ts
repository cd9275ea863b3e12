/** FreeBSD: recognised by its per-CPU table, its address spaces and its run queues; threads, messages, books and rules of its kernel. */
import type { Row } from '../../commands/command.ts';
import { allocator } from '../../facts/freebsd/allocator.ts';
import { messageLines } from '../../facts/console-log.ts';
import { panicTrap } from '../../facts/panic-trap.ts';
import { stackStart } from '../../facts/freebsd/frames.ts';
import { allThreads, perCpus, processOf, tid } from '../../facts/freebsd/processes.ts';
import { movingThreads, rundownBy } from '../../facts/freebsd/references.ts';
import { vmspaces } from '../../facts/freebsd/vmspaces.ts';
import { itemAt, poisonWord } from '../../facts/freebsd/uma.ts';
import type { KernelThread, Target } from '../../target/target.ts';
import { readableThreads } from '../../target/threads.ts';
import type { KernelModule } from '../kernel.ts';
import { panicMessage, panicstr } from '../panicstr.ts';
import { cpuinfo, cpuWalker, thread as threadDcmd, threadWalker } from './cpus.ts';
import { ktr, timeline } from './ktr.ts';
import { references } from './references.ts';
import { refcount, tlb } from './tlb.ts';
import { treeChildren } from './tree.ts';
import { pid2proc, ps, vmspaceDcmd, walkers } from './vmspaces.ts';

export const freebsd: KernelModule = {
  name: 'freebsd',
  detect: (target) =>
    target.symbols.byName('__pcpu') !== undefined &&
    target.symbols.byName('allproc') !== undefined &&
    target.findType('struct pcpu') !== undefined &&
    target.findType('struct vmspace') !== undefined,
  dcmds: [cpuinfo, ktr, panicstr, pid2proc, ps, refcount, threadDcmd, tlb, vmspaceDcmd],
  walkers: [cpuWalker, threadWalker, ...walkers],
  attach: (target) => ({
    name: 'freebsd',
    operatingSystem: `${text(target, 'version') ?? 'FreeBSD'} (amd64), ${target.cpus.length} cpus`,
    panicMessage: panicMessage(target),
    panicCpu: panicCpu(target),
    get panicTrap() {
      return panicTrap(target, this.panicCpu);
    },
    threads: () => threads(target),
    currentThread: (cpu) => perCpus(target).find(({ id }) => id === cpu.index)?.currentThread,
    messages: () => messageLines(target, 'console_log'),
    whatis: (address) => whatis(target, address),
    allocator: allocator(target),
    treeChildren: (place) => treeChildren(target, place),
    timeline: () => timeline(target),
    references,
    explainCount: (type, object) => explainCount(target, type, object),
  }),
};

function text(target: Target, name: string): string | undefined {
  return target.hasGlobal(name) ? target.global(name).text(120) : undefined;
}

/** The CPU of the thread that panicked. */
function panicCpu(target: Target): number | undefined {
  if (!target.hasGlobal('panic_thread')) return undefined;
  const panicked = target.global('panic_thread').unsigned();
  if (panicked === 0n) return undefined;
  return perCpus(target).find(({ currentThread }) => currentThread === panicked)?.id;
}

function* threads(target: Target): Generator<KernelThread> {
  const running = new Map(perCpus(target).map(({ id, currentThread }) => [currentThread, id]));
  for (const address of allThreads(target)) yield thread(target, address, running.get(address));
}

const states = ['INACTIVE', 'INHIBITED', 'CAN_RUN', 'RUNQ', 'RUNNING'];

function thread(target: Target, address: bigint, cpu: number | undefined): KernelThread {
  const value = target.value('struct thread', address);
  const state = states[Number(value.member('td_state').unsigned())] ?? '?';
  const isGone = cpu === undefined && state === 'INACTIVE';
  return {
    address,
    type: 'struct thread',
    name: value.member('td_name').text(20) ?? '',
    state: cpu !== undefined && isIdle(target, cpu) ? 'IDLE' : state,
    cpu,
    id: tid(target, address).toString(),
    process: processOf(target, address),
    start: isGone ? undefined : stackStart(target, address, cpu),
  };
}

function isIdle(target: Target, cpu: number): boolean {
  return perCpus(target).some(
    ({ id, place, currentThread }) =>
      id === cpu && place.member('pc_idlethread').unsigned() === currentThread,
  );
}

function explainCount(target: Target, type: string, object: bigint): string | undefined {
  if (type !== 'struct vmspace') return undefined;
  const vmspace = vmspaces(target).find(({ address }) => address === object);
  if (!vmspace || vmspace.isFree) return undefined;
  const moving = [...movingThreads(target, vmspace)].map((each) => `tid ${tid(target, each)}`);
  return (
    rundownBy(target, vmspace) ??
    (moving.length === 0 ? undefined : `a reference is on its way in ${moving.join(', ')}`)
  );
}

/** Stacks of threads, then items of zones. */
function* whatis(target: Target, address: bigint): Generator<Row> {
  const hex = address.toString(16);
  for (const each of readableThreads(target)) {
    const value = target.value('struct thread', each.address);
    const stack = value.member('td_kstack').unsigned();
    const size = value.member('td_kstack_pages').unsigned() * 4096n;
    if (stack !== 0n && address >= stack && address < stack + size)
      yield row(
        each.address,
        `${hex} is in the stack of thread ${each.address.toString(16)} (tid ${each.id})`,
      );
  }
  const item = itemAt(target, address);
  if (!item) return;
  const start = item.address.toString(16);
  const place =
    address === item.address
      ? hex
      : `${hex} is ${start}+${(address - item.address).toString(16)}, which`;
  const poison = item.zone.isPoisoned ? ` (poison ${poisonWord(target).toString(16)})` : '';
  yield row(
    item.address,
    item.isFree
      ? `${place} is freed from ${item.zone.name}${poison}`
      : `${place} is allocated from ${item.zone.name}`,
  );
}

function row(value: bigint, line: string): Row {
  return { spans: [{ kind: 'text', text: line }], value, data: { value, text: line } };
}
