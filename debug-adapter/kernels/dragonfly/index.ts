/** DragonFly BSD: recognised by its per-CPU table and its threads; threads, messages and commands of its kernel. */
import { panicTrap } from '../../facts/panic-trap.ts';
import { allocator } from '../../facts/dragonfly/slab.ts';
import {
  functionsOf,
  lwpName,
  perCpuPlaces,
  perCpus,
  threadAddresses,
} from '../../facts/dragonfly/processes.ts';
import type { KernelThread, StackStart, Target } from '../../target/target.ts';
import type { KernelModule } from '../kernel.ts';
import { cpuinfo, cpuWalker, invalStats, ktr } from './cpus.ts';
import { fpu } from './fpu.ts';
import { pa2dmap, pa2page, page, pid2proc, ps, walkers } from './pages.ts';
import { panicMessage, panicstr } from '../panicstr.ts';
import { pmap, pvWalker } from './pmap.ts';
import { objectWalker, swap, swblockWalker } from './swap.ts';
import { references } from './references.ts';
import { pte, tlb } from './tlb.ts';
import { timeline } from './timeline.ts';
import { treeChildren } from './tree.ts';
import { vkernelWalkers, vpte } from './vkernel.ts';
import { vtop } from './vtop.ts';
import { whatis } from './whatis.ts';

export const dragonfly: KernelModule = {
  name: 'dragonfly',
  detect: (target) =>
    target.symbols.byName('CPU_prvspace') !== undefined &&
    target.findType('struct mdglobaldata') !== undefined &&
    target.findType('struct lwkt_token') !== undefined,
  dcmds: [
    cpuinfo,
    fpu,
    invalStats,
    ktr,
    pa2dmap,
    pa2page,
    page,
    panicstr,
    pid2proc,
    pmap,
    ps,
    pte,
    swap,
    tlb,
    vpte,
    vtop,
  ],
  walkers: [cpuWalker, objectWalker, pvWalker, swblockWalker, ...vkernelWalkers, ...walkers],
  attach: (target) => ({
    name: 'dragonfly',
    operatingSystem: `${text(target, 'version') ?? 'DragonFly'} (x86_64), ${perCpuPlaces(target).length} cpus`,
    panicMessage: panicMessage(target),
    panicCpu: panicCpu(target),
    get panicTrap() {
      return panicTrap(target, this.panicCpu);
    },
    threads: () => threads(target),
    currentThread: (cpu) => perCpus(target).find(({ id }) => id === cpu.index)?.currentThread,
    messages: () => messages(target),
    whatis: (address) => whatis(target, address),
    allocator: allocator(target),
    treeChildren: (place) => treeChildren(target, place),
    timeline: () => timeline(target),
    references: references(target),
  }),
};

function text(target: Target, name: string): string | undefined {
  return target.hasGlobal(name) ? target.global(name).text(120) : undefined;
}

function panicCpu(target: Target): number | undefined {
  if (!target.hasGlobal('panic_cpu')) return undefined;
  const cpu = Number(target.global('panic_cpu').signed());
  return cpu < 0 ? undefined : cpu;
}

function* threads(target: Target): Generator<KernelThread> {
  const running = new Map(perCpus(target).map(({ id, currentThread }) => [currentThread, id]));
  for (const address of threadAddresses(target))
    yield thread(target, address, running.get(address));
}

function thread(target: Target, address: bigint, cpu: number | undefined): KernelThread {
  const value = target.value('struct thread', address);
  const process = value.member('td_proc').unsigned();
  const message = value.member('td_wmesg').unsigned();
  const isQueued = (value.member('td_flags').unsigned() & 2n) !== 0n;
  return {
    address,
    type: 'struct thread',
    name: value.member('td_comm').text(17) ?? '',
    state: cpu === undefined ? (isQueued ? 'RUNQ' : 'BLOCKED') : state(target, cpu),
    cpu,
    id: lwpName(target, address),
    process: process === 0n ? undefined : process,
    start: cpu === undefined ? savedContext(target, address) : { kind: 'cpu', cpu },
    ...(message === 0n ? {} : { waitsFor: value.member('td_wmesg').text(20) ?? '' }),
  };
}

function state(target: Target, cpu: number): string {
  return functionsOf(target, cpu)[0] === 'cpu_idle' ? 'IDLE' : 'ONPROC';
}

/** What the switch saved: in the pcb for an lwp, on the stack for a kernel thread. */
function savedContext(target: Target, thread: bigint): StackStart {
  const value = target.value('struct thread', thread);
  const pcb = value.member('td_pcb');
  if (pcb.unsigned() === 0n) {
    const sp = value.member('td_sp').unsigned();
    const word = (index: bigint): bigint => target.memory.readU64(sp + index * 8n);
    return registers(word(8n), sp + 72n, word(7n));
  }
  const saved = (name: string): bigint => pcb.dereference().member(name).unsigned();
  return registers(saved('pcb_rip'), saved('pcb_rsp') + 8n, saved('pcb_rbp'));
}

function registers(rip: bigint, rsp: bigint, rbp: bigint): StackStart {
  const map = new Map([
    ['rip', rip],
    ['rsp', rsp],
    ['rbp', rbp],
  ]);
  return { kind: 'registers', registers: map };
}

/** The message buffer is a ring: what was written last ends at `msg_bufx`. */
function* messages(target: Target): Generator<string> {
  if (!target.hasGlobal('msgbufp')) return;
  const buffer = target.global('msgbufp').dereference();
  const size = Number(buffer.member('msg_size').unsigned());
  const written = Number(buffer.member('msg_bufx').unsigned());
  if (size === 0 || size > 1 << 24) return;
  const bytes = target.memory.read(buffer.member('msg_ptr').unsigned(), size);
  const start = written > size ? written % size : 0;
  const ring = Buffer.concat([bytes.subarray(start), bytes.subarray(0, start)]);
  const whole = ring.subarray(0, Math.min(size, written)).toString('latin1');
  yield* whole.replace(/\n$/, '').split('\n');
}
