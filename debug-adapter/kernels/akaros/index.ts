/** Akaros: recognised by its cores and processes; threads, books and reference rules of its kernel. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Row } from '../../commands/command.ts';
import { cores, functionsOf, kernbase, readOr } from '../../facts/akaros/cores.ts';
import { progname } from '../../facts/akaros/processes.ts';
import { allocatedObjects, allocator, isPageFree, slabObjectAt } from '../../facts/akaros/slab.ts';
import { messageLines } from '../../facts/console-log.ts';
import { trapNames } from '../../facts/panic-trap.ts';
import type { KernelThread, StackStart, Target } from '../../target/target.ts';
import type { Kernel, KernelModule } from '../kernel.ts';
import { cpuWalker, kmsg, kmsgWalker, pcpui, trace } from './cores.ts';
import {
  alarmWalker,
  gpc,
  gpcWalker,
  kthreadWalker,
  procref,
  procWalker,
  ps,
} from './processes.ts';
import { references } from './references.ts';
import { timeline } from './timeline.ts';
import { treeChildren } from './tree.ts';
import { vmcs } from './vmcs.ts';

export const akaros: KernelModule = {
  name: 'akaros',
  detect: (target) =>
    target.symbols.byName('pid_hash') !== undefined &&
    target.symbols.byName('percpu_base') !== undefined &&
    target.findType('struct per_cpu_info') !== undefined &&
    target.findType('struct kthread') !== undefined,
  dcmds: [gpc, kmsg, pcpui, procref, ps, trace, vmcs],
  walkers: [alarmWalker, cpuWalker, gpcWalker, kmsgWalker, kthreadWalker, procWalker],
  attach: (target) => ({
    name: 'akaros',
    operatingSystem: operatingSystem(target),
    ...panicReport(target),
    panicCpu: panicCore(target),
    ...panicTrap(target),
    threads: () => threads(target),
    currentThread: (cpu) => currentThread(target, cpu.index),
    messages: () => messageLines(target, 'console_log'),
    whatis: (address) => whatis(target, address),
    treeChildren: (place) => treeChildren(target, place),
    timeline: () => timeline(target),
    allocator: allocator(target),
    references,
  }),
};

function operatingSystem(target: Target): string {
  const commit = readOr(undefined, () =>
    target.hasGlobal('build_info_commitid')
      ? target.global('build_info_commitid').text(40)
      : undefined,
  );
  return `Akaros ${commit ?? '?'} (x86_64), ${cores(target).length} cores`;
}

function panicReport(target: Target): Pick<Kernel, 'panicMessage' | 'panicFault'> {
  try {
    const text = target.hasGlobal('panic_message') && target.global('panic_message').text(160);
    return { panicMessage: text || undefined };
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return { panicMessage: undefined, panicFault: error.message };
  }
}

function currentThread(target: Target, cpu: number): bigint | undefined {
  const core = cores(target).find((each) => each.id === cpu);
  return core && readOr(undefined, () => core.info.member('cur_kthread').unsigned());
}

function panicCore(target: Target): number | undefined {
  if (!target.hasGlobal('panic_core')) return undefined;
  const core = readOr(-1, () => Number(target.global('panic_core').signed()));
  return core < 0 ? undefined : core;
}

/** Register names of `struct hw_trapframe`'s members, where they are not `tf_` and the register. */
const otherNames: Readonly<Record<string, string>> = { gsbase: 'gs_base', fsbase: 'fs_base' };

/** The frame that the kernel keeps of the trap it panics for. Source: akaros, kern/arch/x86/trap.c, trap_dispatch. */
function panicTrap(target: Target): Pick<Kernel, 'panicTrap'> {
  return readOr({}, () => readPanicTrap(target));
}

