/** `::nm`: the symbol table. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import type { Symbol } from '../../dump-format/symbols.ts';
import { withPrefix } from '../target/symbolize.ts';
import type { Target } from '../target/target.ts';
import { typeName } from '../target/type-names.ts';
import { textRow, type Dcmd, type Invocation, type Row } from './command.ts';

const columnNames = [
  'ndx',
  'val',
  'sz',
  'type',
  'bind',
  'oth',
  'shndx',
  'name',
  'ctype',
  'obj',
] as const;

type ColumnName = (typeof columnNames)[number];

const defaultColumns: readonly ColumnName[] = ['val', 'sz', 'type', 'bind', 'oth', 'shndx', 'name'];

/** `-t` takes mdb's names of symbol types. */
const typeLetters = new Map<string, Symbol['type']>([
  ['noty', 'notype'],
  ['objt', 'object'],
  ['func', 'function'],
  ['sect', 'section'],
  ['file', 'file'],
  ['comm', 'common'],
  ['tls', 'tls'],
]);

export const nm: Dcmd = {
  name: 'nm',
  address: 'optional',
  synopsis: '[object]',
  summary: 'print symbols',
  description:
    'In the order of the table, or sorted. With an address, the symbol that holds it. Columns of -f are ndx, val, sz, type, bind, oth, shndx, name, ctype and obj, with commas between.',
  options: [
    { letter: 'P', argument: 'none', help: 'the private symbols: those of ::nmadd' },
    { letter: 'd', argument: 'none', help: 'numbers in decimal' },
    { letter: 'f', argument: 'text', argumentName: 'format', help: 'columns' },
    { letter: 'g', argument: 'none', help: 'global symbols only' },
    { letter: 'h', argument: 'none', help: 'no heading' },
    { letter: 'n', argument: 'none', help: 'sort by name' },
    { letter: 'o', argument: 'none', help: 'numbers in octal' },
    { letter: 'p', argument: 'none', help: 'as ::nmadd commands' },
    {
      letter: 't',
      argument: 'text',
      argumentName: 'types',
      help: 'only noty, objt, func, sect, file, comm or tls',
    },
    { letter: 'u', argument: 'none', help: 'undefined symbols only' },
    { letter: 'v', argument: 'none', help: 'sort by value' },
    { letter: 'x', argument: 'none', help: 'numbers in hexadecimal' },
  ],
  examples: [
    { line: '::nm -t func -v', explains: 'functions by address' },
    { line: '<rip::nm', explains: 'the function that a CPU stood in' },
  ],
  origin: 'mdb',
  completes: ['none'],
  *run(invocation) {
    const { options, session, target, isPipeOut, isFirst } = invocation;
    if (invocation.arguments.length > 1) throw new UsageError('');
    const columns = columnsOf(options.text('f'));
    const radix = options.has('d') ? 10 : options.has('o') ? 8 : 16;
    const found = chosen(invocation);
    const isHeaded = !options.has('h') && !options.has('p') && !isPipeOut && isFirst;
    if (isHeaded) yield heading(columns, radix);
    let count = 0;
    for (const { symbol, index } of found) {
      if ((++count & 0xff) === 0) session.checkpoint({ done: count, what: 'symbols' });
      const { address: value } = symbol;
      const rest = { value, data: dataOf(symbol) };
      if (options.has('p')) yield textRow(reloadable(symbol), rest);
      else yield symbolRow(target, symbol, index, columns, radix, rest);
    }
  },
};

interface Indexed {
  readonly symbol: Symbol;
  readonly index: number;
}

/** @throws LookupError when no symbol holds the address */
function chosen(invocation: Invocation): Iterable<Indexed> {
  const { target, hasAddress, address, options } = invocation;
  if (hasAddress) {
    const symbol = target.symbols.nearestBelow(address);
    const size = symbol && symbol.size > 0n ? symbol.size : 1n;
    if (!symbol || address - symbol.address >= size)
      throw new LookupError(`no symbol corresponds to ${withPrefix(address, 16)}`);
    return [{ symbol, index: 0 }];
  }
  const found = filtered(invocation, typesOf(options.text('t')));
  if (options.has('n')) return [...found].sort((a, b) => compare(a.symbol.name, b.symbol.name));
  if (options.has('v')) {
    return [...found].sort((a, b) => compare(a.symbol.address, b.symbol.address));
  }
  return found;
}

function* filtered(
  { target, options }: Invocation,
  types: ReadonlySet<Symbol['type']> | undefined,
): Generator<Indexed> {
  let index = 0;
  const table = options.has('P') ? target.symbols.own() : target.symbols.base.all();
  for (const symbol of table) {
    const place = index++;
    if (types && !types.has(symbol.type)) continue;
    if (options.has('g') && symbol.binding !== 'global') continue;
    if (options.has('u') && symbol.sectionIndex !== 0) continue;
    yield { symbol, index: place };
  }
}

