/** `::linkerset` and its walkers: arrays that a linker gathers from all object files. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import type { Target } from '../target/target.ts';
import { headingRow, tableRow, type Column } from '../print/table.ts';
import type { Dcmd, Row, Walker } from './command.ts';

const startPrefix = '__start_set_';
const stopPrefix = '__stop_set_';

/** Sets that are looked at, and items of one set. */
const setLimit = 10_000;
const itemLimit = 1_000_000n;

/** A set holds pointers to its items. Source: FreeBSD, sys/linker_set.h. */
const itemSize = 8n;

interface LinkerSet {
  readonly name: string;
  readonly start: bigint;
  readonly count: bigint;
}

const columns: readonly Column[] = [
  { heading: 'NAME', width: 20, align: 'left' },
  { heading: 'ITEMSIZE', width: 8, align: 'right' },
  { heading: 'ITEMCOUNT', width: 9, align: 'right' },
];

export const linkerset: Dcmd = {
  name: 'linkerset',
  address: 'none',
  synopsis: '[name]',
  summary: 'display linker sets',
  description:
    'Arrays of pointers between the symbols __start_set_NAME and __stop_set_NAME. With a name, the addresses of the items.',
  options: [],
  examples: [{ line: '::linkerset', explains: 'the sets of this kernel; BSD kernels have many' }],
  origin: 'mdb',
  *run({ target, isFirst, isPipeOut, arguments: [word, extra] }) {
    if (extra !== undefined || word?.kind === 'immediate') throw new UsageError('');
    if (word !== undefined) return yield* itemRows(target, word.text);
    const sets = linkerSets(target);
    if (isFirst && !isPipeOut) yield headingRow(columns);
    for (const { name, start, count } of sets) {
      const cells = [{ text: name }, { text: itemSize.toString() }, { text: count.toString() }];
      yield tableRow(columns, cells, { value: start, data: { name, address: start, count } });
    }
  },
};

export const linkersetsWalker: Walker = {
  name: 'linkersets',
  summary: 'walk the linker sets',
  address: 'none',
  origin: 'mdb',
  *walk(target) {
    for (const { start } of linkerSets(target)) yield start;
  },
};

export const linkersetWalker: Walker = {
  name: 'linkerset',
  summary: 'walk the items of a linker set, given its address',
  address: 'required',
  origin: 'mdb',
  *walk(target, start) {
    const set = linkerSets(target).find((each) => each.start === start);
    if (!set) throw new LookupError(`${(start ?? 0n).toString(16)} is not a linker set`);
    yield* items(target, set);
  },
};

function* itemRows(target: Target, name: string): Generator<Row> {
  const set = linkerSets(target).find((each) => each.name === name);
  if (!set) throw new LookupError(`no linker set '${name}'`);
  for (const address of items(target, set)) {
    yield {
      spans: [{ kind: 'address', text: address.toString(16), address }],
      value: address,
      data: { address },
    };
  }
}

function* items(target: Target, { start, count }: LinkerSet): Generator<bigint> {
  for (let index = 0n; index < count && index < itemLimit; index++)
    yield target.memory.readU64(start + index * itemSize);
}

/** By name. */
function linkerSets({ symbols }: Target): LinkerSet[] {
  const found: LinkerSet[] = [];
  for (const symbol of symbols.withPrefix(startPrefix, setLimit)) {
    const name = symbol.slice(startPrefix.length);
    const start = symbols.byName(symbol)?.address;
    const stop = symbols.byName(stopPrefix + name)?.address;
    if (start === undefined || stop === undefined || stop < start) continue;
    found.push({ name, start, count: (stop - start) / itemSize });
  }
  return found;
}
