/** What a compiler tells about code: functions, variables, lines and how to unwind. Formats are read into this. */
import type { CType, FunctionType, TypeSource } from './ctype.ts';
import type { Memory } from './memory.ts';

export interface SourceLine {
  /** As the compiler recorded it, directory included: `/src/illumos/ctxop.c`. */
  readonly file: string;
  readonly line: number;
  /** 0 when unknown. */
  readonly column: number;
}

export interface VariableInfo {
  readonly name: string;
  readonly type: CType;
  readonly declaredAt: SourceLine | undefined;
  readonly isParameter: boolean;
  /** Where its value is at a stopped frame. Never guessed: what can't be computed is `unavailable` with the reason. */
  locate(frame: FrameRegisters): Location;
}

export interface FunctionInfo {
  readonly name: string;
  /** First and one past the last code address, of the part that is entered: a compiler may put unlikely code elsewhere. */
  readonly low: bigint;
  readonly high: bigint;
  readonly type: FunctionType;
  readonly declaredAt: SourceLine | undefined;
  readonly parameters: readonly VariableInfo[];
}

/** A function or an inlined call at a code address, innermost first, with the variables in scope there. */
export interface CodeScope {
  readonly function: FunctionInfo;
  /** Set for an inlined call: the line of the call in the scope further out. */
  readonly calledFrom: SourceLine | undefined;
  /** Parameters, then locals of the blocks that hold the address, outermost first. */
  readonly variables: readonly VariableInfo[];
}

export type Location =
  | { readonly kind: 'memory'; readonly address: bigint }
  | { readonly kind: 'register'; readonly register: number; readonly value: bigint }
  | { readonly kind: 'value'; readonly bytes: Uint8Array }
  | { readonly kind: 'pieces'; readonly pieces: readonly LocationPiece[] }
  | { readonly kind: 'optimized-out' }
  | { readonly kind: 'synthetic-pointer' }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface LocationPiece {
  readonly sizeBits: number;
  readonly location: Location;
}

/** The registers of one frame, as DWARF numbers them (x86-64 psABI: 0 rax, 1 rdx, 2 rcx, 3 rbx, 4 rsi, 5 rdi, 6 rbp, 7 rsp, 8..15, 16 return address). */
export interface FrameRegisters {
  /** The address to look code up by: pc, or pc-1 in a caller. */
  readonly lookupAddress: bigint;
  readonly pc: bigint;
  /**
   * Undefined when the frame did not save it: unknown, not zero. 17 to 32 are xmm0 to xmm15, of 128 bits, where the dump
   * has them.
   */
  register(number: number): bigint | undefined;
  /** Canonical frame address by the unwind table; undefined when there is none for the pc. */
  cfa(): bigint | undefined;
  readonly memory: Memory;
  /** The frame that called this one: for `DW_OP_entry_value`. */
  caller(): FrameRegisters | undefined;
}

/** The rules that recover a caller, at one code address (DWARF 5, section 6.4). */
export interface UnwindTable {
  /**
   * The caller's registers, or undefined when no rule covers the pc or the rules say that this is the outermost frame.
   * `isSignalFrame` is true when the *current* frame is a trap or signal frame, so the caller's pc is exact.
   */
  step(frame: FrameRegisters): UnwoundFrame | undefined;
  /** Canonical frame address at this frame, or undefined when no rule covers the pc. */
  cfa(frame: Omit<FrameRegisters, 'cfa'>): bigint | undefined;
}

export interface UnwoundFrame {
  readonly pc: bigint;
  readonly cfa: bigint;
  readonly isSignalFrame: boolean;
  /** The tables have no rule here, and the return address was looked for on the stack. */
  readonly isScanned?: true;
  register(number: number): bigint | undefined;
}

export interface DebugInfo extends TypeSource {
  functionAt(pc: bigint): FunctionInfo | undefined;
  functionNamed(name: string): FunctionInfo | undefined;
  /** The scopes that hold `pc`, innermost (possibly inlined) first; empty when unknown. */
  scopesAt(pc: bigint): readonly CodeScope[];
  /** A global or file-static variable by name. */
  variable(name: string): VariableInfo | undefined;
  lineAt(pc: bigint): SourceLine | undefined;
  /** Where a type of that C name (as for `lookup`) was declared: its definition before a mere declaration. */
  typeDeclaredAt(name: string): SourceLine | undefined;
  /**
   * First code addresses of a line, ascending; empty when the line has no code.
   *
   * @param file a whole path as `sourceFiles` has it, or its last components: `os/ctxop.c`
   */
  addressesOf(file: string, line: number): readonly bigint[];
  /** Every source file, sorted. */
  sourceFiles(): readonly string[];
  readonly unwind: UnwindTable;
}
