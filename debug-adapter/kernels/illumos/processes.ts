/** illumos processes: walker `proc`, and `::ps` in mdb's columns. */
import type { Dcmd, Invocation, Row, Walker } from '../../commands/command.ts';
import { commandName, processes, processThreads, threadState } from '../../facts/illumos/kernel.ts';
import type { Value } from '../../target/value.ts';
import { dumpText, heading, pointer, text } from '../../facts/cells.ts';

export const procWalker: Walker = {
  name: 'proc',
  summary: 'list of active proc_t structures',
  address: 'none',
  elementType: 'proc_t',
  origin: 'mdb',
  walk: (target) => processes(target),
};

/** `p_stat`. Source: illumos-gate, usr/src/uts/common/sys/proc.h. */
const stateLetters = new Map([
  [1, 'S'],
  [2, 'R'],
  [3, 'Z'],
  [4, 'T'],
  [5, 'I'],
  [6, 'O'],
  [7, 'W'],
]);

export const ps: Dcmd = {
  name: 'ps',
  address: 'optional',
  summary: 'list processes (and associated threads and lwps)',
  options: [
    { letter: 't', argument: 'none', help: 'with a line for each thread' },
    { letter: 'l', argument: 'none', help: 'with a line for each lwp' },
    { letter: 'f', argument: 'none', help: 'the command line instead of the name' },
  ],
  origin: 'mdb',
  examples: [
    { line: '::ps', explains: 'every process' },
    { line: '::ps -t', explains: 'with their threads' },
  ],
  *run(invocation) {
    const addresses = invocation.hasAddress ? [invocation.address] : processes(invocation.target);
    let isFirst = invocation.isFirst;
    for (const address of addresses) {
      if (invocation.isPipeOut) {
        yield { spans: [pointer(address)], value: address };
        continue;
      }
      if (isFirst) yield { spans: [heading(psHeading)] };
      isFirst = false;
      yield* processRows(invocation, address);
    }
  },
};

/** Heading of `processRows`. */
export const psHeading = 'S    PID   PPID   PGID    SID    UID      FLAGS             ADDR NAME';

/** The row of a process, and those of its threads and lwps. */
export function* processRows(invocation: Invocation, address: bigint): Generator<Row> {
  const { target, options } = invocation;
  const process = target.value('proc_t', address);
  const pid = process.path('p_pidp->pid_id').signed();
  const read = (path: string): string => {
    const first = path.split(/[.[-]/)[0] ?? path;
    return process.hasMember(first) ? process.path(path).signed().toString() : '0';
  };
  const name = options.has('f')
    ? process.path('p_user.u_psargs').text(80)
    : commandName(target, address);
  const numbers = [
    pid.toString(),
    read('p_ppid'),
    read('p_pgidp->pid_id'),
    read('p_sessp->s_sidp->pid_id'),
    uid(process),
  ];
  const flags = process.hasMember('p_flag') ? process.member('p_flag').unsigned() : 0n;
  const state = stateLetters.get(Number(process.member('p_stat').unsigned())) ?? '?';
  yield {
    spans: [
      text(
        `${state} ${numbers.map((each) => each.padStart(6)).join(' ')} 0x${flags.toString(16).padStart(8, '0')} `,
      ),
      pointer(address, { zeroPadded: true }),
      dumpText(` ${name ?? ''}`),
    ],
    value: address,
    object: { address, type: target.type('proc_t') },
    data: { address, pid, state, flags, name },
  };
  if (!options.has('t') && !options.has('l')) return;
  for (const thread of processThreads(target, address)) {
    const value = target.value('kthread_t', thread);
    if (options.has('t')) {
      const word = threadState(value);
      yield {
        spans: [text('\tT  '), pointer(thread), text(` <TS_${word}>`)],
        data: { thread, state: word },
      };
    }
    const lwp = value.member('t_lwp').unsigned();
    if (options.has('l') && lwp !== 0n) {
      const id = value.member('t_tid').unsigned();
      yield { spans: [text('\tL  '), pointer(lwp), text(` ID: ${id}`)], data: { lwp, id } };
    }
  }
}

function uid(process: Value): string {
  if (!process.hasMember('p_cred') || process.member('p_cred').unsigned() === 0n) return '0';
  return process.path('p_cred->cr_uid').unsigned().toString();
}
