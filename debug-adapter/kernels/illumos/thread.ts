/** `::thread`: the members of an illumos thread, in mdb's groups of columns. */
import type { Dcmd, Invocation, Row } from '../../commands/command.ts';
import { heading, pointer, text } from '../../facts/cells.ts';
import { allThreads, threadState } from '../../facts/illumos/kernel.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** One letter's columns: behind the address on the first line, below each other on the next ones. */
interface Group {
  readonly letter: string;
  readonly help: string;
  readonly title: string;
  readonly cells: (thread: Value, target: Target) => string;
}

const groups: readonly Group[] = [
  {
    letter: 'i',
    help: 'state, flags, priorities and interrupted thread: the columns without options',
    title: `    STATE  FLG PFLG SFLG   PRI  EPRI PIL             INTR`,
    cells: (thread) => {
      const interrupted = number(thread, 't_intr');
      return [
        threadState(thread).toLowerCase().padEnd(8),
        hex(thread, 't_flag', 4),
        hex(thread, 't_proc_flag', 4),
        hex(thread, 't_schedflag', 4),
        decimal(thread, 't_pri', 5),
        decimal(thread, 't_epri', 5),
        decimal(thread, 't_pil', 3),
        (interrupted === 0n ? 'n/a' : interrupted.toString(16)).padStart(16),
      ].join(' ');
    },
  },
  {
    letter: 'p',
    help: 'process, lwp and credentials',
    title: '            PROC              LWP             CRED',
    cells: (thread) => addresses(thread, ['t_procp', 't_lwp', 't_cred']),
  },
  {
    letter: 'b',
    help: 'what it is blocked on',
    title: '           WCHAN               TS             PITS    SOBJ OPS',
    cells: (thread, target) => {
      const kind = number(thread, 't_sobj_ops');
      const name = kind === 0n ? '0' : target.formatAddress(kind);
      const channel = thread.path('t_lwpchan.lc_wchan').unsigned();
      const turnstiles = addresses(thread, ['t_ts', 't_prioinv']);
      return `${channel.toString(16).padStart(16)} ${turnstiles} ${name.slice(0, 11).padStart(11)}`;
    },
  },
  {
    letter: 's',
    help: 'signals that wait, and that are held back',
    title: '        SIGQUEUE         SIG PEND         SIG HELD',
    cells: (thread) =>
      [addresses(thread, ['t_sigqueue']), bits(thread, 't_sig'), bits(thread, 't_hold')].join(' '),
  },
  {
    letter: 'd',
    help: 'dispatching',
    title: '        DISPTIME BOUND PR SWITCH',
    cells: (thread) =>
      [
        number(thread, 't_disp_time').toString(16).padStart(16),
        decimal(thread, 't_bind_cpu', 5),
        decimal(thread, 't_preempt', 2),
        '-'.padEnd(6),
      ].join(' '),
  },
];

export const thread: Dcmd = {
  name: 'thread',
  address: 'optional',
  summary: 'display a summarized kthread_t',
  description:
    'All threads without an address. Each group of columns is on a line of its own, below the address, unless -m is given. What the kernel does not keep (who was interrupted, when it switched) is shown as n/a, 0 or -.',
  options: [
    ...groups.map(({ letter, help }) => ({ letter, argument: 'none' as const, help })),
    { letter: 'f', argument: 'none', help: 'without threads that are free' },
    { letter: 'm', argument: 'none', help: 'all groups on one line' },
  ],
  origin: 'mdb',
  examples: [
    { line: '<thread::thread -ip', explains: 'state and owner of the current thread' },
    { line: '::thread -bm', explains: 'what each thread waits for' },
  ],
  *run(invocation) {
    const { target, options, hasAddress, address, isPipeOut, session } = invocation;
    const asked = groups.filter(({ letter }) => options.has(letter));
    const shown = asked.length > 0 ? asked : groups.slice(0, 1);
    const glue = options.has('m') ? ' ' : `\n${' '.repeat(17)}`;
    if (invocation.isFirst && !isPipeOut) {
      const titles = shown.map(({ title }) => title).join(glue);
      for (const line of `${'ADDR'.padStart(16)} ${titles}`.split('\n'))
        yield { spans: [heading(line)] };
    }
    for (const each of hasAddress ? [address] : allThreads(target)) {
      session.checkpoint();
      const value = target.value('kthread_t', each);
      if (options.has('f') && threadState(value) === 'FREE') continue;
      yield* threadRows(invocation, value, each, shown, glue);
    }
  },
};

function* threadRows(
  { target, isPipeOut }: Invocation,
  value: Value,
  address: bigint,
  shown: readonly Group[],
  glue: string,
): Generator<Row> {
  const rest = {
    value: address,
    object: { address, type: value.type },
    data: { address, state: threadState(value), process: number(value, 't_procp') },
  };
  if (isPipeOut) return yield { spans: [pointer(address)], ...rest };
  const [first = '', ...others] = shown
    .map(({ cells }) => cells(value, target))
    .join(glue)
    .split('\n');
  yield { spans: [pointer(address, { zeroPadded: true }), text(` ${first}`)], ...rest };
  for (const line of others) yield { spans: [text(line)] };
}

/** 0 for a member that this kernel does not have. */
function number(thread: Value, member: string): bigint {
  return thread.hasMember(member) ? thread.member(member).unsigned() : 0n;
}

function hex(thread: Value, member: string, width: number): string {
  return number(thread, member).toString(16).padStart(width);
}

function decimal(thread: Value, member: string, width: number): string {
  const value = thread.hasMember(member) ? thread.member(member).signed() : 0n;
  return value.toString().padStart(width);
}

function addresses(thread: Value, members: readonly string[]): string {
  return members.map((member) => hex(thread, member, 16)).join(' ');
}

/** A set of signals, however the kernel declares it: its bytes as one number. */
function bits(thread: Value, member: string): string {
  if (!thread.hasMember(member)) return '0'.repeat(16);
  const bytes = thread.member(member).bytes();
  const digits = [...bytes].toReversed().map((byte) => byte.toString(16).padStart(2, '0'));
  return digits.join('').slice(-16).padStart(16, '0');
}
