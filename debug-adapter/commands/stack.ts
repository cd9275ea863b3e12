/** `::stack`, `$c`, `$C`, `::cpustack`, `::findstack`, `::stackregs`: backtraces. */
import { LookupError } from '../../dump-format/errors.ts';
import { frameRows } from '../print/frames.ts';
import { registerRows } from '../print/registers.ts';
import { cpuByIndex, threadAt } from '../target/threads.ts';
import { unwind } from '../target/unwind.ts';
import { textRow, type Dcmd, type Invocation, type Row } from './command.ts';
import { chooseStart, frameStyle, stackOptions } from './lib-stack.ts';

const description =
  'Without an address, the stack of the CPU that panicked. The address is that of a thread, or a frame pointer. ' +
  'Frames are found by the unwind tables of the kernel where they reach, by frame pointers elsewhere (-m tells). ' +
  'Arguments are what the debug information can still locate; ? is one that the compiler dropped. The count limits them; 0 prints none. ' +
  'Functions that were inlined into a frame stand behind it in brackets.';

export const stack: Dcmd = {
  name: 'stack',
  aliases: ['$c'],
  address: 'optional',
  synopsis: '[count]',
  summary: 'print stack backtrace',
  description,
  options: stackOptions,
  examples: [
    { line: '$c', explains: 'the stack of the panic' },
    { line: '::walk thread | ::stack', explains: 'the stack of every thread' },
    { line: '$c -t', explains: 'with types' },
  ],
  origin: 'mdb',
  *run(invocation) {
    yield* backtrace(invocation, false);
  },
};

export const stackWithPointers: Dcmd = {
  ...stack,
  name: '$C',
  aliases: [],
  summary: 'print stack backtrace with frame pointers',
  examples: [{ line: '$C', explains: 'the stack of the panic, with frame pointers' }],
  *run(invocation) {
    yield* backtrace(invocation, true);
  },
};

export const cpustack: Dcmd = {
  ...stack,
  name: 'cpustack',
  aliases: [],
  summary: 'print the stack of a CPU',
  description: `The address is the number of a CPU, as with -c. ${description}`,
  examples: [{ line: '::cpustack -c 1', explains: 'where CPU 1 was' }],
  *run(invocation) {
    const { target, address, hasAddress, options } = invocation;
    if (target.cpus.length === 0) throw new LookupError('no registers in this dump');
    const chosen = options.number('c') ?? (hasAddress ? address : undefined);
    const cpu = chosen === undefined ? target.panicCpu : cpuByIndex(target, Number(chosen));
    yield* frameRows(
      target,
      unwind(target, { kind: 'cpu', cpu: cpu.index }),
      frameStyle(invocation),
    );
  },
};

export const findstack: Dcmd = {
  name: 'findstack',
  address: 'required',
  synopsis: '[count]',
  summary: 'find the stack of a thread',
  description: 'The saved stack pointer of a thread, then the functions on its stack.',
  options: [{ letter: 'v', argument: 'none', help: 'with arguments' }],
  examples: [{ line: '<thread::findstack -v', explains: 'of the thread that panicked' }],
  origin: 'mdb',
  *run(invocation) {
    const { target, address, options } = invocation;
    const thread = threadAt(target, address);
    if (!thread) throw new LookupError(`${address.toString(16)} is not a thread`);
    if (!thread.start)
      throw new LookupError(
        `thread ${address.toString(16)} (${thread.state}) has no saved context`,
      );
    const style = frameStyle(invocation, options.has('v') ? {} : { argumentLimit: 0 });
    const frames = unwind(target, thread.start);
    const first = frames.next();
    if (first.done === true) return;
    const state = thread.state === 'FREE' ? ' (TS_FREE)' : '';
    const { stackPointer, framePointer } = first.value;
    const pointer = stackPointer?.toString(16) ?? '?';
    yield textRow(`stack pointer for thread ${address.toString(16)}${state}: ${pointer}`);
    if (framePointer !== undefined) {
      const place = target.formatAddress(first.value.pc);
      yield textRow(`[ ${framePointer.toString(16).padStart(16, '0')} ${place}() ]`);
    }
    for (const row of frameRows(target, frames, style))
      yield { ...row, spans: [{ kind: 'text', text: '  ' }, ...row.spans] };
  },
};

export const stackregs: Dcmd = {
  name: 'stackregs',
  address: 'optional',
  synopsis: '[count]',
  summary: 'print stack backtrace and registers',
  description: 'Registers first, then the stack as ::stack prints it.',
  options: stackOptions,
  examples: [{ line: '::stackregs', explains: 'of the CPU that panicked' }],
  origin: 'mdb',
  *run(invocation) {
    const { target } = invocation;
    const start = chooseStart(invocation);
    if (start.kind === 'cpu') yield* registerRows(target, cpuByIndex(target, start.cpu));
    if (start.kind === 'registers')
      yield* registerRows(target, { index: -1, registers: start.registers, fxsave: undefined });
    yield { spans: [] };
    yield* frameRows(target, unwind(target, start), frameStyle(invocation));
  },
};

function* backtrace(invocation: Invocation, hasPointers: boolean): Generator<Row> {
  const { target, isPiped, hasAddress, address, isPipeOut } = invocation;
  const start = chooseStart(invocation);
  const style = frameStyle(invocation, hasPointers ? { framePointers: true } : {});
  if (isPiped && !isPipeOut && hasAddress && threadAt(target, address))
    yield { spans: [{ kind: 'heading', text: `thread ${address.toString(16)}`, address }] };
  yield* frameRows(target, unwind(target, start), style);
}
