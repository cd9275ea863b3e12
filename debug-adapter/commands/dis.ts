/** `::dis`: machine code as instructions. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import type { Target } from '../target/target.ts';
import type { Dcmd, Invocation, Row } from './command.ts';
import {
  canDisassemble,
  instructionsBefore,
  readInstruction,
  type Instruction,
} from './lib-disassembler.ts';

/** Instructions before and after the address, when it is not the start of a function. */
const defaultWindow = 10;

/** Instructions that one command prints. */
export const disassemblyLimit = 100_000;

/** Columns of `sym+off:`, and what longer ones are padded to a multiple of. */
const labelWidth = 32;
const labelStep = 8;

export const dis: Dcmd = {
  name: 'dis',
  address: 'optional',
  synopsis: '[address]',
  summary: 'disassemble near address',
  description:
    'At the start of a function, all of it; elsewhere some instructions before and after. The spelling is AT&T, as in mdb: source first. ' +
    'Branches are relative to the next instruction, with the symbol behind.',
  options: [
    { letter: 'a', argument: 'none', help: 'addresses instead of symbols' },
    { letter: 'b', argument: 'none', help: 'addresses and symbols' },
    {
      letter: 'n',
      argument: 'number',
      argumentName: 'count',
      help: 'instructions before and after',
    },
    { letter: 'w', argument: 'none', help: 'a window, also at the start of a function' },
    { letter: 'x', argument: 'none', help: 'with the bytes of each instruction (ours)' },
  ],
  examples: [
    { line: '<rip::dis', explains: 'around the place where a CPU stood' },
    { line: '::dis panic', explains: 'a function' },
  ],
  origin: 'mdb',
  completes: ['symbol'],
  *run(invocation) {
    const { target, session, options } = invocation;
    if (!canDisassemble(target))
      throw new LookupError(`no disassembler for ${target.dump.machine}`);
    const address = startOf(invocation);
    let last = address;
    for (const instruction of chosen(invocation, address)) {
      session.checkpoint();
      last = instruction.address;
      yield row(
        invocation,
        instruction,
        instruction.address === address && isWindow(invocation, address),
      );
    }
    session.dot = options.has('w') ? address : last;
  },
};

function startOf({ arguments: list, session, address }: Invocation): bigint {
  const [first, more] = list;
  if (more !== undefined) throw new UsageError('');
  if (first === undefined) return address;
  return first.kind === 'immediate' ? first.value : session.evaluate(first.text);
}

/** Exactly at a function the whole of it is printed. */
function isWindow({ target, options }: Invocation, address: bigint): boolean {
  return options.has('w') || options.number('n') !== undefined || !functionAt(target, address);
}

function functionAt(target: Target, address: bigint): { readonly size: bigint } | undefined {
  const symbol = target.symbols.nearestBelow(address);
  const isStart = symbol?.type === 'function' && symbol.address === address;
  return isStart && symbol.size > 0n ? symbol : undefined;
}

function* chosen(invocation: Invocation, address: bigint): Generator<Instruction> {
  const { target, options } = invocation;
  const size = functionAt(target, address)?.size;
  if (size !== undefined && !isWindow(invocation, address)) {
    yield* instructionsBetween(target, address, address + size);
    return;
  }
  const around = Math.min(Number(options.number('n') ?? BigInt(defaultWindow)), disassemblyLimit);
  yield* instructionsBefore(target, address, around);
  let next = address;
  for (let count = 0; count <= around; count++) {
    const instruction = readInstruction(target, next);
    yield instruction;
    next = BigInt.asUintN(64, next + BigInt(instruction.lengthBytes));
  }
}

/** Nothing behind `end` is read: it may not be in the dump. */
function* instructionsBetween(target: Target, start: bigint, end: bigint): Generator<Instruction> {
  let count = 0;
  for (let address = start; address < end && count < disassemblyLimit; count++) {
    const instruction = readInstruction(target, address);
    yield instruction;
    address += BigInt(instruction.lengthBytes);
  }
}

function row({ target, options, isPipeOut }: Invocation, each: Instruction, isHere: boolean): Row {
  const { address, bytes, text, refersTo } = each;
  const raw = address.toString(16);
  const symbol = target.symbolize(address);
  const label = options.has('a')
    ? raw
    : options.has('b') && symbol !== undefined
      ? `${raw.padEnd(16)} ${symbol}`
      : (symbol ?? raw);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const data = { address, bytes: hex.replaceAll(' ', ''), text, refersTo, symbol };
  if (isPipeOut) return { spans: [{ kind: 'address', text: raw, address }], value: address, data };
  const spans: Row['spans'] = [
    { kind: isHere ? 'heading' : 'symbol', text: padLabel(`${label}:`), address },
    { kind: 'number', text: options.has('x') ? `${hex.padEnd(30)} ` : '' },
    {
      kind: isHere ? 'heading' : 'text',
      text,
      ...(refersTo !== undefined && { address: refersTo }),
    },
  ];
  return { spans, value: address, data };
}

function padLabel(label: string): string {
  const width =
    label.length < labelWidth ? labelWidth : (Math.floor(label.length / labelStep) + 1) * labelStep;
  return label.padEnd(width);
}
