/** `::threadlist`, for a kernel without one of its own: threads as its module finds them. */
import { frameRows } from '../print/frames.ts';
import { escapeControls } from '../print/escape.ts';
import { addressCell, fullAddressCell, headingRow, tableRow, type Column } from '../print/table.ts';
import type { KernelThread } from '../target/target.ts';
import { threadAt } from '../target/threads.ts';
import { unwind } from '../target/unwind.ts';
import { LookupError } from '../../dump-format/errors.ts';
import { textRow, type Dcmd, type Invocation, type Row } from './command.ts';
import { frameStyle } from './lib-stack.ts';

const columns: readonly Column[] = [
  { heading: 'ADDR', width: 16, align: 'right' },
  { heading: 'PROC', width: 16, align: 'right' },
  { heading: 'STATE', width: 8, align: 'left' },
  { heading: 'CPU', width: 3, align: 'right' },
  { heading: 'ID', width: 6, align: 'right' },
  { heading: 'NAME', width: 0, align: 'left' },
];

export const threadlist: Dcmd = {
  name: 'threadlist',
  address: 'optional',
  synopsis: '[count]',
  summary: 'display threads and associated C stack traces',
  description: 'The count limits the arguments shown for each frame.',
  options: [{ letter: 'v', argument: 'none', help: 'with the stack of each thread' }],
  examples: [
    { line: '::threadlist', explains: 'every thread, a line each' },
    { line: '::threadlist -v', explains: 'with their stacks' },
  ],
  origin: 'mdb',
  *run(invocation) {
    const { options, isPipeOut, session } = invocation;
    let isHeaded = isPipeOut || !invocation.isFirst;
    for (const thread of chosen(invocation)) {
      session.checkpoint();
      if (!isHeaded) yield headingRow(columns);
      isHeaded = true;
      yield threadRow(invocation, thread);
      if (options.has('v') && !isPipeOut) yield* stackOf(invocation, thread);
    }
  },
};

function chosen({ target, hasAddress, address }: Invocation): Iterable<KernelThread> {
  if (!hasAddress) return target.threads();
  const thread = threadAt(target, address);
  if (!thread) throw new LookupError(`${address.toString(16)} is not a thread`);
  return [thread];
}

function threadRow({ target, isPipeOut }: Invocation, thread: KernelThread): Row {
  const { address, process, state, cpu, id, name, type } = thread;
  const rest = {
    ...(address !== 0n && { value: address }),
    ...(address !== 0n && type !== '' && { object: { address, type: target.type(type) } }),
    data: { address, process, state, cpu, id, name },
  };
  if (isPipeOut) return { spans: [addressCellSpan(address)], ...rest };
  const cells = [
    address === 0n ? { text: '-' } : fullAddressCell(address),
    process === undefined ? { text: '-' } : addressCell(process),
    { text: state },
    { text: cpu?.toString() ?? '-' },
    { text: id },
    { text: escapeControls(name) },
  ];
  return tableRow(columns, cells, rest);
}

function addressCellSpan(address: bigint) {
  return { kind: 'address' as const, text: address.toString(16), address };
}

function* stackOf(invocation: Invocation, { start }: KernelThread): Generator<Row> {
  const { target } = invocation;
  if (!start) yield textRow('  no saved context');
  else {
    for (const row of frameRows(target, unwind(target, start), frameStyle(invocation)))
      yield { ...row, spans: [{ kind: 'text', text: '    ' }, ...row.spans] };
  }
  yield { spans: [] };
}
