/** What commands, walkers, checkers and views read: memory, symbols, types, CPUs and threads of one dump. Read-only. */
import type { CType, Member, RecordType, TypeSource } from '../../dump-format/ctype.ts';
import type { Dump, DumpWarning } from '../../dump-format/dump.ts';
import type { DebugInfo, FrameRegisters } from '../../dump-format/debug-info.ts';
import type { Memory } from '../../dump-format/memory.ts';
import type { AddedSymbols } from './added-symbols.ts';
import type { Kernel } from '../kernels/kernel.ts';
import type { Value } from './value.ts';

export interface Target {
  readonly dump: Dump;
  /** Kernel virtual memory: by segments' virtual addresses, else by the page tables of the panicking CPU. */
  readonly memory: Memory;
  readonly physical: Memory;
  /** Those that the user has added, then those of the dump. */
  readonly symbols: AddedSymbols;
  /** Types of the dump, then those that the user has added (`::typedef`, headers). */
  readonly types: TypeSource;
  readonly debugInfo: DebugInfo | undefined;
  /** The kernel that the types and symbols show; undefined when none is recognised. */
  readonly kernel: Kernel | undefined;
  readonly cpus: readonly Cpu[];
  /** Those of the dump, and what of its kernel could not be read: one sentence each. */
  readonly warnings: readonly DumpWarning[];

  /** The type of a C spelling, pointers and arrays included: `struct ctxop *`, `char [16]`. @throws LookupError */
  type(name: string): CType;
  findType(name: string): CType | undefined;
  /** @throws LookupError when the type has no such member; anonymous members are looked through */
  member(record: RecordType, name: string): Member;
  /** A typed value at an address. Nothing is read until it is asked for. */
  value(type: CType | string, address: bigint): Value;
  /** A global variable by name, with its type from the debug information. @throws LookupError */
  global(name: string): Value;
  hasGlobal(name: string): boolean;
  /** mdb's `%a`: `sym`, `sym+0x10`, or undefined outside every symbol. */
  symbolize(address: bigint): string | undefined;
  /** `%a` in full: the symbol, or `0x` hex (no prefix below 10). */
  formatAddress(address: bigint): string;
  /** @throws LookupError */
  symbolAddress(name: string): bigint;

  /** Kernel threads as the kernel module finds them; CPUs alone when there is no module. */
  threads(): Iterable<KernelThread>;
  /** The CPU that panicked or took the dump. */
  readonly panicCpu: Cpu;
  /** Its registers; those at the trap, as far as it saved them, when the panic answers one. */
  readonly panicRegisters: ReadonlyMap<string, bigint>;
  /** Frames from a register set, innermost first; bounded, and each says how it was found. */
  stack(start: StackStart): Iterable<Frame>;
  /** Hardware state the dump carries beyond registers (`struct sim_cpu` by the vendor note), or undefined. */
  readonly hardware: Hardware | undefined;
}

export interface Cpu {
  readonly index: number;
  readonly registers: ReadonlyMap<string, bigint>;
  readonly fxsave: Uint8Array | undefined;
}

export interface KernelThread {
  /** Address of the kernel's own thread structure. */
  readonly address: bigint;
  /** C type of that structure: `kthread_t`. */
  readonly type: string;
  /** Kernel's own name or the command of its process. */
  readonly name: string;
  /** Kernel's word for its state: `ONPROC`, `SLEEP`. */
  readonly state: string;
  /** Kind of the synchronisation object that it is blocked on, as the kernel names it: `cv`, `mutex`, `rwlock`. */
  readonly waitsFor?: string;
  /** CPU index when it runs on one. */
  readonly cpu: number | undefined;
  /** Thread id in the kernel's own numbering, for people. */
  readonly id: string;
  /** Address of its process structure, when it has one. */
  readonly process: bigint | undefined;
  /** Where to start its stack; undefined when it can't be known. */
  readonly start: StackStart | undefined;
}

/** A register set to unwind from: a CPU, a saved context (pc, sp, bp at least), or a bare frame pointer. */
export type StackStart =
  | { readonly kind: 'cpu'; readonly cpu: number }
  | { readonly kind: 'registers'; readonly registers: ReadonlyMap<string, bigint> }
  | { readonly kind: 'frame-pointer'; readonly framePointer: bigint };

export interface Frame {
  readonly index: number;
  readonly pc: bigint;
  /** To look code up by: pc, or pc-1 in a caller. */
  readonly lookupAddress: bigint;
  readonly framePointer: bigint | undefined;
  readonly stackPointer: bigint | undefined;
  /** How it was found: the CPU's registers, unwind tables, the frame pointer chain, a scan of the stack. */
  readonly method: 'registers' | 'cfi' | 'frame-pointer' | 'scan';
  /** A trap or interrupt frame lies between this frame and the one it interrupted. */
  readonly isTrap: boolean;
  register(name: string): bigint | undefined;
  /** For locals: `VariableInfo.locate`. */
  readonly registers: FrameRegisters;
}

export interface Hardware {
  /** `sim_cpu[index]` as a typed value. */
  cpu(index: number): Value;
  readonly count: number;
  /** Of the vendor note. */
  readonly memoryModel: string;
  readonly tscFrequency: bigint;
}
