/** Virtual memory that lies in segments where the dump says so, and behind its page tables elsewhere. */
import { FaultError } from '../../dump-format/errors.ts';
import type { Memory } from '../../dump-format/memory.ts';
import { translate } from './translate.ts';

/** Translated pages kept; the oldest goes first. */
const cachedPages = 4096;

const pageSize = 4096n;
const pageMask = pageSize - 1n;

/**
 * Reads through `segments`, and where they have nothing, through the page tables at `root`.
 *
 * @param root CR3 of the address space
 */
export function pagedMemory(
  segments: Memory,
  physical: Memory,
  root: bigint,
  depth: 4 | 5,
): Memory {
  return new PagedMemory(segments, physical, root, depth);
}

/** Page tables of this shape are x86's, and so little endian. */
const isLittleEndian = true;

class PagedMemory implements Memory {
  private readonly segments: Memory;
  private readonly physical: Memory;
  private readonly root: bigint;
  private readonly depth: 4 | 5;
  /** Virtual to physical, for pages that segments lack; undefined when mapped nowhere. */
  private readonly pages = new Map<bigint, bigint | undefined>();

  constructor(segments: Memory, physical: Memory, root: bigint, depth: 4 | 5) {
    this.segments = segments;
    this.physical = physical;
    this.root = root;
    this.depth = depth;
  }

  read(address: bigint, length: number): Uint8Array {
    const bytes = this.readAvailable(address, length);
    if (bytes.length === length) return bytes;
    throw new FaultError(BigInt.asUintN(64, address + BigInt(bytes.length)), length - bytes.length);
  }

  readAvailable(address: bigint, length: number): Uint8Array {
    const first = this.segments.readAvailable(address, length);
    if (first.length === length) return first;
    const parts: Uint8Array[] = [first.slice()];
    let done = first.length;
    while (done < length) {
      const part = this.piece(BigInt.asUintN(64, address + BigInt(done)), length - done);
      if (part.length === 0) break;
      parts.push(part.slice());
      done += part.length;
    }
    return join(parts, done);
  }

  readU8(address: bigint): number {
    const place = this.known(address, 1);
    if (place !== undefined) return this.physical.readU8(place);
    return this.orByTables(address, 1, () => this.segments.readU8(address), 'getUint8');
  }

  readU16(address: bigint): number {
    const place = this.known(address, 2);
    if (place !== undefined) return this.physical.readU16(place);
    return this.orByTables(address, 2, () => this.segments.readU16(address), 'getUint16');
  }

  readU32(address: bigint): number {
    const place = this.known(address, 4);
    if (place !== undefined) return this.physical.readU32(place);
    return this.orByTables(address, 4, () => this.segments.readU32(address), 'getUint32');
  }

  readU64(address: bigint): bigint {
    const place = this.known(address, 8);
    if (place !== undefined) return this.physical.readU64(place);
    try {
      return this.segments.readU64(address);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      const view = viewOf(this.read(address, 8));
      return view.getBigUint64(0, isLittleEndian);
    }
  }

  rangeAtOrAbove(address: bigint): { readonly start: bigint; readonly end: bigint } | undefined {
    return this.segments.rangeAtOrAbove(address);
  }

  /** The physical address of a page that the tables were asked about before, and only they have: the fast path of a walk. */
  private known(address: bigint, length: number): bigint | undefined {
    if (this.pages.size === 0) return undefined;
    const inPage = address & pageMask;
    const page = this.pages.get(address - inPage);
    return page === undefined || inPage + BigInt(length) > pageSize ? undefined : page + inPage;
  }

  private orByTables(
    address: bigint,
    length: number,
    direct: () => number,
    get: 'getUint8' | 'getUint16' | 'getUint32',
  ): number {
    try {
      return direct();
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      return viewOf(this.read(address, length))[get](0, isLittleEndian);
    }
  }

  private piece(address: bigint, length: number): Uint8Array {
    const present = this.segments.readAvailable(address, length);
    if (present.length > 0) return present;
    const place = this.translatePage(address);
    if (place === undefined) return present;
    const inPage = Number(pageSize - (address & pageMask));
    return this.physical.readAvailable(place, Math.min(length, inPage));
  }

  private translatePage(address: bigint): bigint | undefined {
    const page = address & ~pageMask;
    let physical = this.pages.get(page);
    if (physical === undefined && !this.pages.has(page)) {
      physical = translate(this.physical, this.root, page, this.depth).physicalAddress;
      const oldest = this.pages.keys().next();
      if (this.pages.size >= cachedPages && oldest.done !== true) this.pages.delete(oldest.value);
      this.pages.set(page, physical);
    }
    return physical === undefined ? undefined : physical + (address & pageMask);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
