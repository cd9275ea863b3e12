/** `::mappings`: the ranges of memory that a dump holds. */
import type { MemorySegment } from '../../dump-format/memory.ts';
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { headingRow, tableRow, type Column } from '../print/table.ts';
import type { Target } from '../target/target.ts';
import type { Dcmd, Invocation, Row } from './command.ts';
import { imageRange } from './lib-image.ts';

/** Ranges that are listed unless -v is given. */
export const mappingLimit = 1000;

const columns: readonly Column[] = [
  { heading: 'BASE', width: 16, align: 'right' },
  { heading: 'LIMIT', width: 16, align: 'right' },
  { heading: 'SIZE', width: 16, align: 'right' },
  { heading: 'PHYSICAL', width: 16, align: 'right' },
  { heading: 'NAME', width: 0, align: 'left' },
];

export const mappings: Dcmd = {
  name: 'mappings',
  aliases: ['$m'],
  address: 'optional',
  synopsis: '[name]',
  summary: 'print address space mappings',
  description:
    'Ranges that are present in the dump, neighbours taken together, with their physical addresses. What is in no range is absent. ' +
    'With an address, the range that holds it; with a name, the ranges of that name (the kernel, or anon).',
  options: [{ letter: 'v', argument: 'none', help: 'all of them, however many' }],
  examples: [
    { line: '::mappings', explains: 'what memory the dump has' },
    { line: '<rsp::mappings', explains: 'the range that a stack pointer is in' },
  ],
  origin: 'mdb',
  *run(invocation) {
    const { isPipeOut, options, isFirst } = invocation;
    const ranges = chosen(invocation);
    if (!isPipeOut && isFirst) yield headingRow(columns);
    if (isPipeOut) {
      // A range without a virtual address is nothing that the next command could work on.
      for (const { base } of ranges) if (base !== undefined) yield addressRow(base);
      return;
    }
    for (const [index, range] of ranges.entries()) {
      if (index >= mappingLimit && !options.has('v')) {
        const text = `... and ${ranges.length - index} more: ::mappings -v`;
        yield { spans: [{ kind: 'comment', text }] };
        return;
      }
      yield rangeRow(invocation, range);
    }
  },
};

/** @throws LookupError when none holds the address or has the name */
function chosen(invocation: Invocation): readonly Range[] {
  const {
    target,
    hasAddress,
    address,
    arguments: [word, extra],
  } = invocation;
  if (extra !== undefined || word?.kind === 'immediate') throw new UsageError('');
  const all = joined(target.dump.segments);
  if (word !== undefined) {
    const names = [word.text, `[ ${word.text} ]`];
    const named = all.filter((range) => names.includes(nameOf(target, range)));
    if (named.length > 0) return named;
    throw new LookupError(`no mapping is named ${word.text}`);
  }
  if (!hasAddress) return all;
  const found = all.filter((range) => holds(range, address));
  if (found.length > 0) return found;
  throw new LookupError(`no mapping contains ${address.toString(16)}`);
}

interface Range {
  readonly base: bigint | undefined;
  readonly physical: bigint | undefined;
  readonly size: bigint;
  readonly flags: number;
}

/** Segments by virtual address, those that touch in both spaces and have the same rights taken together. */
function joined(segments: readonly MemorySegment[]): readonly Range[] {
  const sorted = segments
    .filter(({ size }) => size > 0n)
    .map(({ virtualAddress, physicalAddress, size, flags }) => ({
      base: virtualAddress,
      physical: physicalAddress,
      size,
      flags,
    }))
    .sort((a, b) => compare(a.base ?? a.physical ?? 0n, b.base ?? b.physical ?? 0n));
  const ranges: Range[] = [];
  for (const range of sorted) {
    const last = ranges.at(-1);
    if (last && continues(last, range)) {
      ranges[ranges.length - 1] = { ...last, size: last.size + range.size };
    } else ranges.push(range);
  }
  return ranges;
}

function continues(last: Range, next: Range): boolean {
  const touches = (a: bigint | undefined, b: bigint | undefined): boolean =>
    a === undefined ? b === undefined : b !== undefined && a + last.size === b;
  return (
    last.flags === next.flags &&
    touches(last.base, next.base) &&
    touches(last.physical, next.physical)
  );
}

function holds({ base, size }: Range, address: bigint): boolean {
  return base !== undefined && address >= base && address - base < size;
}

function nameOf(target: Target, { base, size }: Range): string {
  const image = imageRange(target);
  const isImage = image && base !== undefined && base < image.limit && base + size > image.base;
  return isImage ? (target.kernel?.name ?? 'kernel') : '[ anon ]';
}

function rangeRow({ target }: Invocation, range: Range): Row {
  const { base, physical, size, flags } = range;
  const cell = (value: bigint | undefined) => ({ text: value?.toString(16) ?? '-' });
  const limit = base === undefined ? undefined : base + size;
  const name = nameOf(target, range);
  const rights = `${flags & 4 ? 'r' : '-'}${flags & 2 ? 'w' : '-'}${flags & 1 ? 'x' : '-'}`;
  const cells = [
    cell(base),
    cell(limit),
    cell(size),
    cell(physical),
    { text: `${rights} ${name}` },
  ];
  return tableRow(columns, cells, {
    ...(base !== undefined && { value: base }),
    data: { base, limit, size, physical, rights, name },
  });
}

function addressRow(address: bigint): Row {
  return { spans: [{ kind: 'address', text: address.toString(16), address }], value: address };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
