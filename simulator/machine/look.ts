/** Memory of a machine as people look at it and set it: by pages, without TLB, caches or effects. */
import { FaultError, UsageError } from '../../dump-format/errors.ts';
import type { Cpu } from './cpu.ts';
import type { KernelImage } from './machine.ts';
import { peekTranslation } from './paging.ts';
import { pageSize } from './physical-memory.ts';
import type { PhysicalMemory } from './physical-memory.ts';
import { highWord, lowWord } from './words.ts';

/**
 * Copies bytes page by page.
 *
 * @param place physical address of an address, undefined when it has none
 * @throws FaultError at the first page that has no place or was never touched
 */
export function readPages(
  memory: PhysicalMemory,
  address: bigint,
  length: number,
  place: (address: bigint) => bigint | undefined,
): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const at = BigInt.asUintN(64, address + BigInt(done));
    const offset = Number(at & 0xfffn);
    const part = Math.min(length - done, pageSize - offset);
    const physical = place(at);
    const slot = physical === undefined ? 0 : memory.slotOf(Number(physical >> 12n));
    if (slot === 0) throw new FaultError(at, part);
    bytes.set(memory.pageBytes(slot).subarray(offset, offset + part), done);
    done += part;
  }
  return bytes;
}

/** Writes bytes at a virtual address, as the page tables of a CPU have it. @throws FaultError when a page is not mapped */
export function writePages(cpu: Cpu, address: bigint, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const at = BigInt.asUintN(64, address + BigInt(done));
    const length = Math.min(bytes.length - done, pageSize - Number(at & 0xfffn));
    cpu.machine.memory.write(physicalAddress(cpu, at), bytes.subarray(done, done + length));
    done += length;
  }
}

/** @throws FaultError when the address is not mapped to memory */
export function physicalAddress(cpu: Cpu, address: bigint): number {
  const physical = peekTranslation(cpu, lowWord(address), highWord(address));
  if (physical === undefined || !cpu.machine.memory.hasFrame(Math.floor(physical / pageSize)))
    throw new FaultError(address, 1);
  return physical;
}

/** Stores values in global integer variables of the image. @throws UsageError for a name that is none */
export function setKnobs(
  cpu: Cpu,
  image: KernelImage,
  knobs: Readonly<Record<string, bigint>>,
): void {
  for (const [name, value] of Object.entries(knobs)) {
    const symbol = image.symbols.byName(name);
    const size = Number(symbol?.size ?? 0n);
    if (!symbol || ![1, 2, 4, 8].includes(size))
      throw new UsageError(`knob ${name}: ${image.name} has no integer variable of that name`);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
    writePages(cpu, symbol.address, bytes.subarray(0, size));
  }
}

/** An address with the symbol that it is in: `ffffffff80100dd1 (machine_stop+0x5)`. */
export function nameAddress(image: KernelImage, address: bigint): string {
  const symbol = image.symbols.nearestBelow(address);
  const offset = symbol ? address - symbol.address : 0n;
  return address.toString(16) + (symbol ? ` (${symbol.name}+0x${offset.toString(16)})` : '');
}
