/** `::ps` and `::ptree`, for a kernel without ones of its own: processes as its threads name them. */
import { escapeControls } from '../print/escape.ts';
import { fullAddressCell, headingRow, tableRow, type Column } from '../print/table.ts';
import type { KernelThread } from '../target/target.ts';
import { textRow, type Dcmd, type Row } from './command.ts';
import { gapRows, readThreads } from './lib-threads.ts';

const columns: readonly Column[] = [
  { heading: 'ADDR', width: 16, align: 'right' },
  { heading: 'THREADS', width: 7, align: 'right' },
  { heading: 'NAME', width: 0, align: 'left' },
];

export const ps: Dcmd = {
  name: 'ps',
  address: 'none',
  summary: 'list processes',
  description:
    'A process is what threads of the kernel belong to; one without a thread is not found here.',
  options: [],
  examples: [{ line: '::ps', explains: 'every process that has a thread' }],
  origin: 'mdb',
  *run({ target, isPipeOut }) {
    if (!isPipeOut) yield headingRow(columns);
    const gaps: string[] = [];
    for (const [address, threads] of processes(readThreads(target, gaps))) {
      const [first] = threads;
      const name = first?.name ?? '';
      const cells = [
        fullAddressCell(address),
        { text: threads.length.toString() },
        { text: escapeControls(name) },
      ];
      yield tableRow(columns, cells, {
        value: address,
        data: { address, threads: threads.length, name },
      });
    }
    yield* gapRows(gaps);
  },
};

export const ptree: Dcmd = {
  name: 'ptree',
  address: 'none',
  summary: 'print processes with their threads below them',
  description: 'Threads without a process come last.',
  options: [],
  examples: [{ line: '::ptree', explains: 'who belongs to whom' }],
  origin: 'mdb',
  *run({ target }) {
    const gaps: string[] = [];
    const all = [...readThreads(target, gaps)];
    for (const [address, threads] of processes(all)) {
      yield nodeRow(address, threads[0]?.name ?? '', 0);
      for (const thread of threads) yield nodeRow(thread.address, label(thread), 1);
    }
    for (const thread of all)
      if (thread.process === undefined) yield nodeRow(thread.address, label(thread), 0);
    yield* gapRows(gaps);
  },
};

function label({ name, id, state }: KernelThread): string {
  return `${name}/${id} ${state}`;
}

function nodeRow(address: bigint, name: string, depth: number): Row {
  const text = `${' '.repeat(5 * depth)}${address.toString(16).padStart(16, '0')}  ${escapeControls(name)}`;
  return textRow(text, {
    ...(address !== 0n && { value: address }),
    data: { address, name, depth },
  });
}

function processes(threads: Iterable<KernelThread>): ReadonlyMap<bigint, readonly KernelThread[]> {
  const found = new Map<bigint, KernelThread[]>();
  for (const thread of threads) {
    if (thread.process === undefined) continue;
    const list = found.get(thread.process);
    if (list) list.push(thread);
    else found.set(thread.process, [thread]);
  }
  return found;
}
