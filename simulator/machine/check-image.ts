/** Looks for instructions that the machine can't execute, before a kernel is ever run. */
import { decode, longestInstruction } from './decode.ts';
import { opOf } from './forms/table.ts';
import { imageBytes } from './image.ts';
import type { KernelImage } from './machine.ts';

export interface UnsupportedInstruction {
  readonly address: bigint;
  /** Function that it is in, with the offset: `vm_run+0x1c`. */
  readonly place: string;
  readonly bytes: Uint8Array;
  /** Mnemonic, or `invalid` for bytes that are no instruction. */
  readonly mnemonic: string;
}

/** Decodes every function of the image's symbol table. Data between functions is not looked at. */
export function checkImage(image: KernelImage): readonly UnsupportedInstruction[] {
  const found: UnsupportedInstruction[] = [];
  const seen = new Set<bigint>();
  for (const symbol of image.symbols.all()) {
    if (symbol.type !== 'function' || symbol.size === 0n || seen.has(symbol.address)) continue;
    seen.add(symbol.address);
    const code = imageBytes(image.segments, symbol.address, Number(symbol.size));
    for (let at = 0; at < code.length;) {
      const address = symbol.address + BigInt(at);
      const decoded = decode(code.subarray(at, at + longestInstruction), address);
      const isBroken = typeof decoded === 'string';
      const length = isBroken ? 1 : decoded.length;
      if (isBroken || !opOf(decoded)) {
        found.push({
          address,
          place: `${symbol.name}+0x${at.toString(16)}`,
          bytes: code.slice(at, at + length),
          mnemonic: isBroken ? 'invalid' : decoded.mnemonic,
        });
      }
      at += length;
    }
  }
  return found.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}
