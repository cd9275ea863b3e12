/** illumos CPUs: walkers `cpu` and `cpu_dispq`, `::cpuinfo` with flags and dispatch queues in mdb's shape. */
import type { Dcmd, Row, Walker } from '../../commands/command.ts';
import { dumpText, heading, pointer, text } from '../../facts/cells.ts';
import { commandName, cpus } from '../../facts/illumos/kernel.ts';
import { selected } from '../../facts/selected.ts';
import { walkChain } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** Priorities that a dispatch queue may have. */
const priorityLimit = 1024n;

export const cpuWalker: Walker = {
  name: 'cpu',
  summary: 'walk cpu_t structures',
  address: 'none',
  elementType: 'cpu_t',
  origin: 'mdb',
  *walk(target) {
    for (const { address } of cpus(target)) yield address;
  },
};

export const cpuDispqWalker: Walker = {
  name: 'cpu_dispq',
  summary: 'given a cpu_t, walk the threads in its dispatch queues',
  description: 'From the highest priority down, in the order in which they will run.',
  address: 'required',
  elementType: 'kthread_t',
  origin: 'mdb',
  *walk(target, start = 0n) {
    for (const { thread } of queued(target, start)) yield thread;
  },
};

/** Threads that wait for a CPU. @param address of the `cpu_t` */
function* queued(
  target: Target,
  address: bigint,
): Generator<{ readonly thread: bigint; readonly priority: bigint }> {
  const dispatcher = target.value('cpu_t', address).member('cpu_disp');
  if (dispatcher.unsigned() === 0n) return;
  const count = dispatcher.member('disp_npri').signed();
  const queues = dispatcher.member('disp_q');
  const highest = count < priorityLimit ? count : priorityLimit;
  for (let priority = highest - 1n; priority >= 0n; priority--) {
    const first = queues.index(priority).member('dq_first').unsigned();
    for (const thread of walkChain(target.memory, { first, linkOffset: 0n }, 'dispatch queue'))
      yield { thread, priority };
  }
}

/** `cpu_flags`, lowest first. Source: illumos-gate, usr/src/uts/common/sys/cpuvar.h. */
const cpuFlagNames = [
  'RUNNING',
  'READY',
  'QUIESCED',
  'EXISTS',
  'ENABLE',
  'OFFLINE',
  'POWEROFF',
  'FROZEN',
  'SPARE',
  'FAULTED',
];

export const cpuinfo: Dcmd = {
  name: 'cpuinfo',
  address: 'optional',
  summary: 'print CPUs and runnable threads',
  options: [
    {
      letter: 'v',
      argument: 'none',
      help: 'with the flags by name and the threads that wait for the CPU',
    },
  ],
  origin: 'mdb',
  examples: [{ line: '::cpuinfo -v', explains: 'CPUs with their flags' }],
  *run(invocation) {
    const { target, options } = invocation;
    let isFirst = invocation.isFirst;
    for (const { address, id } of selected(
      cpus(target),
      invocation,
      (cpu, wanted) => wanted === cpu.address || wanted === BigInt(cpu.id),
      'is neither a cpu number nor a cpu_t',
    )) {
      if (isFirst || options.has('v')) {
        yield {
          spans: [
            heading(
              ' ID ADDR             FLG NRUN BSPL PRI RNRN KRNRN SWITCH THREAD           PROC',
            ),
          ],
        };
      }
      isFirst = false;
      yield cpuRow(target, address, id);
      if (options.has('v')) yield* flagRows(target, address);
    }
  },
};

function cpuRow(target: Target, address: bigint, id: number): Row {
  const cpu = target.value('cpu_t', address);
  const number = (member: string): bigint =>
    cpu.hasMember(member) ? cpu.member(member).signed() : 0n;
  const thread = cpu.member('cpu_thread').unsigned();
  const isIdle = thread === cpu.member('cpu_idle_thread').unsigned();
  const owner = isIdle ? 0n : target.value('kthread_t', thread).member('t_procp').unsigned();
  const priority = thread === 0n ? 0n : target.value('kthread_t', thread).member('t_pri').signed();
  const yesNo = (value: bigint): string => (value === 0n ? 'no' : 'yes');
  const columns = [
    id.toString().padStart(3),
    address.toString(16).padStart(16, '0'),
    number('cpu_flags').toString(16).padStart(3),
    runnable(cpu).toString().padStart(4),
    number('cpu_base_spl').toString().padStart(4),
    priority.toString().padStart(3),
    yesNo(number('cpu_runrun')).padStart(4),
    yesNo(number('cpu_kprunrun')).padStart(5),
    '-'.padEnd(6),
  ];
  return {
    spans: [
      text(`${columns.join(' ')} `),
      pointer(thread, { zeroPadded: true }),
      dumpText(` ${isIdle ? '(idle)' : (commandName(target, owner) ?? '')}`),
    ],
    value: address,
    object: { address, type: target.type('cpu_t') },
    data: { id, address, thread, process: owner },
  };
}

/** Threads in its dispatch queues, by their own count. */
function runnable(cpu: Value): bigint {
  if (!cpu.hasMember('cpu_disp') || cpu.member('cpu_disp').unsigned() === 0n) return 0n;
  return cpu.member('cpu_disp').member('disp_nrunnable').signed();
}

/** The flags downwards, and beside them the threads that wait. An empty line ends a CPU. */
function* flagRows(target: Target, address: bigint): Generator<Row> {
  const flags = target.value('cpu_t', address).member('cpu_flags').unsigned();
  const names = cpuFlagNames.filter((_, index) => (flags & (1n << BigInt(index))) !== 0n);
  const queue = [...queued(target, address)];
  const queueRows = queue.map(({ thread, priority }) => {
    const process = target.value('kthread_t', thread).member('t_procp').unsigned();
    const name = commandName(target, process) ?? '?';
    const digits = thread.toString(16).padStart(16, '0');
    return {
      data: { thread, priority },
      text: `      ${priority.toString().padStart(3)} ${digits} ${name}`,
    };
  });
  const queueTitle = '+-->  PRI THREAD           PROC';
  const right = queue.length === 0 ? [] : [{ text: queueTitle, data: undefined }, ...queueRows];
  yield { spans: [text(`${' '.repeat(23)}|${queue.length === 0 ? '' : '    |'}`)] };
  for (let index = 0; index < Math.max(names.length, right.length); index++) {
    const name = (names[index] ?? '').padStart(19) + (index === 0 ? ' <--+' : '');
    const beside = right[index];
    const line = beside === undefined ? name : name.padEnd(28) + beside.text;
    yield { spans: [text(line)], ...(beside?.data && { data: beside.data }) };
  }
  yield { spans: [text('')] };
}
