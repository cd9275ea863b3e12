/** The verbs that are no dcmds: formats, searches, writes (which a dump refuses) and assignment. */
import { unreachable } from '../../dump-format/errors.ts';
import type { Memory } from '../../dump-format/memory.ts';
import { AbortError, errorRow, type Argument, type Row } from '../commands/command.ts';
import { FormatPrinter } from '../print/format.ts';
import { matchLetters } from '../print/format-letters.ts';
import type { Target } from '../target/target.ts';
import type { FormatVerb } from './ast.ts';
import { eachAddress, type Flow, type PipelineContext } from './flow.ts';
import { LineError } from './line-error.ts';
import type { PreparedAccess, PreparedAssignment, PreparedFormat } from './prepare.ts';

/** `/ ? \ @ =` and a list of letters. All iterations share their lines. */
export function* formatStage(stage: PreparedFormat, flow: Flow): Generator<Row> {
  const { session, formatContext } = flow.context;
  const printer = new FormatPrinter(formatContext(stage.verb, flow.isPipeOut), stage.items);
  yield* eachAddress(flow, function* (address, isFirst) {
    session.increment = yield* printer.print(address, isFirst);
  });
  yield* printer.finish();
}

/** The memory that a verb reads; undefined for `=`. A dump holds no object file of its own: `?` reads what `/` reads. */
export function memoryOf(verb: FormatVerb, target: Target): Memory | undefined {
  switch (verb) {
    case '/':
    case '?':
      return target.memory;
    case '\\':
    case '@':
      return target.physical;
    case '=':
      return undefined;
    default:
      return unreachable(verb);
  }
}

/** Bytes that a search looks at between two checkpoints. */
const searchChunk = 1 << 16;

/** `/l /L /M value [mask]`: upward from each address to the first word that matches; dot is where it lies. */
export function* matchStage(stage: PreparedAccess, flow: Flow): Generator<Row> {
  const { context } = flow;
  const { session } = context;
  if (stage.values.length === 0)
    throw new LineError(`expected value following ${stage.letter}`, { place: stage });
  if (stage.values.length > 2)
    throw new LineError(`only value and mask may follow ${stage.letter}`, { place: stage });
  const size = matchLetters.get(stage.letter) ?? 2;
  const [value = 0n, mask = (1n << BigInt(8 * size)) - 1n] = stage.values.map((each) =>
    BigInt.asUintN(8 * size, argumentValue(each, context)),
  );
  const memory = memoryOf(stage.verb, session.target) ?? session.target.memory;
  const isLittleEndian = session.target.dump.byteOrder === 'little';
  const run = function* (address: bigint): Generator<Row> {
    const search = { address, size, value, mask, isLittleEndian };
    const { found, end } = findWord(memory, search, () => session.checkpoint());
    session.dot = found ?? end;
    session.increment = BigInt(size);
    if (found === undefined)
      yield errorRow('failed to read data from target: no mapping for address');
    else {
      const text = context.formatContext(stage.verb, flow.isPipeOut).formatAddress(found);
      yield { spans: [{ kind: 'symbol', text, address: found }], value: found };
    }
  };
  yield* eachAddress(flow, run, { takesCount: true });
}

/** A dump can't be changed: mdb's words for a target that is not open for writing, after its words for a wrong line. */
export function* writeStage(stage: PreparedAccess, flow: Flow): Generator<Row> {
  const [first] = stage.values;
  if (first === undefined)
    throw new LineError(`expected value to write following ${stage.letter}`, { place: stage });
  const value = argumentValue(first, flow.context).toString(16);
  yield* eachAddress(flow, function* (address) {
    const where = address === 0n ? '0' : `0x${address.toString(16)}`;
    yield errorRow(`failed to write ${value} at address ${where}: target is not open for writing`);
    throw new AbortError();
  });
}

/** `>name`: the variable is set to each address; the last one stays. */
export function* assignmentStage(stage: PreparedAssignment, flow: Flow): Generator<Row> {
  const { session } = flow.context;
  const [name] = stage.arguments;
  if (name?.kind !== 'word')
    throw new LineError("expected single variable name following '>'", { place: stage });
  const bits = stage.cast === undefined ? 64 : castBits[stage.cast];
  if (bits === undefined)
    throw new LineError(`${stage.cast ?? ''} is not a valid // modifier`, { place: stage });
  yield* eachAddress(flow, (address) => {
    session.variables.set(name.text, BigInt.asUintN(bits, address));
    session.increment = 0n;
    return [];
  });
}

/** C's unsigned char, short, int and long. */
const castBits: Readonly<Record<string, number>> = { c: 8, s: 16, i: 32, l: 64 };

function argumentValue(argument: Argument, context: PipelineContext): bigint {
  return argument.kind === 'immediate' ? argument.value : context.valueOf(argument.text);
}

interface Search {
  readonly address: bigint;
  readonly size: 2 | 4 | 8;
  readonly value: bigint;
  readonly mask: bigint;
  readonly isLittleEndian: boolean;
}

function findWord(
  memory: Memory,
  search: Search,
  checkpoint: () => void,
): { readonly found?: bigint; readonly end: bigint } {
  const { size, value, mask, isLittleEndian } = search;
  let { address } = search;
  for (;;) {
    const bytes = memory.readAvailable(address, searchChunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const wordAt = (offset: number): bigint =>
      size === 8
        ? view.getBigUint64(offset, isLittleEndian)
        : BigInt(
            size === 4
              ? view.getUint32(offset, isLittleEndian)
              : view.getUint16(offset, isLittleEndian),
          );
    let offset = 0;
    for (; offset + size <= bytes.length; offset += size)
      if ((wordAt(offset) & mask) === value)
        return { found: address + BigInt(offset), end: address + BigInt(offset) };
    address = BigInt.asUintN(64, address + BigInt(offset));
    if (offset === 0 || address < search.address) return { end: address };
    checkpoint();
  }
}
