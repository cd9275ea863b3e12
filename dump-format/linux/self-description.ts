/** What a Linux dump tells of its own kernel without a kernel file: its address space and its symbols. */
import type { ByteOrder } from '../byte-reader.ts';
import type { Dump, DumpNote, DumpWarning } from '../dump.ts';
import { FaultError, FormatError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import type { SymbolTable } from '../symbols.ts';
import { lazy } from '../dwarf/lazy.ts';
import { Btf, maximumBtfBytes } from './btf.ts';
import { BtfTypes } from './btf-types.ts';
import { LinuxDebugInfo } from './debug-info.ts';
import { findKallsyms } from './find-kallsyms.ts';
import { joinSymbols } from './joined-symbols.ts';
import { maximumKallsyms, openKallsyms } from './kallsyms.ts';
import { kernelMemory } from './kernel-memory.ts';
import { readModules } from './modules.ts';
import { pageTables } from './page-tables.ts';
import { readVmcoreinfo, type Vmcoreinfo } from './vmcoreinfo.ts';

/** Bytes of the names of all symbols. */
export const maximumKallsymsBytes = 2 ** 26;

/** Bytes of `kallsyms_token_table`: 256 tokens of at most this length in all (their index has 16 bits). */
const tokenBytes = 65536;
const tokenIndexBytes = 512;

/** Where the kernel image is mapped, before KASLR. Source: linux, arch/x86/include/asm/page_64_types.h, __START_KERNEL_map. */
const kernelMap = 0xffff_ffff_8000_0000n;

/** The parts of a dump that are known before its kernel is. */
export interface LinuxDump {
  readonly name: string;
  readonly byteOrder: ByteOrder;
  readonly machine: Dump['machine'];
  readonly notes: readonly DumpNote[];
  readonly info: ReadonlyMap<string, string>;
  /** By the segments alone. */
  readonly virtual: Memory;
  readonly physical: Memory;
}

export interface LinuxDescription {
  readonly vmcoreinfo: Vmcoreinfo;
  /** Segments, and page tables where those have no virtual addresses. */
  readonly virtual: Memory;
  /** Undefined when the dump does not say where they are, or has them damaged. */
  readonly symbols: SymbolTable | undefined;
  /** Undefined without symbols, or without BTF in the kernel. */
  readonly debugInfo: LinuxDebugInfo | undefined;
}

/** Reads the kernel's own tables; undefined for a dump that is not one of Linux on x86-64. Never throws: what is missing is told to `warn`. */
export function describeLinux(
  dump: LinuxDump,
  warn: (severity: DumpWarning['severity'], sentence: string) => void,
): LinuxDescription | undefined {
  const vmcoreinfo = readVmcoreinfo(dump.notes, dump.info);
  if (!vmcoreinfo) return undefined;
  if (dump.machine !== 'x86-64') {
    warn('warning', 'page tables and symbols in the dump are read on x86-64 alone');
    return undefined;
  }
  const virtual = openMemory(dump, vmcoreinfo, warn);
  const symbols = orWarn(warn, 'symbols', () => openSymbols(dump, vmcoreinfo, virtual, warn));
  const types = symbols && orWarn(warn, 'types', () => openTypes(symbols, virtual, warn));
  if (!symbols || !types) return { vmcoreinfo, virtual, symbols, debugInfo: undefined };
  const modules = lazy(() => readModules(types, symbols, virtual));
  const joined = joinSymbols(symbols, modules);
  const debugInfo = new LinuxDebugInfo(types, symbols, joined, modules, virtual);
  return { vmcoreinfo, virtual, symbols: joined, debugInfo };
}

function openMemory(
  { virtual, physical, byteOrder }: LinuxDump,
  vmcoreinfo: Vmcoreinfo,
  warn: (severity: DumpWarning['severity'], sentence: string) => void,
): Memory {
  const root = vmcoreinfo.symbol('swapper_pg_dir') ?? vmcoreinfo.symbol('init_top_pgt');
  if (root === undefined || root < kernelMap) {
    warn('warning', 'VMCOREINFO names no page tables: memory is what the segments have');
    return virtual;
  }
  const { physicalBase, pageTableDepth, encryptionMask } = vmcoreinfo;
  const place = BigInt.asUintN(64, root - kernelMap + physicalBase);
  const tables = pageTables(physical, place, pageTableDepth, encryptionMask);
  return kernelMemory(virtual, physical, tables, byteOrder);
}

function openSymbols(
  { byteOrder }: LinuxDump,
  { symbol }: Vmcoreinfo,
  memory: Memory,
  warn: (severity: DumpWarning['severity'], sentence: string) => void,
): SymbolTable | undefined {
  const place = (table: string): bigint | undefined => symbol(`kallsyms_${table}`);
  const names = place('names');
  const tokens = place('token_table');
  const tokenIndex = place('token_index');
  const countAt = place('num_syms');
  const offsets = place('offsets');
  const base = place('relative_base');
  if (
    names === undefined ||
    tokens === undefined ||
    tokenIndex === undefined ||
    countAt === undefined ||
    offsets === undefined ||
    base === undefined
  )
    return searchSymbols(symbol('_stext'), memory, warn);
  const count = memory.readU32(countAt);
  if (count > maximumKallsyms)
    throw new FormatError(
      `kallsyms_num_syms: ${count} is over the limit of ${maximumKallsyms} (maximumKallsyms)`,
    );
  // The token table follows the names in every layout that scripts/kallsyms.c has had.
  const nameBytes = tokens > names ? tokens - names : 0n;
  if (nameBytes > BigInt(maximumKallsymsBytes))
    throw new FormatError(
      `kallsyms_names: ${nameBytes} bytes are over the limit of ${maximumKallsymsBytes} (maximumKallsymsBytes)`,
    );
  return openKallsyms({
    byteOrder,
    count,
    names: memory.read(names, Number(nameBytes)),
    tokens: memory.readAvailable(tokens, tokenBytes),
    tokenIndex: memory.read(tokenIndex, tokenIndexBytes),
    offsets: memory.read(offsets, count * 4),
    relativeBase: memory.readU64(base),
  });
}

/** Kernels before 6.0 don't say where their symbols are, but `_stext`, which the right tables have. */
function searchSymbols(
  start: bigint | undefined,
  memory: Memory,
  warn: (severity: DumpWarning['severity'], sentence: string) => void,
): SymbolTable | undefined {
  const found = start === undefined ? undefined : findKallsyms(memory, start);
  if (!found)
    warn(
      'warning',
      'VMCOREINFO does not say where the symbols of the kernel are, and they were not found: give its vmlinux',
    );
  return found;
}

/** The kernel's BTF, between two symbols. */
function openTypes(
  symbols: SymbolTable,
  memory: Memory,
  warn: (severity: DumpWarning['severity'], sentence: string) => void,
): BtfTypes | undefined {
  const start = symbols.byName('__start_BTF')?.address;
  const end = symbols.byName('__stop_BTF')?.address;
  if (start === undefined || end === undefined || end <= start) {
    warn('warning', 'the kernel has no BTF (CONFIG_DEBUG_INFO_BTF): there are no types');
    return undefined;
  }
  if (end - start > BigInt(maximumBtfBytes))
    throw new FormatError(
      `BTF: ${end - start} bytes are over the limit of ${maximumBtfBytes} (maximumBtfBytes)`,
    );
  const btf = new Btf(memory.read(start, Number(end - start)));
  for (const sentence of btf.warnings) warn('error', sentence);
  return new BtfTypes(btf);
}

/** A table that can't be read leaves the rest of the dump. */
function orWarn<Result>(
  warn: (severity: DumpWarning['severity'], sentence: string) => void,
  what: string,
  read: () => Result,
): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof FaultError)) throw error;
    const text = `the kernel's own ${what} can't be read: ${error.message}`;
    warn('error', text);
    return undefined;
  }
}
