/** `disassemble`: exactly as many instructions as were asked for; what can't be read or known is marked invalid. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { FaultError, LookupError, UsageError } from '../../dump-format/errors.ts';
import {
  canDisassemble,
  instructionsBefore,
  readInstruction,
  type Instruction,
} from '../commands/lib-disassembler.ts';
import type { Fields } from './fields.ts';
import { parseReference } from './memory.ts';
import { hexAddress } from './row-text.ts';
import { safeText } from './safe-text.ts';
import type { View } from './view.ts';

/** Instructions of one answer. */
export const disassembleLimit = 65_536;

/** Instructions asked for at once where no symbol says where one begins: each guess costs a decoding of all of them. */
const guessLimit = 16;

const addressEnd = 1n << 64n;

/** A line of the answer; without an instruction when there is none at the address. */
interface Place {
  readonly address: bigint;
  readonly instruction: Instruction | undefined;
}

/** `disassemble`. @throws LookupError on a machine whose instructions are not known */
export function disassembleBody(
  view: View,
  fields: Fields,
): DebugProtocol.DisassembleResponse['body'] {
  const start =
    parseReference(fields.string('memoryReference')) +
    BigInt(fields.optionalInteger('offset') ?? 0);
  const skip = fields.optionalInteger('instructionOffset') ?? 0;
  const count = fields.count('instructionCount') ?? 0;
  if (count > disassembleLimit || Math.abs(skip) > disassembleLimit)
    throw new UsageError(`at most ${disassembleLimit} instructions are disassembled at once`);
  if (!canDisassemble(view.target))
    throw new LookupError(`no disassembler for ${view.target.dump.machine}`);
  const before = skip < 0 ? backwards(view, start, -skip) : [];
  const after = forwards(view, start, Math.max(0, skip + count));
  const first = skip < 0 ? 0 : skip;
  const places = [...before, ...after].slice(first, first + count);
  const showsSymbols = fields.boolean('resolveSymbols') ?? false;
  return { instructions: places.map((place) => describe(view, place, showsSymbols)) };
}

function forwards(view: View, start: bigint, count: number): Place[] {
  const places: Place[] = [];
  for (let address = start; places.length < count;) {
    const instruction = instructionAt(view, address);
    places.push({ address, instruction });
    address += BigInt(instruction?.lengthBytes ?? 1);
  }
  return places;
}

/** `count` places before `end`: from function to function as far as that goes, then bytes that nobody can read backwards. */
function backwards(view: View, end: bigint, count: number): Place[] {
  const blocks: Place[][] = [];
  let address = end;
  for (let missing = count; missing > 0;) {
    const isReadable = address > 0n && address <= addressEnd;
    const found = isReadable
      ? instructionsBefore(view.target, address, Math.min(missing, guessOr(view, address, missing)))
      : [];
    const block =
      found.length > 0
        ? found.map((instruction) => ({ address: instruction.address, instruction }))
        : [{ address: address - 1n, instruction: undefined }];
    blocks.push(block);
    missing -= block.length;
    address = block[0]?.address ?? 0n;
  }
  return blocks.reverse().flat();
}

/** How many to ask for at once: all of them inside a function. */
function guessOr(view: View, address: bigint, missing: number): number {
  const symbol = view.target.symbols.nearestBelow(address - 1n);
  const isInside =
    symbol?.type === 'function' && (symbol.size === 0n || address - symbol.address <= symbol.size);
  return isInside ? missing : guessLimit;
}

function instructionAt(view: View, address: bigint): Instruction | undefined {
  if (address < 0n || address >= addressEnd) return undefined;
  try {
    return readInstruction(view.target, address);
  } catch (error) {
    if (error instanceof FaultError) return undefined;
    throw error;
  }
}

function describe(
  view: View,
  { address, instruction }: Place,
  showsSymbols: boolean,
): DebugProtocol.DisassembledInstruction {
  const shown = address < 0n ? 0n : address;
  const { target, sources, client } = view;
  if (!instruction) {
    const isPresent = address >= 0n && target.memory.readAvailable(shown, 1).length > 0;
    return {
      address: hexAddress(shown),
      instruction: isPresent ? '(inside an instruction)' : '(no mapping)',
      presentationHint: 'invalid',
    };
  }
  const symbol = showsSymbols ? target.symbolize(address) : undefined;
  const line = target.debugInfo?.lineAt(address);
  const source = line && sources.source(line.file);
  return {
    address: hexAddress(shown),
    instructionBytes: Buffer.from(instruction.bytes)
      .toString('hex')
      .replace(/..(?=.)/g, '$& '),
    instruction: safeText(instruction.text),
    ...(!instruction.isValid && { presentationHint: 'invalid' as const }),
    ...(symbol !== undefined && { symbol: safeText(symbol) }),
    ...(source && line && { location: source, line: line.line - 1 + client.firstLine }),
  };
}
