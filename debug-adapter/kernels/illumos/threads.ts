/** illumos threads: walker `thread`, and `::threadlist` in mdb's columns. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Dcmd, Invocation, Row, Walker } from '../../commands/command.ts';
import {
  allThreads,
  commandName,
  describeThread,
  processThreads,
} from '../../facts/illumos/kernel.ts';
import type { Target } from '../../target/target.ts';
import { dumpText, heading, pointer, text } from '../../facts/cells.ts';
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
      dumpText(` ${name}`),
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
  yield { spans: [dumpText(`  PC: ${frames[0]?.name ?? '?'}    ${what}`)] };
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
