/** `::cpuinfo`, `::inval_stats` and `::ktr`: what each CPU runs, invalidates and has recorded. */
import { errorRow, type Dcmd, type Row, type Walker } from '../../commands/command.ts';
import {
  lwpName,
  perCpuPlaces,
  perCpus,
  vmspaceOf,
  type PerCpu,
} from '../../facts/dragonfly/processes.ts';
import { hasCpu, offsetOfPmap } from '../../facts/dragonfly/spaces.ts';
import { trace } from '../../facts/dragonfly/ktr.ts';
import { selected } from '../../facts/selected.ts';
import { addressCell, headingRow, tableRow, type Cell, type Column } from '../../print/table.ts';
import { controlRegister } from '../../target/control-registers.ts';
import type { Target } from '../../target/target.ts';

const cpuColumns: readonly Column[] = [
  { heading: 'CPU', width: 3, align: 'right' },
  { heading: 'THREAD', width: 16, align: 'left' },
  { heading: 'PID/TID', width: 7, align: 'left' },
  { heading: 'CR3', width: 16, align: 'left' },
  { heading: 'PM_ACTIVE', width: 9, align: 'left' },
  { heading: 'NPX', width: 16, align: 'left' },
  { heading: 'CR3LOAD', width: 7, align: 'left' },
  { heading: 'CR3SKIP', width: 0, align: 'left' },
];

export const cpuWalker: Walker = {
  name: 'cpu',
  summary: 'walk struct privatespace of each CPU',
  address: 'none',
  elementType: 'struct privatespace',
  origin: 'corewalk',
  *walk(target) {
    for (const { place } of perCpus(target)) yield place.address ?? 0n;
  },
};

export const cpuinfo: Dcmd = {
  name: 'cpuinfo',
  address: 'optional',
  summary: 'print CPUs: thread, page tables, whether they hear of invalidations',
  description:
    'PM_ACTIVE says whether the CPU has its bit in the address space of its thread: only then do others tell it about changes. CR3LOAD and ' +
    'CR3SKIP count switches to user threads that loaded CR3 and that did not.',
  examples: [{ line: '::cpuinfo', explains: 'every CPU, a line each' }],
  origin: 'corewalk',
  *run(invocation) {
    const { target, isFirst, isPipeOut } = invocation;
    if (isFirst && !isPipeOut) yield headingRow(cpuColumns);
    const readable = new Map(perCpus(target).map((cpu) => [cpu.id, cpu]));
    for (const { id, place } of selected(
      perCpuPlaces(target),
      invocation,
      (each, address) => address === BigInt(each.id) || address === each.place.address,
      'is neither a cpu number nor a struct privatespace',
    )) {
      const cpu = readable.get(id);
      if (cpu) yield cpuRow(target, cpu);
      else
        yield errorRow(`cpu ${id}: failed to read ${place.address?.toString(16) ?? 'its books'}`);
    }
  },
};

function cpuRow(target: Target, cpu: PerCpu): Row {
  const thread = cpu.currentThread;
  const vmspace = vmspaceOf(target, thread);
  const pmap =
    vmspace === 0n ? target.symbolAddress('kernel_pmap') : vmspace + BigInt(offsetOfPmap(target));
  const isActive = hasCpu(target.value('struct pmap', pmap).member('pm_active'), cpu.id);
  const registers = target.cpus.find((each) => each.index === cpu.id);
  const cr3 = registers && controlRegister(target, registers, 'cr3');
  const npx = cpu.place.path('mdglobaldata.gd_npxthread').unsigned();
  const load = cpu.place.member('cnt_cr3_load').unsigned();
  const skip = cpu.place.member('cnt_cr3_skip').unsigned();
  const cells: Cell[] = [
    { text: cpu.id.toString() },
    addressCell(thread),
    { text: lwpName(target, thread) },
    { text: cr3 === undefined ? '-' : cr3.toString(16).padStart(16, '0') },
    { text: isActive ? 'yes' : 'no' },
    npx === 0n ? { text: '-' } : addressCell(npx),
    { text: load.toString() },
    { text: skip.toString() },
  ];
  return tableRow(cpuColumns, cells, {
    value: thread,
    object: { address: thread, type: target.type('struct thread') },
    data: { cpu: cpu.id, thread, cr3, isActive, npx, load, skip },
  });
}

