/** Linux's processes and threads: walkers `proc`, `thread`, and `::ps` in crash's columns. */
import type { Dcmd, Invocation, Row, Walker } from '../../commands/command.ts';
import { dumpText, heading, pointer, text } from '../../facts/cells.ts';
import {
  allTasks,
  commandName,
  processes,
  processThreads,
  readOr,
  runningTasks,
  stateWord,
} from '../../facts/linux/tasks.ts';

export const procWalker: Walker = {
  name: 'proc',
  summary: 'processes: init_task, then the leaders on its list',
  address: 'none',
  elementType: 'struct task_struct',
  origin: 'corewalk',
  walk: (target) => processes(target),
};

export const threadWalker: Walker = {
  name: 'thread',
  summary: 'every task, or the threads of a process',
  description:
    'Without an address all tasks, idle ones of CPUs last; with the address of a leader, the threads of its process.',
  address: 'optional',
  elementType: 'struct task_struct',
  origin: 'corewalk',
  walk: (target, start) => (start === undefined ? allTasks(target) : processThreads(target, start)),
};

export const ps: Dcmd = {
  name: 'ps',
  address: 'optional',
  summary: 'list processes',
  description:
    'A > marks what a CPU runs. States are RU running, IN and UN asleep, ID idle, ST stopped, TR traced, ZO zombie, DE dead, PA parked.',
  options: [{ letter: 't', argument: 'none', help: 'every thread, not their leaders alone' }],
  origin: 'corewalk',
  examples: [
    { line: '::ps', explains: 'every process' },
    { line: '::ps -t', explains: 'every thread' },
  ],
  *run(invocation) {
    const { target, hasAddress, address, options, isPipeOut } = invocation;
    const all = options.has('t') ? allTasks(target) : processes(target);
    const running = runningTasks(target);
    if (invocation.isFirst && !isPipeOut)
      yield { spans: [heading('     PID    PPID CPU ST TASK             COMM')] };
    for (const each of hasAddress ? [address] : all) {
      invocation.session.checkpoint();
      yield taskRow(invocation, each, running);
    }
  },
};

function taskRow(
  { target }: Invocation,
  address: bigint,
  running: ReadonlyMap<bigint, number>,
): Row {
  const value = target.value('struct task_struct', address);
  const pid = value.member('pid').signed();
  const parent = readOr('-', () => value.path('real_parent->tgid').signed().toString());
  const state = stateWord(value);
  const cpu = running.get(address);
  const name = commandName(value);
  const numbers = `${pid.toString().padStart(7)} ${parent.padStart(7)} ${(cpu ?? '-').toString().padStart(3)}`;
  return {
    spans: [
      text(`${cpu === undefined ? ' ' : '>'}${numbers} ${state} `),
      pointer(address),
      dumpText(` ${name}`),
    ],
    value: address,
    object: { address, type: target.type('struct task_struct') },
    data: { address, pid, parent, cpu, state, name },
  };
}
