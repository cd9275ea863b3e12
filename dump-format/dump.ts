/** A crash dump, opened: registers, memory, symbols, types and the notes, whatever the container. */
import type { DebugInfo } from './debug-info.ts';
import type { Memory, MemorySegment } from './memory.ts';
import type { SymbolTable } from './symbols.ts';

/** A note as the file has it. */
export interface DumpNote {
  readonly owner: string;
  readonly type: number;
  readonly data: Uint8Array;
}

/** The general registers of one CPU (`NT_PRSTATUS`), by the names mdb and gdb use. All values unsigned. */
export interface CpuRegisters {
  /** Index of the CPU, 0 based, from the note's pid minus one. */
  readonly cpu: number;
  /** `rax rbx rcx rdx rsi rdi rbp rsp r8..r15 rip rflags cs ss ds es fs gs fs_base gs_base`. */
  readonly registers: ReadonlyMap<string, bigint>;
  /** The 512-byte FXSAVE image (`NT_FPREGSET`), when the dump has it. */
  readonly fxsave: Uint8Array | undefined;
}

/** What is to be known about a dump before any answer. */
export interface DumpWarning {
  /**
   * `error`: something is damaged, or belongs to another kernel; what is shown may be wrong or not all there is. `warning`: what is shown is
   * right as far as the file tells, but something in it is ambiguous or was not read. `note`: something could not be verified.
   */
  readonly severity: 'note' | 'warning' | 'error';
  /** One sentence. */
  readonly text: string;
}

export interface Dump {
  /** Name for messages. */
  readonly name: string;
  readonly kind: 'core' | 'executable';
  /** Bits of an address: 64. */
  readonly addressBits: 64;
  readonly byteOrder: 'little' | 'big';
  readonly machine: 'x86-64' | 'aarch64' | 'ppc64' | 'other';
  /** CPUs in the order of their notes: the first one is the one that panicked. */
  readonly cpus: readonly CpuRegisters[];
  readonly segments: readonly MemorySegment[];
  readonly virtual: Memory;
  readonly physical: Memory;
  readonly symbols: SymbolTable;
  /** Undefined when the dump and the kernel file carry no debug information. */
  readonly debugInfo: DebugInfo | undefined;
  /** The GNU build id of the kernel, lowercase hex. */
  readonly buildId: string | undefined;
  /** The text note in the style of vmcoreinfo: `OSRELEASE`, `PAGESIZE`, `BUILD-ID`, `SYMBOL(x)` and so on, in file order. */
  readonly info: ReadonlyMap<string, string>;
  readonly notes: readonly DumpNote[];
  /** What is damaged, missing or doubtful; grows as more is read. */
  readonly warnings: readonly DumpWarning[];
  /** Source text carried by the dump, by the name that the line table uses. */
  sourceText(file: string): string | undefined;
  close(): void;
}