function readPanicTrap(target: Target): Pick<Kernel, 'panicTrap'> {
  if (panicCore(target) === undefined || !target.hasGlobal('panic_trapframe')) return {};
  const frame = target.global('panic_trapframe');
  if (frame.type.kind !== 'struct' || frame.member('tf_rip').unsigned() === 0n) return {};
  const registers = new Map<string, bigint>();
  for (const { name } of frame.type.members) {
    const register = /^tf_(\w+)$/.exec(name ?? '')?.[1];
    if (register === undefined || register.startsWith('padding')) continue;
    registers.set(otherNames[register] ?? register, frame.member(`tf_${register}`).unsigned());
  }
  const number = frame.member('tf_trapno').unsigned();
  const name = trapNames.get(number);
  return { panicTrap: { number, ...(name !== undefined && { name }), registers } };
}

/** The kthread that each core runs, then those that sleep. A core that can't be read is told of when the others have been listed. */
function* threads(target: Target): Generator<KernelThread> {
  const running = new Set<bigint>();
  let fault: FaultError | undefined;
  for (const core of cores(target)) {
    try {
      const kthread = core.info.member('cur_kthread').unsigned();
      // A spare kthread has the context of its last sleep, and a stack that waits for its next one.
      running.add(core.info.member('spare').unsigned());
      if (kthread === 0n) continue;
      running.add(kthread);
      yield thread(target, kthread, core.currentProc, core.id);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      fault ??= error;
    }
  }
  yield* sleepingThreads(target, running);
  if (fault) throw fault;
}

function* sleepingThreads(target: Target, running: ReadonlySet<bigint>): Generator<KernelThread> {
  for (const kthread of allocatedObjects(target, 'kthread')) {
    if (running.has(kthread)) continue;
    const value = target.value('struct kthread', kthread);
    if (value.path('context.rsp').unsigned() === 0n) continue;
    yield thread(target, kthread, value.member('proc').unsigned(), undefined);
  }
}

function thread(
  target: Target,
  address: bigint,
  process: bigint,
  cpu: number | undefined,
): KernelThread {
  return {
    address,
    type: 'struct kthread',
    name: process === 0n ? 'kthread' : readOr('?', () => progname(target, process)),
    state:
      cpu === undefined
        ? 'SLEEP'
        : functionsOf(target, cpu)[0] === '__smp_idle'
          ? 'IDLE'
          : 'ONPROC',
    cpu,
    id: address.toString(16),
    process: process === 0n ? undefined : process,
    start: cpu === undefined ? sleepingContext(target, address) : { kind: 'cpu', cpu },
  };
}

/** `struct jmpbuf`: return address, stack pointer, frame pointer. */
function sleepingContext(target: Target, kthread: bigint): StackStart {
  const context = target.value('struct kthread', kthread).member('context');
  const registers = new Map<string, bigint>([
    ['rip', context.member('retaddr').unsigned()],
    ['rsp', context.member('rsp').unsigned()],
    ['rbp', context.member('rbp').unsigned()],
  ]);
  return { kind: 'registers', registers };
}

function* whatis(target: Target, address: bigint): Generator<Row> {
  yield* slabRow(target, address);
  const isFree = isPageFree(target, address - kernbase);
  if (isFree === undefined) return;
  const page = address & ~0xfffn;
  const place = page === address ? '' : `${hex(page)}+${hex(address - page)}, in `;
  yield {
    spans: [
      { kind: 'address', text: hex(address), address },
      { kind: 'text', text: ` is ${place}a page of the page arena: ${isFree ? 'FREE' : 'in use'}` },
    ],
    value: page,
    data: { address, page, isPageFree: isFree },
  };
}

function* slabRow(target: Target, address: bigint): Generator<Row> {
  const object = slabObjectAt(target, address);
  if (!object) return;
  const place = `0x${hex(address - object.start)} into ${object.cache} object ${hex(object.start)}`;
  const tag = object.tag && !object.isAllocated ? ` (tag refcount ${object.tag.references})` : '';
  const state = object.isAllocated ? 'allocated' : `FREED${tag}, in ${object.where ?? '?'}`;
  yield {
    spans: [
      { kind: 'address', text: hex(address), address },
      { kind: 'text', text: ` is ${place}: ${state}` },
    ],
    value: object.start,
    data: { address, object: object.start, cache: object.cache, isAllocated: object.isAllocated },
  };
}

function hex(value: bigint): string {
  return value.toString(16);
}
