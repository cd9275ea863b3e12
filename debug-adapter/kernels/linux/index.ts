/** Linux: recognised by its first task and the list that all tasks are on; tasks, messages and commands of its kernel. */
import { FaultError, LookupError } from '../../../dump-format/errors.ts';
import type { Row } from '../../commands/command.ts';
import { hasMember } from '../../facts/linux/lists.ts';
import { panicCpu, panicMessage } from '../../facts/linux/panic.ts';
import { currentTask } from '../../facts/linux/per-cpu.ts';
import { kernelMessages, messageLine } from '../../facts/linux/printk.ts';
import {
  allTasks,
  commandName,
  describeTask,
  readOr,
  runningTasks,
} from '../../facts/linux/tasks.ts';
import type { KernelThread, Target } from '../../target/target.ts';
import type { Kernel, KernelModule } from '../kernel.ts';
import { lsmod, moduleWalker } from './modules.ts';
import { percpu } from './percpu.ts';
import { procWalker, ps, threadWalker } from './tasks.ts';
import { treeChildren } from './tree.ts';

export const linux: KernelModule = {
  name: 'linux',
  detect: (target) =>
    target.symbols.byName('init_task') !== undefined &&
    target.symbols.byName('__per_cpu_offset') !== undefined &&
    hasMember(target, 'struct task_struct', 'tasks') &&
    hasMember(target, 'struct list_head', 'next'),
  dcmds: [lsmod, percpu, ps],
  walkers: [moduleWalker, procWalker, threadWalker],
  attach: (target) => ({
    name: 'linux',
    operatingSystem: operatingSystem(target),
    ...panicReport(target),
    panicCpu: panicCpu(target),
    threads: () => threads(target),
    currentThread: (cpu) => readOr(undefined, () => currentTask(target, cpu.index)),
    *messages() {
      for (const message of kernelMessages(target)) yield messageLine(message);
    },
    whatis: (address) => whatis(target, address),
    treeChildren: (place) => treeChildren(target, place),
    references: [],
  }),
};

/** `Linux 6.1.0-56-cloud-amd64 x86_64, #1 SMP ...`: of `struct new_utsname`; the release alone where that is not in the dump. */
function operatingSystem(target: Target): string {
  return readOr(`Linux ${target.dump.info.get('OSRELEASE') ?? '?'}`, () => {
    const names = target.global('init_uts_ns').member('name');
    const part = (member: string): string => names.member(member).text(65) ?? '?';
    return `${part('sysname')} ${part('release')} ${part('machine')}, ${part('version')}`;
  });
}

function panicReport(target: Target): Pick<Kernel, 'panicMessage' | 'panicFault'> {
  try {
    return { panicMessage: panicMessage(target) };
  } catch (error) {
    if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
    return { panicMessage: undefined, panicFault: error.message };
  }
}

function* threads(target: Target): Generator<KernelThread> {
  const running = runningTasks(target);
  for (const address of allTasks(target)) yield describeTask(target, address, running);
}

/** Bytes of a kernel stack. Source: linux, arch/x86/include/asm/page_64_types.h, THREAD_SIZE_ORDER. */
const stackBytes = 16384n;

/** Tasks and their stacks; what the allocators say is not read. */
function* whatis(target: Target, address: bigint): Generator<Row> {
  const size = BigInt(target.type('struct task_struct').size);
  for (const task of allTasks(target)) {
    const value = target.value('struct task_struct', task);
    const stack = value.member('stack').unsigned();
    const start = address - task < size && address >= task ? task : stack;
    if (start !== task && !(address >= stack && address - stack < stackBytes)) continue;
    const what = start === task ? 'struct task_struct' : 'the stack';
    const name = `${commandName(value)} (pid ${value.member('pid').signed()})`;
    yield {
      spans: [
        { kind: 'address', text: address.toString(16), address },
        {
          kind: 'text',
          text: ` is ${start.toString(16)}+${(address - start).toString(16)}, ${what} of ${name}`,
        },
      ],
      value: start,
      data: { address, start, task, what },
    };
  }
}
