/** `::dump`: memory in hexadecimal and as characters. */
import { FaultError, UsageError } from '../../dump-format/errors.ts';
import { defaultHexDump, hexDump, paragraphBytes, type HexDumpStyle } from '../print/hex-dump.ts';
import { hexNumber } from '../print/numbers.ts';
import { errorRow, type Dcmd, type Invocation } from './command.ts';

/** Paragraphs that a line may have. */
const maximumParagraphs = 16;

export const dump: Dcmd = {
  name: 'dump',
  address: 'optional',
  takesCount: true,
  summary: 'dump memory from specified address',
  description:
    'One line when no length is given. address,length::dump is the same as -l length. Bytes that are not in the dump are left blank, and the first one that was asked for ends it. Dot moves behind the last byte.',
  options: [
    { letter: 'e', argument: 'none', help: 'bytes of each group in the other order' },
    {
      letter: 'g',
      argument: 'number',
      argumentName: 'bytes',
      help: 'bytes of a group: a power of two, 4 unless given',
    },
    { letter: 'l', argument: 'number', argumentName: 'bytes', help: 'bytes to dump' },
    { letter: 'p', argument: 'none', help: 'the address is physical' },
    { letter: 'q', argument: 'none', help: 'no characters' },
    { letter: 'r', argument: 'none', help: 'offsets from the address' },
    { letter: 's', argument: 'none', help: 'a * for lines that repeat' },
    { letter: 't', argument: 'none', help: 'only the bytes asked for' },
    { letter: 'u', argument: 'none', help: 'lines start at the address itself' },
    { letter: 'v', argument: 'none', help: 'addresses with all their digits' },
    {
      letter: 'w',
      argument: 'number',
      argumentName: 'paragraphs',
      help: 'paragraphs of 16 bytes on a line, 1 to 16',
    },
  ],
  examples: [
    { line: '<rsp,40::dump', explains: '64 bytes at the stack pointer' },
    { line: '<rsp::dump -g 8 -l 100', explains: '256 bytes in words' },
  ],
  origin: 'mdb',
  *run(invocation) {
    const { target, session, address, options } = invocation;
    const length = lengthOf(invocation);
    const memory = options.has('p') ? target.physical : target.memory;
    try {
      for (const row of hexDump(memory, address, length, styleOf(invocation))) {
        session.checkpoint();
        yield row;
      }
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      yield errorRow(`failed to read data at ${hexNumber(error.address)}: ${error.reason}`);
      return;
    }
    session.dot = BigInt.asUintN(64, address + BigInt(length));
  },
};

function lengthOf({ options, count }: Invocation): number {
  const length = options.number('l');
  if (length !== undefined && count !== undefined) throw new UsageError('');
  return Number(length ?? count ?? 1n);
}

function styleOf({ options }: Invocation): HexDumpStyle {
  const paragraphs = Number(options.number('w') ?? 1n);
  if (!(paragraphs >= 1 && paragraphs <= maximumParagraphs)) throw new UsageError('');
  return {
    groupBytes: groupOf(options.number('g'), paragraphs * paragraphBytes),
    paragraphs,
    hasText: !options.has('q'),
    isSwapped: options.has('e'),
    isRelative: options.has('r'),
    isUnaligned: options.has('u'),
    isTrimmed: options.has('t'),
    isSquished: options.has('s'),
    isWide: options.has('v'),
  };
}

/** A group that does not divide the line is mdb's 4. */
function groupOf(wanted: bigint | undefined, lineBytes: number): number {
  const group = Number(wanted ?? BigInt(defaultHexDump.groupBytes));
  const fits = group > 0 && (group & (group - 1)) === 0 && lineBytes % group === 0;
  return fits ? group : defaultHexDump.groupBytes;
}
