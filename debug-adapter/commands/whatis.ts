/** `::whatis`: what lies at an address, by everything that knows. */
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import { typeName } from '../target/type-names.ts';
import { pathAtOffset } from '../target/members.ts';
import { symbolize } from '../target/symbolize.ts';
import type { Target } from '../target/target.ts';
import { rowText, textRow, type Dcmd, type Invocation, type Row } from './command.ts';
import { objectIndex, sourceText } from './lib-objects.ts';

export const whatis: Dcmd = {
  name: 'whatis',
  address: 'required',
  summary: 'given an address, return information',
  description:
    "The kernel's own books are asked first (its thread structures, stacks and allocators, most specific first), then the objects of known type, then the symbols, then the memory map. The first answer is printed, or all of them.",
  options: [
    { letter: 'a', argument: 'none', help: 'every answer' },
    {
      letter: 'k',
      argument: 'none',
      help: 'answers in the order of the addresses: always so here',
    },
    { letter: 'q', argument: 'none', help: 'a line for each answer, no more' },
    { letter: 'v', argument: 'none', help: 'tell what is asked' },
  ],
  examples: [
    { line: '<rsp::whatis', explains: 'whose stack a stack pointer is on' },
    { line: '<thread::whatis -a', explains: 'every answer' },
  ],
  origin: 'mdb',
  *run(invocation) {
    const { options, address } = invocation;
    let found = 0;
    const told = new Set<string>();
    for (const { name, answers } of sources) {
      if (options.has('v')) yield { spans: [{ kind: 'comment', text: `Searching ${name}...` }] };
      for (const row of answers(invocation)) {
        const text = rowText(row);
        if (told.has(text)) continue;
        told.add(text);
        found++;
        yield row;
        if (!options.has('a')) return;
      }
    }
    if (found === 0)
      yield textRow(`${address.toString(16)} is unknown`, { value: address, data: { address } });
  },
};

interface Source {
  readonly name: string;
  readonly answers: (invocation: Invocation) => Iterable<Row>;
}

const sources: readonly Source[] = [
  { name: "the kernel's books", answers: kernelAnswers },
  { name: 'objects of known type', answers: objectAnswers },
  { name: 'symbols', answers: symbolAnswers },
  { name: 'the memory map', answers: mappingAnswers },
];

/** Damaged books answer as far as they can be read. */
function* kernelAnswers({ target, address }: Invocation): Generator<Row> {
  try {
    yield* target.kernel?.whatis(address) ?? [];
  } catch (error) {
    if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
    yield {
      spans: [{ kind: 'comment', text: `the kernel's books can't be read: ${error.message}` }],
    };
  }
}

function* objectAnswers({ session, address }: Invocation): Generator<Row> {
  const object = objectIndex(session).at(address);
  if (!object || object.source.kind === 'symbol') return;
  const offset = Number(address - object.address);
  const member = offset === 0 ? '' : (pathAtOffset(object.type, offset)?.path ?? '');
  const inside = `a ${typeName(object.type)}${member === '' ? '' : `, member ${member}`}`;
  const by = ` (${sourceText(object.source)})`;
  yield answer(address, `${place(address, object.address)}${inside}${by}`, object);
}

function* symbolAnswers({ target, address, session }: Invocation): Generator<Row> {
  const name = symbolize(target.symbols, address);
  const symbol = name === undefined ? undefined : target.symbols.nearestBelow(address);
  if (name === undefined || !symbol) return;
  const image = target.kernel?.name ?? 'kernel';
  const object = objectIndex(session).at(address);
  const path = object && pathAtOffset(object.type, Number(address - object.address))?.path;
  const member =
    path !== undefined && path !== '' && address !== object?.address ? ` (member ${path})` : '';
  yield answer(
    address,
    `${name}${member}, in ${image}'s ${segmentName(target, address)} segment`,
    object,
  );
}

/** Text is what a segment lets execute. */
function segmentName({ dump, symbols }: Target, address: bigint): string {
  const segment = dump.segments.find(
    ({ virtualAddress: start, size }) =>
      start !== undefined && address >= start && address - start < size,
  );
  const isFunction = symbols.nearestBelow(address)?.type === 'function';
  return isFunction ||
    (segment !== undefined && (segment.flags & 1) !== 0 && (segment.flags & 2) === 0)
    ? 'text'
    : 'data';
}

function* mappingAnswers({ target, address }: Invocation): Generator<Row> {
  const range = target.memory.rangeAtOrAbove(address);
  if (!range || range.start > address) return;
  const offset = address - range.start;
  const at = offset === 0n ? '' : `+${offset.toString(16)}`;
  const text = `${range.start.toString(16)}${at}, in memory ${range.start.toString(16)}-${range.end.toString(16)} of the dump`;
  yield answer(address, text, undefined);
}

function place(address: bigint, base: bigint): string {
  return address === base ? '' : `${base.toString(16)}+${(address - base).toString(16)}, in `;
}

function answer(address: bigint, what: string, object: Row['object']): Row {
  return {
    spans: [
      { kind: 'address', text: address.toString(16), address },
      { kind: 'text', text: ` is ${what}` },
    ],
    value: address,
    data: { address, what },
    ...(object && { object: { address: object.address, type: object.type } }),
  };
}
