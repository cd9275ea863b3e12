/** The modules that a Linux kernel has loaded, by its own list: where each is, its symbols and its unwind table. */
import type { CType, RecordType } from '../ctype.ts';
import * as elf from '../elf/constants.ts';
import { symbolsOf } from '../elf/symbol-table.ts';
import { FaultError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import type { SymbolTable } from '../symbols.ts';
import type { BtfTypes } from './btf-types.ts';
import { maximumOrcEntries, type OrcTable } from './orc.ts';

/** Modules that are looked at. */
export const maximumModules = 65536;
/** Symbols of a module, and bytes of their names. */
export const maximumModuleSymbols = 1_048_576;
export const maximumModuleNameBytes = 2 ** 25;

/** Bytes behind the start of the last name: no name of a symbol is longer (`KSYM_NAME_LEN`). */
const nameBytes = 512;
/** Regions of a module's memory since Linux 6.4: text, data and the like, for good and for its start. */
const regionLimit = 16;

export interface LinuxModule {
  readonly regions: readonly { readonly start: bigint; readonly end: bigint }[];
  readonly symbols: SymbolTable;
  readonly orc: OrcTable | undefined;
}

/** The modules on the list `modules`, as far as they can be read. */
export function readModules(
  types: BtfTypes,
  kernelSymbols: SymbolTable,
  memory: Memory,
): readonly LinuxModule[] {
  const head = kernelSymbols.byName('modules')?.address;
  const record = types.lookup('struct module');
  const link = offsetOf(record, 'list');
  if (head === undefined || link === undefined) return [];
  const found: LinuxModule[] = [];
  try {
    let node = memory.readU64(head);
    for (let seen = 0; node !== head && node !== 0n && seen < maximumModules; seen++) {
      found.push(readModule(types, record, memory, BigInt.asUintN(64, node - link)));
      node = memory.readU64(node);
    }
  } catch (error) {
    // The modules before the one that can't be read are good.
    if (!(error instanceof FaultError)) throw error;
  }
  return found;
}

function readModule(
  types: BtfTypes,
  record: CType | undefined,
  memory: Memory,
  module: bigint,
): LinuxModule {
  const word = (...path: readonly string[]): bigint => {
    const offset = offsetOf(record, ...path);
    return offset === undefined ? 0n : memory.readU64(module + offset);
  };
  const count = offsetOf(record, 'arch', 'num_orcs');
  const orcCount = count === undefined ? 0 : memory.readU32(module + count);
  const hasOrc = orcCount > 0 && orcCount <= maximumOrcEntries;
  return {
    regions: readRegions(record, memory, module),
    symbols: readSymbols(types, memory, word('kallsyms')),
    orc: hasOrc
      ? {
          addresses: word('arch', 'orc_unwind_ip'),
          entries: word('arch', 'orc_unwind'),
          count: orcCount,
        }
      : undefined,
  };
}

/** One layout up to Linux 6.3; since then an array of them by kind. */
function readRegions(
  record: CType | undefined,
  memory: Memory,
  module: bigint,
): LinuxModule['regions'] {
  const regions: { start: bigint; end: bigint }[] = [];
  const add = (at: bigint, type: CType | undefined): void => {
    const base = offsetOf(type, 'base');
    const size = offsetOf(type, 'size');
    if (base === undefined || size === undefined) return;
    const start = memory.readU64(at + base);
    const bytes = BigInt(memory.readU32(at + size));
    if (bytes > 0n) regions.push({ start, end: start + bytes });
  };
  const layout = memberOf(record, 'core_layout');
  if (layout) add(module + BigInt(layout.offset), layout.type);
  const parts = memberOf(record, 'mem');
  if (parts?.type.kind !== 'array') return regions;
  const { element, count = 0 } = parts.type;
  for (let index = 0; index < Math.min(count, regionLimit); index++)
    add(module + BigInt(parts.offset + index * element.size), element);
  return regions;
}

/** `struct mod_kallsyms`: a symbol table of ELF, with addresses for values. How long the names are, it does not say. */
function readSymbols(types: BtfTypes, memory: Memory, place: bigint): SymbolTable {
  const record = types.lookup('struct mod_kallsyms');
  const at = (name: string): bigint => place + (offsetOf(record, name) ?? 0n);
  const count = isRecord(record) && place !== 0n ? memory.readU32(at('num_symtab')) : 0;
  const bytes = Math.min(count, maximumModuleSymbols) * elf.symbolBytes;
  const symbols = memory.readAvailable(bytes === 0 ? 0n : memory.readU64(at('symtab')), bytes);
  const view = new DataView(symbols.buffer, symbols.byteOffset, symbols.byteLength);
  let last = 0;
  for (let offset = 0; offset + elf.symbolBytes <= symbols.length; offset += elf.symbolBytes)
    last = Math.max(last, view.getUint32(offset, true));
  const wanted = Math.min(last + nameBytes, maximumModuleNameBytes);
  const strings =
    bytes === 0 ? symbols : memory.readAvailable(memory.readU64(at('strtab')), wanted);
  return symbolsOf({ symbols, strings, byteOrder: 'little' });
}

function offsetOf(type: CType | undefined, ...path: readonly string[]): bigint | undefined {
  let record: CType | undefined = type;
  let offset = 0;
  for (const name of path) {
    const member = memberOf(record, name);
    if (!member) return undefined;
    offset += member.offset;
    record = member.type;
  }
  return BigInt(offset);
}

function memberOf(
  type: CType | undefined,
  name: string,
): RecordType['members'][number] | undefined {
  return isRecord(type) ? type.members.find((each) => each.name === name) : undefined;
}

function isRecord(type: CType | undefined): type is RecordType {
  return type?.kind === 'struct' || type?.kind === 'union';
}
