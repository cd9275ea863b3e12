/** `::findleaks`: memory that is given out and that nothing points to. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import type { Allocation } from '../kernels/kernel.ts';
import { fullAddressCell, headingRow, tableRow, type Column } from '../print/table.ts';
import { findLeaks, type LeakReport } from '../target/leaks.ts';
import { textRow, type Dcmd, type Invocation, type Row } from './command.ts';

const columns: readonly Column[] = [
  { heading: 'CACHE', width: 16, align: 'left' },
  { heading: 'LEAKED', width: 7, align: 'right' },
  { heading: 'BUFFER', width: 16, align: 'right' },
  { heading: 'NAME', width: 0, align: 'left' },
];

/** Dashes above the total, as many as mdb draws. */
const ruleWidth = 72;

export const findleaks: Dcmd = {
  name: 'findleaks',
  address: 'none',
  summary: 'search for potential kernel memory leaks',
  description:
    'Buffers that the allocator has given out and that nothing reaches: no register, no kernel memory, no buffer that is reached itself. One line for each cache that lost some, with its first one; in a pipe, every buffer. ' +
    'A pointer anywhere into a buffer reaches it. Free buffers, traces and the unused part of stacks reach nothing. ' +
    'A pointer that is kept in user memory, in a device or in another form is not seen, and a stale word can hide a leak: these are candidates, to be looked at. ' +
    "Who allocated a buffer is not known, as these allocators keep no audit trail: mdb's BUFCTL and CALLER are BUFFER and NAME here.",
  options: [
    { letter: 'd', argument: 'none', help: 'every buffer on a line of its own' },
    { letter: 'v', argument: 'none', help: 'with the size of the search' },
  ],
  examples: [
    { line: '::findleaks', explains: 'which caches lost memory' },
    { line: '::findleaks | ::whatis', explains: 'and what each buffer is' },
  ],
  origin: 'mdb',
  *run(invocation) {
    const { options, isPipeOut, arguments: list } = invocation;
    if (list.length > 0) throw new UsageError('');
    const report = search(invocation);
    if (options.has('v') && !isPipeOut) yield* statistics(report);
    if (isPipeOut) {
      for (const leak of report.leaked) yield bufferRow(leak, 1);
      return;
    }
    if (report.leaked.length === 0) {
      yield textRow('findleaks: no memory leaks detected', { data: { leaked: 0n, bytes: 0n } });
      return;
    }
    yield headingRow(columns);
    if (options.has('d')) for (const leak of report.leaked) yield bufferRow(leak, 1);
    else for (const [leak, count] of byCache(report.leaked)) yield bufferRow(leak, count);
    yield textRow('-'.repeat(ruleWidth));
    yield totalRow(report.leaked);
  },
};

/** @throws LookupError when the allocator's books are not known */
function search({ target, session }: Invocation): LeakReport {
  const allocator = target.kernel?.allocator;
  if (!allocator) throw new LookupError("the allocator of this dump's kernel is not known");
  return findLeaks(target, allocator, (done, total) =>
    session.checkpoint({ done, total, what: 'searching for leaks' }),
  );
}

function* statistics({ buffers, words, leaked }: LeakReport): Generator<Row> {
  const facts = { buffers, 'potential pointers': words, leaked: leaked.length };
  for (const [what, value] of Object.entries(facts))
    yield textRow(`findleaks: ${what.padStart(30)} => ${value}`, { data: { what, count: value } });
}

/** The first buffer of each cache and how many the cache lost; as the buffers come. */
function byCache(leaked: readonly Allocation[]): Iterable<readonly [Allocation, number]> {
  const caches = new Map<bigint, readonly [Allocation, number]>();
  for (const leak of leaked) {
    const [first, count] = caches.get(leak.cacheAddress) ?? [leak, 0];
    caches.set(leak.cacheAddress, [first, count + 1]);
  }
  return caches.values();
}

function bufferRow(leak: Allocation, count: number): Row {
  const { address, size, cache, cacheAddress } = leak;
  const cells = [
    fullAddressCell(cacheAddress),
    { text: count.toString() },
    fullAddressCell(address),
    { text: cache },
  ];
  const data = { cache: cacheAddress, name: cache, leaked: count, buffer: address, size };
  return tableRow(columns, cells, { value: address, data });
}

function totalRow(leaked: readonly Allocation[]): Row {
  const bytes = leaked.reduce((sum, { size }) => sum + size, 0n);
  const buffers = `${leaked.length.toString().padStart(7)} buffer${leaked.length === 1 ? '' : 's'}`;
  return textRow(`${'Total'.padStart(16)} ${buffers}, ${bytes} byte${bytes === 1n ? '' : 's'}`, {
    data: { leaked: leaked.length, bytes },
  });
}
