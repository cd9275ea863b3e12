/** `::cpuinfo`, for a kernel without one of its own: what each CPU of the dump was doing. */
import { addressCell, headingRow, tableRow, type Column } from '../print/table.ts';
import { escapeControls } from '../print/escape.ts';
import { controlRegister } from '../target/control-registers.ts';
import { cpuByIndex, threadAt } from '../target/threads.ts';
import type { Cpu } from '../target/target.ts';
import { textRow, type Dcmd, type Invocation, type Row } from './command.ts';

const columns: readonly Column[] = [
  { heading: 'ID', width: 3, align: 'right' },
  { heading: 'THREAD', width: 16, align: 'right' },
  { heading: 'CR3', width: 16, align: 'right' },
  { heading: 'RIP', width: 32, align: 'left' },
  { heading: 'NAME', width: 0, align: 'left' },
];

/** Of `struct sim_cpu`, shown with -v. */
const counters = [
  'tsc',
  'cnt_cr3_load',
  'cnt_invlpg',
  'cnt_ipi_sent',
  'cnt_ipi_recv',
  'tlb_n',
  'sb_n',
];

export const cpuinfo: Dcmd = {
  name: 'cpuinfo',
  address: 'optional',
  summary: 'print CPUs and what they run',
  description:
    'The CPU that panicked, or took the dump, is marked with a star. The address is the number of a CPU.',
  options: [{ letter: 'v', argument: 'none', help: 'with counters of the hardware state' }],
  examples: [{ line: '::cpuinfo', explains: 'every CPU, a line each' }],
  origin: 'mdb',
  *run(invocation) {
    const { target, hasAddress, address, isFirst, isPipeOut, options } = invocation;
    const cpus = hasAddress ? [cpuByIndex(target, Number(address))] : byIndex(target.cpus);
    if (isFirst && !isPipeOut) yield headingRow(columns);
    for (const cpu of cpus) {
      yield cpuRow(invocation, cpu);
      if (options.has('v') && !isPipeOut) yield* counterRows(invocation, cpu);
    }
  },
};

function byIndex(cpus: readonly Cpu[]): readonly Cpu[] {
  return cpus.toSorted((a, b) => a.index - b.index);
}

function cpuRow({ target, isPipeOut }: Invocation, cpu: Cpu): Row {
  const { kernel } = target;
  const thread = kernel?.currentThread(cpu);
  const known = thread === undefined ? undefined : threadAt(target, thread);
  const rip = cpu.registers.get('rip');
  const cr3 = controlRegister(target, cpu, 'cr3');
  const isPanic = cpu.index === target.panicCpu.index;
  const name = `${isPanic ? '*' : ' '} ${escapeControls(known?.name ?? '-')}`;
  const data = { id: cpu.index, thread, cr3, rip, name: known?.name, isPanic };
  const rest = { value: thread ?? BigInt(cpu.index), data };
  if (isPipeOut) return textRow(rest.value.toString(16), rest);
  const cells = [
    { text: cpu.index.toString() },
    thread === undefined ? { text: '-' } : addressCell(thread),
    { text: cr3?.toString(16) ?? '-' },
    rip === undefined
      ? { text: '-' }
      : { kind: 'symbol' as const, text: target.formatAddress(rip), address: rip },
    { text: name },
  ];
  return tableRow(columns, cells, rest);
}

function* counterRows({ target }: Invocation, { index }: Cpu): Generator<Row> {
  const { hardware } = target;
  if (!hardware || index >= hardware.count) return;
  const state = hardware.cpu(index);
  const fields = counters
    .filter((name) => state.hasMember(name))
    .map((name) => `${name}=${state.member(name).unsigned()}`);
  yield textRow(`      ${fields.join(' ')}`);
}
