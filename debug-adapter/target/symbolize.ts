/** Addresses as symbols, by mdb's rules. */
import type { SymbolTable } from '../../dump-format/symbols.ts';

export interface SymbolStyle {
  /** 0 is smart mode: inside the symbol's size. Otherwise bytes after a symbol that still belong to it. */
  readonly distance?: bigint;
  /** Radix of the offset; 16 when absent. */
  readonly radix?: number;
}

/** `sym`, `sym+0x10`, `sym+8`, or undefined outside every symbol. */
export function symbolize(
  symbols: SymbolTable,
  address: bigint,
  { distance = 0n, radix = 16 }: SymbolStyle = {},
): string | undefined {
  const symbol = symbols.nearestBelow(address);
  if (!symbol) return undefined;
  const offset = address - symbol.address;
  const reach = distance > 0n ? distance : symbol.size > 0n ? symbol.size : 1n;
  if (offset >= reach) return undefined;
  return offset === 0n ? symbol.name : `${symbol.name}+${withPrefix(offset, radix)}`;
}

const prefixes: Readonly<Record<number, string>> = { 2: '0i', 8: '0o', 10: '0t', 16: '0x' };

/** mdb's `%#r`: a prefix for the base, except where the number reads the same without (below 2, 8, 10, 10). */
export function withPrefix(value: bigint, radix: number): string {
  const plainBelow = radix < 10 ? radix : 10;
  const prefix = value < BigInt(plainBelow) ? '' : (prefixes[radix] ?? '');
  return prefix + value.toString(radix);
}

/** What symbolizing a frame needs: its pc, and the address to look its code up by. */
export interface CodePlace {
  readonly pc: bigint;
  readonly lookupAddress: bigint;
}

/**
 * The function that a frame is in, with the offset of its pc. A call that never returns may be the last instruction of its function; the
 * return address then belongs to the next function, and mdb names that one. Here as in gdb the name is that of the caller.
 */
export function symbolizeFrame(
  symbols: SymbolTable,
  { pc, lookupAddress }: CodePlace,
  style: SymbolStyle = {},
): string | undefined {
  const symbol = symbols.nearestBelow(lookupAddress);
  if (!symbol || symbolize(symbols, lookupAddress, style) === undefined) return undefined;
  return pc === symbol.address
    ? symbol.name
    : `${symbol.name}+${withPrefix(pc - symbol.address, style.radix ?? 16)}`;
}

/** The same, or the pc in hexadecimal. */
export function formatFrame(
  symbols: SymbolTable,
  place: CodePlace,
  style: SymbolStyle = {},
): string {
  return symbolizeFrame(symbols, place, style) ?? withPrefix(place.pc, 16);
}

/** mdb's `%a`: the symbol, or hexadecimal with `0x` above 9. */
export function formatAddress(
  symbols: SymbolTable,
  address: bigint,
  style: SymbolStyle = {},
): string {
  return symbolize(symbols, address, style) ?? withPrefix(address, 16);
}