function typesOf(list: string | undefined): Set<Symbol['type']> | undefined {
  if (list === undefined) return undefined;
  return new Set(
    list.split(',').map((name) => {
      const type = typeLetters.get(name.trim());
      if (type === undefined) throw new UsageError(`invalid symbol type -- ${name}`);
      return type;
    }),
  );
}

function columnsOf(list: string | undefined): readonly ColumnName[] {
  if (list === undefined) return defaultColumns;
  return list.split(',').map((name) => {
    const column = columnNames.find((each) => each === name.trim());
    if (column === undefined) throw new UsageError(`invalid format string -- ${name}`);
    return column;
  });
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Widths as mdb has them: a number with its prefix, four or five letters, the name. */
function widthOf(column: ColumnName, radix: number): number {
  switch (column) {
    case 'val':
    case 'sz':
      return radix === 16 ? 18 : radix === 8 ? 23 : 20;
    case 'ndx':
    case 'shndx':
      return 8;
    case 'type':
    case 'bind':
    case 'oth':
      return 5;
    case 'obj':
      return 15;
    case 'ctype':
      return 40;
    default:
      return 0;
  }
}

const headings: Readonly<Record<ColumnName, string>> = {
  ndx: 'Index',
  val: 'Value',
  sz: 'Size',
  type: 'Type',
  bind: 'Bind',
  oth: 'Other',
  shndx: 'Shndx',
  name: 'Name',
  ctype: 'CTF Type',
  obj: 'Object',
};

function heading(columns: readonly ColumnName[], radix: number): Row {
  const text = columns.map((each) => headings[each].padEnd(widthOf(each, radix))).join(' ');
  return { spans: [{ kind: 'heading', text: text.trimEnd() }] };
}

function symbolRow(
  target: Target,
  symbol: Symbol,
  index: number,
  columns: readonly ColumnName[],
  radix: number,
  rest: Omit<Row, 'spans'>,
): Row {
  const cells = columns.map((column) => {
    const text = cellOf(target, symbol, index, column, radix);
    return text.padEnd(widthOf(column, radix));
  });
  return textRow(cells.join('|'), rest);
}

function cellOf(
  target: Target,
  symbol: Symbol,
  index: number,
  column: ColumnName,
  radix: number,
): string {
  switch (column) {
    case 'ndx':
      return index.toString();
    case 'val':
      return wide(symbol.address, radix);
    case 'sz':
      return wide(symbol.size, radix);
    case 'type':
      return typeCell(symbol.type);
    case 'bind':
      return { local: 'LOCL', global: 'GLOB', weak: 'WEAK', other: 'OTHR' }[symbol.binding];
    case 'oth':
      return '0x0';
    case 'shndx':
      return sectionCell(symbol.sectionIndex);
    case 'name':
      return symbol.name;
    case 'ctype':
      return typeOf(target, symbol) ?? '<unknown type>';
    case 'obj':
      return target.dump.name;
  }
}

function wide(value: bigint, radix: number): string {
  const digits = value.toString(radix);
  if (radix === 16) return `0x${digits.padStart(16, '0')}`;
  return radix === 8 ? `0${digits.padStart(22, '0')}` : digits.padStart(20, '0');
}

function typeCell(type: Symbol['type']): string {
  const names = {
    notype: 'NOTY',
    object: 'OBJT',
    function: 'FUNC',
    section: 'SECT',
    file: 'FILE',
    common: 'COMM',
    tls: 'TLS',
    other: 'OTHR',
  };
  return names[type];
}

function sectionCell(index: number): string {
  const special = new Map([
    [0, 'UNDEF'],
    [0xfff1, 'ABS'],
    [0xfff2, 'COMMON'],
  ]);
  return special.get(index) ?? index.toString();
}

/** `int (*)(kthread_t *, uint_t)` of a function, the type of an object. */
function typeOf({ debugInfo }: Target, symbol: Symbol): string | undefined {
  if (symbol.type !== 'function') {
    const variable = debugInfo?.variable(symbol.name);
    return variable && typeName(variable.type);
  }
  const found = debugInfo?.functionNamed(symbol.name);
  if (!found) return undefined;
  const { returns, parameters, isVariadic, isPrototyped } = found.type;
  const list = [...parameters.map(typeName), ...(isVariadic ? ['...'] : [])];
  const inside = list.length > 0 ? list.join(', ') : isPrototyped ? 'void' : '';
  return `${typeName(returns)} (*)(${inside})`;
}

function reloadable({ address, size, name, type }: Symbol): string {
  const kind = type === 'function' ? '-f ' : type === 'object' ? '-o ' : '';
  return `0x${address.toString(16)}::nmadd ${kind}-s 0x${size.toString(16)} ${name}`;
}

function dataOf({ name, address, size, type, binding }: Symbol): Record<string, unknown> {
  return { name, address, size, type, binding };
}
