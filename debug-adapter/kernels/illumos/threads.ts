/** illumos threads and CPUs: walkers `thread` and `cpu`, `::threadlist` and `::cpuinfo` in mdb's columns. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Dcmd, Invocation, Row, Walker } from '../../commands/command.ts';
import {
  allThreads,
  commandName,
  cpus,
  describeThread,
  processThreads,
} from '../../facts/illumos/kernel.ts';
import type { Target } from '../../target/target.ts';
import { heading, pointer, text } from '../../facts/cells.ts';
import { formatFrame } from '../../target/symbolize.ts';

export const threadWalker: Walker = {
  name: 'thread',
  summary: 'global or per-process kthread_t structures',
  description:
    'Without an address, all threads; with the address of a proc_t, the threads of that process.',
  address: 'optional',
  elementType: 'kthread_t',
  origin: 'mdb',
  walk: (target, start) =>
    start === undefined ? allThreads(target) : processThreads(target, start),
};

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

export const threadlist: Dcmd = {
  name: 'threadlist',
  address: 'optional',
  synopsis: '[count]',
  summary: 'display threads and associated C stack traces',
  options: [
    {
      letter: 'v',
      argument: 'none',
      help: 'with scheduling class, priority, wait channel and stack',
    },
  ],
  origin: 'mdb',
  examples: [
    { line: '::threadlist', explains: 'every thread, a line each' },
    { line: '::threadlist -v', explains: 'with their stacks' },
  ],
  *run(invocation) {
    const { target, options } = invocation;
    const addresses = invocation.hasAddress ? [invocation.address] : allThreads(target);
    let isFirst = invocation.isFirst;
    for (const address of addresses) {
      invocation.session.checkpoint();
      if (invocation.isPipeOut) {
        yield { spans: [pointer(address)], value: address };
        continue;
      }
      const isVerbose = options.has('v');
      if (isFirst) {
        const columns = isVerbose ? 'CLS PRI            WCHAN' : 'CMD/LWPID';
        yield { spans: [heading(`            ADDR             PROC              LWP ${columns}`)] };
      }
      isFirst = false;
      yield* isVerbose ? verboseRows(invocation, address) : [shortRow(target, address)];
    }
  },
};

function shortRow(target: Target, address: bigint): Row {
  const thread = target.value('kthread_t', address);
  const process = thread.member('t_procp').unsigned();
  const lwp = thread.member('t_lwp').unsigned();
  const tid = thread.member('t_tid').unsigned();
  const name =
    lwp === 0n
      ? `${target.formatAddress(thread.member('t_startpc').unsigned())}()`
      : `${commandName(target, process) ?? '?'}/${tid}`;
  return {
    spans: [
      pointer(address, { zeroPadded: true }),
      text(' '),
      pointer(process),
      text(' '),
      pointer(lwp),
      text(` ${name}`),
    ],
    value: address,
    object: { address, type: target.type('kthread_t') },
    data: { address, process, lwp, name },
  };
}

function* verboseRows({ target }: Invocation, address: bigint): Generator<Row> {
  const thread = target.value('kthread_t', address);
  const process = thread.member('t_procp').unsigned();
  const lwp = thread.member('t_lwp').unsigned();
  const number = (member: string, width: number): string =>
    (thread.hasMember(member) ? thread.member(member).signed() : 0n).toString().padStart(width);
  const channel = thread.hasMember('t_lwpchan') ? thread.path('t_lwpchan.lc_wchan').unsigned() : 0n;
  yield {
    spans: [
      pointer(address, { zeroPadded: true }),
      text(' '),
      pointer(process),
      text(' '),
      pointer(lwp),
      text(` ${number('t_cid', 3)} ${number('t_pri', 3)} `),
      pointer(channel),
    ],
    value: address,
    object: { address, type: target.type('kthread_t') },
  };
  const frames = stackFrames(target, address);
  const what =
    lwp === 0n
      ? `THREAD: ${target.formatAddress(thread.member('t_startpc').unsigned())}()`
      : `CMD: ${commandLine(target, process)}`;
  yield { spans: [text(`  PC: ${frames[0]?.name ?? '?'}    ${what}`)] };
  yield* stackRows(address, frames);
  yield { spans: [text('')] };
}

interface NamedFrame {
  readonly name: string;
  readonly pc: bigint;
  readonly framePointer: bigint | undefined;
  readonly stackPointer: bigint | undefined;
}

function stackFrames(target: Target, address: bigint): NamedFrame[] {
  const { start } = describeThread(target, address);
  const frames: NamedFrame[] = [];
  if (!start) return frames;
  for (const frame of target.stack(start)) {
    const { pc, framePointer, stackPointer } = frame;
    frames.push({ name: formatFrame(target.symbols, frame), pc, framePointer, stackPointer });
  }
  return frames;
}

function* stackRows(address: bigint, frames: readonly NamedFrame[]): Generator<Row> {
  const [first, ...others] = frames;
  const digits = (value: bigint | undefined): string =>
    (value ?? 0n).toString(16).padStart(16, '0');
  yield {
    spans: [
      text(
        `  stack pointer for thread ${address.toString(16)}: ${first?.stackPointer?.toString(16) ?? 'unknown'}`,
      ),
    ],
  };
  if (first) yield { spans: [text(`  [ ${digits(first.framePointer)} ${first.name}() ]`)] };
  for (const frame of others) {
    yield { spans: [text('    '), { kind: 'symbol', text: `${frame.name}()`, address: frame.pc }] };
  }
}

function commandLine(target: Target, process: bigint): string {
  if (process === 0n) return '?';
  try {
    return (
      target.value('proc_t', process).path('p_user.u_psargs').text(80) ||
      (commandName(target, process) ?? '?')
    );
  } catch (error) {
    if (error instanceof FaultError) return '?';
    throw error;
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
  options: [{ letter: 'v', argument: 'none', help: 'with the meaning of the flags' }],
  origin: 'mdb',
  examples: [{ line: '::cpuinfo -v', explains: 'CPUs with their flags' }],
  *run(invocation) {
    const { target, options } = invocation;
    let isFirst = invocation.isFirst;
    for (const { address, id } of cpus(target)) {
      if (
        invocation.hasAddress &&
        invocation.address !== address &&
        invocation.address !== BigInt(id)
      )
        continue;
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
    number('cpu_nrunnable').toString().padStart(4),
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
      text(` ${isIdle ? '(idle)' : (commandName(target, owner) ?? '')}`),
    ],
    value: address,
    object: { address, type: target.type('cpu_t') },
    data: { id, address, thread, process: owner },
  };
}

function* flagRows(target: Target, address: bigint): Generator<Row> {
  const flags = target.value('cpu_t', address).member('cpu_flags').unsigned();
  const names = cpuFlagNames.filter((_, index) => (flags & (1n << BigInt(index))) !== 0n);
  if (names.length === 0) return;
  yield { spans: [text(`${' '.repeat(23)}|`)] };
  for (const [index, name] of names.entries()) {
    yield { spans: [text(`${name.padStart(19)}${index === 0 ? ' <--+' : ''}`)] };
  }
  yield { spans: [text('')] };
}
