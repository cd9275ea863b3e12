/** `::pointers`: who points here, by type, member and symbol. Ours. */
import { typeName } from '../target/type-names.ts';
import { frameScopes } from '../target/locals.ts';
import { holdsPointers, pointerSlots } from '../target/pointer-slots.ts';
import { readableThreads } from '../target/threads.ts';
import type { Target } from '../target/target.ts';
import { strip } from '../../dump-format/ctype.ts';
import { LookupError, UsageError, FaultError } from '../../dump-format/errors.ts';
import { headingRow, tableRow, type Column } from '../print/table.ts';
import type { Dcmd, Invocation, Row } from './command.ts';
import { memberText, objectIndex, type KnownObject } from './lib-objects.ts';

const columns: readonly Column[] = [
  { heading: 'HOLDER', width: 16, align: 'right' },
  { heading: 'TO', width: 8, align: 'right' },
  { heading: 'TYPE', width: 20, align: 'left' },
  { heading: 'MEMBER', width: 0, align: 'left' },
];

/** Bytes of an object that are read at once. */
const readLimit = 64 * 1024 * 1024;

export const pointers: Dcmd = {
  name: 'pointers',
  address: 'required',
  summary: 'show who points to an object',
  description:
    'Every pointer to the object at the address, or into it, in objects whose type is known: global variables, what the global walkers of the kernel give, and every struct that their pointers lead to. ' +
    'The object reaches as far as its type says; where nothing is known of it, only pointers to the very address count. TO is the offset they point to. ' +
    'Pointers in memory without a known type are not seen: ::kgrep finds every word.',
  options: [
    { letter: 'e', argument: 'none', help: 'only pointers to the very address' },
    {
      letter: 'l',
      argument: 'number',
      argumentName: 'bytes',
      help: 'how far the object reaches',
    },
    {
      letter: 's',
      argument: 'none',
      help: 'also registers, arguments and locals on the stacks of all threads',
    },
  ],
  examples: [
    { line: '<thread::pointers', explains: 'who refers to the current thread' },
    { line: '<thread::pointers -s', explains: 'with the stacks of all threads' },
  ],
  origin: 'corewalk',
  *run(invocation) {
    const { isFirst, isPipeOut, options, session, arguments: list } = invocation;
    if (list.length > 0) throw new UsageError('');
    const range = rangeOf(invocation);
    if (isFirst && !isPipeOut) yield headingRow(columns);
    const told = new Set<bigint>();
    const { objects, gaps } = objectIndex(session);
    for (const [index, object] of objects.entries()) {
      if ((index & 0xff) === 0)
        session.checkpoint({ done: index, total: objects.length, what: 'objects' });
      for (const { place, row } of holderRows(invocation, object, range)) {
        // An object is often known in two ways, and one inside another.
        if (told.has(place)) continue;
        told.add(place);
        yield row;
      }
    }
    let count = told.size;
    for (const row of options.has('s') ? stackRows(invocation, range) : []) {
      count++;
      yield row;
    }
    for (const gap of gaps) yield { spans: [{ kind: 'comment', text: `note: ${gap}` }] };
    if (count === 0 && !isPipeOut) {
      const text = `no known object points to ${range.start.toString(16)}`;
      yield { spans: [{ kind: 'comment', text }] };
    }
  },
};

interface Range {
  readonly start: bigint;
  /** One past the last byte. */
  readonly end: bigint;
}

function rangeOf({ address, options, session }: Invocation): Range {
  const length = options.number('l');
  if (length !== undefined) return { start: address, end: address + length };
  const object = options.has('e') ? undefined : objectIndex(session).at(address);
  if (object?.address === address) return { start: address, end: address + object.size };
  return { start: address, end: address + 1n };
}

/** The pointers of one object that lead into the range. What of it is absent holds none. */
function* holderRows(
  invocation: Invocation,
  object: KnownObject,
  range: Range,
): Generator<{ readonly place: bigint; readonly row: Row }> {
  const { target } = invocation;
  if (!holdsPointers(object.type) || object.size > BigInt(readLimit)) return;
  const bytes = target.memory.readAvailable(object.address, Number(object.size));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = target.dump.byteOrder === 'little';
  const found: { readonly offset: number; readonly to: bigint }[] = [];
  for (const { offset } of pointerSlots(object.type)) {
    if (offset + 8 > bytes.length) continue;
    const to = view.getBigUint64(offset, isLittle);
    if (to >= range.start && to < range.end) found.push({ offset, to });
  }
  for (const { offset, to } of found) {
    const row = holderRow(invocation, object, offset, to - range.start);
    yield { place: object.address + BigInt(offset), row };
  }
}

function holderRow(
  { isPipeOut }: Invocation,
  object: KnownObject,
  offset: number,
  into: bigint,
): Row {
  const { address, type } = object;
  const member = memberText(object, offset);
  const place = address + BigInt(offset);
  const data = { holder: place, object: address, type: typeName(type), member, offset: into };
  const rest = { value: address, object: { address, type }, data };
  if (isPipeOut)
    return { spans: [{ kind: 'address', text: address.toString(16), address }], ...rest };
  const cells = [
    { kind: 'address' as const, text: place.toString(16), address: place },
    { text: `+0x${into.toString(16)}` },
    { kind: 'type' as const, text: typeName(type) },
    { kind: 'member' as const, text: member },
  ];
  return tableRow(columns, cells, rest);
}

/** Registers of CPUs, and variables of all frames. */
function* stackRows(invocation: Invocation, range: Range): Generator<Row> {
  const { target, session } = invocation;
  for (const cpu of target.cpus) {
    for (const [name, value] of cpu.registers)
      if (value >= range.start && value < range.end)
        yield stackRow(value - range.start, 'register', `%${name} of cpu ${cpu.index}`, value);
  }
  for (const { address, start, name } of readableThreads(target)) {
    if (!start) continue;
    session.checkpoint();
    const owner = address === 0n ? name : `thread ${address.toString(16)}`;
    for (const frame of target.stack(start)) {
      for (const found of frameVariables(target, frame, range)) {
        const where = `${found.name} in ${target.formatAddress(frame.pc)} of ${owner}`;
        yield stackRow(found.to - range.start, found.type, where, found.to);
      }
    }
  }
}

function stackRow(into: bigint, type: string, member: string, to: bigint): Row {
  const cells = [
    { text: '-' },
    { text: `+0x${into.toString(16)}` },
    { kind: 'type' as const, text: type },
    { kind: 'member' as const, text: member },
  ];
  return tableRow(columns, cells, { data: { type, member, offset: into, pointer: to } });
}

function* frameVariables(
  target: Target,
  frame: Parameters<typeof frameScopes>[1],
  range: Range,
): Generator<{ readonly name: string; readonly type: string; readonly to: bigint }> {
  for (const scope of frameScopes(target, frame)) {
    for (const { name, type, value } of scope.variables) {
      if (!value || strip(type).kind !== 'pointer') continue;
      const to = readQuietly(() => value.unsigned());
      if (to !== undefined && to >= range.start && to < range.end)
        yield { name, type: typeName(type), to };
    }
  }
}

function readQuietly(read: () => bigint): bigint | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FaultError || error instanceof LookupError) return undefined;
    throw error;
  }
}