const slotColumns: readonly Column[] = [
  { heading: 'CPU', width: 3, align: 'right' },
  { heading: 'MODE', width: 9, align: 'left' },
  { heading: 'VA', width: 16, align: 'left' },
  { heading: 'NPGS', width: 8, align: 'left' },
  { heading: 'MASK', width: 6, align: 'left' },
  { heading: 'DONE', width: 6, align: 'left' },
  { heading: 'FAILED', width: 6, align: 'left' },
  { heading: 'INVLPG', width: 6, align: 'left' },
  { heading: 'INVLTLB', width: 7, align: 'left' },
  { heading: 'SENT', width: 5, align: 'left' },
  { heading: 'RECEIVED', width: 0, align: 'left' },
];

const modes = ['INVDONE', 'INVSTORE', 'INVCMPSET'];

export const invalStats: Dcmd = {
  name: 'inval_stats',
  address: 'none',
  summary: 'the invalidation command of each CPU, and its counters',
  description:
    'MASK holds the CPUs that have not stopped for the command, DONE those that have not finished it. The last four columns are counters of the hardware.',
  examples: [{ line: '::inval_stats', explains: 'a line for each CPU' }],
  origin: 'corewalk',
  *run({ target }) {
    yield headingRow(slotColumns);
    const slots = target.global('invinfo');
    for (const { id } of perCpus(target)) {
      const slot = slots.index(BigInt(id));
      const cpus = (name: string): Cell => ({
        text: slot.path(`${name}.ary[0]`).unsigned().toString(16),
      });
      const hardware = target.hardware?.cpu(id);
      const counter = (name: string): Cell => ({
        text: hardware?.member(name).unsigned().toString() ?? '-',
      });
      const address = slot.address ?? 0n;
      yield tableRow(
        slotColumns,
        [
          { text: id.toString() },
          { text: modes[Number(slot.member('mode').unsigned())] ?? '?' },
          { text: slot.member('va').unsigned().toString(16).padStart(16, '0') },
          { text: slot.member('npgs').signed().toString(16) },
          cpus('mask'),
          cpus('done'),
          { text: slot.member('failed').unsigned().toString() },
          counter('cnt_invlpg'),
          counter('cnt_invltlb'),
          counter('cnt_ipi_sent'),
          counter('cnt_ipi_recv'),
        ],
        { value: address, object: { address, type: target.type('struct pmap_inval_info') } },
      );
    }
  },
};

const traceColumns: readonly Column[] = [
  { heading: 'SEQ', width: 5, align: 'right' },
  { heading: 'CPU', width: 3, align: 'right' },
  { heading: 'TSC', width: 14, align: 'right' },
  { heading: 'WHAT', width: 22, align: 'left' },
  { heading: 'DATA', width: 0, align: 'left' },
];

export const ktr: Dcmd = {
  name: 'ktr',
  aliases: ['trace'],
  address: 'none',
  summary: 'the trace ring, oldest first',
  examples: [{ line: '::ktr', explains: 'what was recorded' }],
  origin: 'corewalk',
  *run({ target, isPipeOut }) {
    if (!isPipeOut) yield headingRow(traceColumns);
    for (const { at, seq, cpu, tsc, what, data } of trace(target)) {
      const cells = [seq, BigInt(cpu), tsc].map((each): Cell => ({ text: each.toString() }));
      const words = data.map((each) => each.toString(16)).join(' ');
      yield tableRow(traceColumns, [...cells, { text: what }, { text: words }], {
        value: at,
        object: { address: at, type: target.type('struct ktr_entry') },
      });
    }
  },
};
