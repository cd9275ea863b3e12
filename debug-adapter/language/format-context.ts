/** What the format verbs are given of a session: memory by verb, labels, width, radix. */
import type { Session } from '../commands/command.ts';
import type { DisassembledInstruction, FormatContext } from '../print/format.ts';
import { formatAddress, withPrefix } from '../target/symbolize.ts';
import type { Target } from '../target/target.ts';
import type { FormatVerb } from './ast.ts';
import { memoryOf } from './verbs.ts';

/** Reads an instruction. @throws FaultError */
export type Disassembler = (target: Target, address: bigint) => DisassembledInstruction;

export function formatContextOf(
  session: Session,
  verb: FormatVerb,
  isPipeOut: boolean,
  disassemble: Disassembler | undefined,
): FormatContext {
  const { target, settings, radix } = session;
  const isPhysical = verb === '\\' || verb === '@';
  const style = { distance: settings.symbolDistance, radix };
  const symbolic = (address: bigint): string => formatAddress(target.symbols, address, style);
  return {
    memory: memoryOf(verb, target),
    radix,
    isPipeOut,
    columns: settings.columns,
    isWrapping: settings.isWrapping,
    disassemble: disassemble && ((address) => disassemble(target, address)),
    label: (address) => (isPhysical ? withPrefix(address, 16) : symbolic(address)),
    symbolAt: (address) => (isPhysical ? undefined : exactSymbol(target, address)),
    formatAddress: symbolic,
    onValue: (value) => session.variables.set('0', value),
  };
}

function exactSymbol(target: Target, address: bigint): string | undefined {
  const symbol = target.symbols.nearestBelow(address);
  return symbol?.address === address ? symbol.name : undefined;
}
