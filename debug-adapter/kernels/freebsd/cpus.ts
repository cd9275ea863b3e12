/** `::cpuinfo` and `::thread`: what each CPU runs, and in which address space. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd, Row, Walker } from '../../commands/command.ts';
import {
  allThreads,
  perCpus,
  pid,
  processName,
  processOf,
  tid,
  vmspaceOf,
  type PerCpu,
} from '../../facts/freebsd/processes.ts';
import { selected } from '../../facts/selected.ts';
import { hex16, vmspaceName } from '../../facts/freebsd/vmspaces.ts';
import { fullAddressCell, headingRow, tableRow, type Column } from '../../print/table.ts';
import type { Target } from '../../target/target.ts';

export const cpuWalker: Walker = {
  name: 'cpu',
  summary: 'walk struct pcpu of each CPU',
  address: 'none',
  elementType: 'struct pcpu',
  origin: 'corewalk',
  *walk(target) {
    for (const { place } of perCpus(target)) yield place.address ?? 0n;
  },
};

const columns: readonly Column[] = [
  { heading: 'CPU', width: 3, align: 'right' },
  { heading: 'TID', width: 6, align: 'left' },
  { heading: 'PROC', width: 4, align: 'left' },
  { heading: 'P_VMSPACE', width: 16, align: 'left' },
  { heading: 'CURPMAP', width: 16, align: 'left' },
  { heading: 'CR3', width: 0, align: 'left' },
];

export const cpuinfo: Dcmd = {
  name: 'cpuinfo',
  address: 'optional',
  summary: 'print CPUs: thread, process, its address space, and the one in use',
  description:
    'CURPMAP is the address space that the CPU uses, whatever P_VMSPACE of its process says: a reference that nobody counts.',
  examples: [{ line: '::cpuinfo', explains: 'every CPU, a line each' }],
  origin: 'corewalk',
  *run(invocation) {
    const { target, isFirst, isPipeOut } = invocation;
    if (isFirst && !isPipeOut) yield headingRow(columns);
    for (const cpu of selected(
      perCpus(target),
      invocation,
      ({ id, place }, address) => address === BigInt(id) || address === place.address,
      'is neither a cpu number nor a struct pcpu',
    ))
      yield cpuRow(target, cpu);
  },
};

function cpuRow(target: Target, cpu: PerCpu): Row {
  const { id, currentThread: thread, curpmap, cr3 } = cpu;
  const process = thread === 0n ? 0n : processOf(target, thread);
  const vmspace = thread === 0n ? 0n : vmspaceOf(target, thread);
  const isPlain = curpmap !== kernelPmap(target);
  return tableRow(
    columns,
    [
      { text: id.toString() },
      { text: thread === 0n ? '-' : tid(target, thread).toString() },
      { text: process === 0n ? '-' : pid(target, process).toString() },
      vmspace === 0n
        ? { text: '-' }
        : { kind: 'address', text: vmspaceName(target, vmspace), address: vmspace },
      isPlain
        ? fullAddressCell(curpmap)
        : { kind: 'address', text: 'vmspace0.vm_pmap', address: curpmap },
      { text: cr3 === undefined ? '-' : hex16(cr3) },
    ],
    {
      value: thread,
      ...(thread !== 0n && { object: { address: thread, type: target.type('struct thread') } }),
      data: { cpu: id, thread, process, vmspace, curpmap, cr3 },
    },
  );
}

function kernelPmap(target: Target): bigint {
  return target.global('vmspace0').member('vm_pmap').address ?? 0n;
}

export const thread: Dcmd = {
  name: 'thread',
  address: 'optional',
  summary: 'print a thread: id, process, CPU, whether it may be preempted',
  description: 'Without an address, the thread of the CPU that panicked or took the dump.',
  examples: [
    { line: '::thread', explains: 'who panicked' },
    { line: '::walk thread | ::thread', explains: 'every thread' },
  ],
  origin: 'corewalk',
  *run({ target, hasAddress, address }) {
    const chosen = hasAddress ? address : currentThread(target);
    const value = target.value('struct thread', chosen);
    const process = value.member('td_proc').unsigned();
    const cpu = value.member('td_oncpu').signed();
    const where = cpu < 0n ? 'on no cpu' : `on cpu ${cpu}`;
    const text =
      `tid ${tid(target, chosen)} proc ${pid(target, process)} (${processName(target, process)}) ${where} ` +
      `lastcpu ${value.member('td_lastcpu').signed()} critnest ${value.member('td_critnest').unsigned()}`;
    yield {
      spans: [{ kind: 'text', text }],
      value: chosen,
      object: { address: chosen, type: target.type('struct thread') },
      data: { thread: chosen, process, cpu },
    };
  },
};

function currentThread(target: Target): bigint {
  const found = perCpus(target).find(({ id }) => id === target.panicCpu.index)?.currentThread;
  if (found === undefined || found === 0n)
    throw new LookupError(`cpu ${target.panicCpu.index} has no thread`);
  return found;
}

export const threadWalker: Walker = {
  name: 'thread',
  summary: 'walk all threads',
  address: 'none',
  elementType: 'struct thread',
  origin: 'corewalk',
  walk: (target) => allThreads(target),
};
