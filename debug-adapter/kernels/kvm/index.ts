/** A KVM host with its QEMU: recognised by its machines; tasks, messages, books and commands. */
import type { Row } from '../../commands/command.ts';
import { messageLines } from '../../facts/console-log.ts';
import { memorySlots } from '../../facts/kvm/guest-memory.ts';
import { taskAddresses, taskThread } from '../../facts/kvm/tasks.ts';
import { machines, vcpus as allVcpus } from '../../facts/kvm/vcpus.ts';
import type { Target } from '../../target/target.ts';
import type { KernelModule } from '../kernel.ts';
import { timeline, trace } from './trace.ts';
import { treeChildren } from './tree.ts';
import { kvmWalker, qemuCpuWalker, qemucpu, vcpu, vcpus, vcpuWalker } from './vcpus.ts';

export const kvm: KernelModule = {
  name: 'kvm',
  detect: (target) =>
    target.symbols.byName('vm_list') !== undefined &&
    target.findType('struct kvm_vcpu') !== undefined &&
    target.findType('struct kvm_run') !== undefined,
  dcmds: [qemucpu, trace, vcpu, vcpus],
  walkers: [
    kvmWalker,
    qemuCpuWalker,
    {
      name: 'task',
      summary: 'walk struct task_struct: tasks of the host',
      address: 'none',
      elementType: 'struct task_struct',
      origin: 'corewalk',
      walk: (target) => taskAddresses(target),
    },
    vcpuWalker,
  ],
  attach: (target) => {
    const dumpReason = text(target, 'dump_reason');
    return {
      name: 'kvm',
      operatingSystem: text(target, 'linux_banner') ?? 'Linux with KVM',
      panicMessage: text(target, 'panic_message'),
      ...(dumpReason === undefined ? {} : { dumpReason }),
      panicCpu: panicCpu(target),
      *threads() {
        for (const address of taskAddresses(target)) yield taskThread(target, address);
      },
      currentThread: (cpu) => currentTask(target, cpu.index),
      messages: () => messageLines(target, 'console_log'),
      whatis: (address) => whatis(target, address),
      treeChildren: (place) => treeChildren(target, place),
      timeline: () => timeline(target),
      references: [
        {
          holder: { type: 'struct kvm_vcpu', member: 'kvm' },
          refersTo: 'struct kvm',
          strength: 'weak',
          walker: 'vcpu',
          note: 'linux, virt/kvm/kvm_main.c: the file descriptor of a vCPU holds the machine, the vCPU points to it',
        },
        {
          holder: { type: 'struct qemu_cpu', member: 'thread' },
          refersTo: 'struct task_struct',
          strength: 'weak',
          walker: 'qemucpu',
          note: 'qemu, cpus.c: the thread that runs this CPU',
        },
      ],
    };
  },
};

/** A character array, or undefined when it is empty. */
function text(target: Target, name: string): string | undefined {
  return target.hasGlobal(name) ? target.global(name).text(160) || undefined : undefined;
}

function panicCpu(target: Target): number | undefined {
  if (!target.hasGlobal('panic_cpu')) return undefined;
  const cpu = Number(target.global('panic_cpu').signed());
  return cpu < 0 ? undefined : cpu;
}

function currentTask(target: Target, cpu: number): bigint | undefined {
  const table = target.global('percpu');
  const count = table.type.kind === 'array' ? (table.type.count ?? 0) : 0;
  if (cpu >= count) return undefined;
  return table.index(BigInt(cpu)).member('current_task').unsigned() || undefined;
}

function* whatis(target: Target, address: bigint): Generator<Row> {
  const hex = (value: bigint): string => value.toString(16);
  const within = (start: bigint, size: bigint): boolean =>
    address >= start && address < start + size;
  const row = (value: bigint, what: string): Row => ({
    spans: [{ kind: 'text', text: `${hex(address)} is ${what}` }],
    value,
  });
  for (const each of allVcpus(target)) {
    const start = each.run.address ?? 0n;
    if (within(start, 0x2000n))
      yield row(start, `${hex(address - start)} into the kvm_run pages of vcpu ${each.id}`);
    if (within(each.address, BigInt(each.value.type.size)))
      yield row(each.address, `${hex(address - each.address)} into vcpu ${each.id}`);
  }
  for (const machine of machines(target)) {
    for (const { base, size, userspaceAddress } of memorySlots(
      target.value('struct kvm', machine),
    )) {
      if (!within(userspaceAddress, size)) continue;
      const guest = address - userspaceAddress + base;
      yield row(machine, `guest physical ${hex(guest)} of machine ${hex(machine)}`);
    }
  }
}
