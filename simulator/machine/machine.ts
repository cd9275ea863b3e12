/** The contract of the simulated machine: what it is made from, what may be asked of it, and how it stops. */
import type { SymbolTable } from '../../dump-format/symbols.ts';

/** `sc`: no buffers. `tso`: x86, store buffers. `weak`: what arm64 allows. `docs/platform.md` has the rules. */
export type MemoryModel = 'sc' | 'tso' | 'weak';

/** A range of the kernel image as the loader places it. */
export interface ImageSegment {
  readonly virtualAddress: bigint;
  readonly physicalAddress: bigint;
  /** The bytes in the file (`p_filesz` of them). */
  readonly bytes: Uint8Array;
  /** `p_memsz`: what follows the bytes is zero. */
  readonly memorySize: number;
}

/** A kernel, ready to be loaded. `image.ts` makes one from an ELF file. */
export interface KernelImage {
  readonly name: string;
  /** `e_entry`: where every CPU starts. */
  readonly entry: bigint;
  readonly segments: readonly ImageSegment[];
  readonly symbols: SymbolTable;
  /** Code addresses by the name that `SCHEDULE_POINT` gave them, in image order. */
  readonly schedulePoints: ReadonlyMap<string, readonly bigint[]>;
}

export interface MachineConfiguration {
  /** 1 to 64. */
  readonly cpus: number;
  /** Bytes of physical memory from address 0, a multiple of 4096; the default is 64 MiB. Pages cost nothing until they are touched. */
  readonly memoryBytes?: number;
  /** Default `sc`. */
  readonly memoryModel?: MemoryModel;
  /** TSC of all CPUs before the first step; default 0. */
  readonly tscStart?: bigint;
  /** Default 1. */
  readonly ticksPerStep?: bigint;
  /** For CPUID and the dump's note, in Hz; default 2,000,000,000. */
  readonly tscFrequency?: bigint;
  /** A buffered store drains by itself when the machine has made so many steps since; default 2000. See `hold`. */
  readonly drainAgeSteps?: number;
  /** Values for global integer variables of the image, stored before the first step. */
  readonly knobs?: Readonly<Record<string, bigint>>;
}

/** Why a machine can't go on. Once stopped it stays stopped (until `restore`). */
export type StopReason =
  | 'clean' /** The kernel wrote 0 to port 0xf4. */
  | 'panic' /** 1 */
  | 'assertion' /** 2 */
  | 'triple-fault'
  | 'unsupported-instruction'
  | 'unsupported-access'; /** A physical address that is no memory, an unknown port or MSR. */

export interface MachineStop {
  readonly reason: StopReason;
  /** Index of the CPU that caused it. */
  readonly cpu: number;
  /** One sentence: addresses, symbol, bytes. */
  readonly detail: string;
}

/** Why `execute` came back. */
export type ExecuteResult =
  | 'budget' /** All steps made. */
  | 'mark' /** The next instruction carries a mark that was asked for; it has not been executed. */
  | 'pause' /** The same, and the mark is `stopAt.pause`. */
  | 'halted' /** The CPU waits (`hlt`) and nothing that it would wake for is pending. */
  | 'stopped'; /** See `Machine.stop`. */

/** What `execute` can stop in front of; combine with `|`. */
export const stopAt = {
  /** An address given to `setBreakpoints`. */
  breakpoint: 1,
  /** A `SCHEDULE_POINT`. */
  schedulePoint: 2,
  /** An instruction that reads or writes memory other than by `push`, `pop`, `call`, `ret` or through rsp and rbp. */
  memoryAccess: 4,
  /** Any instruction that reads or writes memory. */
  anyMemoryAccess: 8,
  /** `pause`: the CPU spins, and waits for another. */
  pause: 16,
} as const;

/** A TLB entry as section "TLB" of `docs/platform.md` describes it; index 0 is the oldest. */
export interface TlbEntry {
  readonly virtualAddress: bigint;
  readonly physicalAddress: bigint;
  /** CR3 when the entry was filled. */
  readonly cr3: bigint;
  /** 1 valid, 2 writable, 4 user, 8 global, 0x10 dirty, 0x20 large page, 0x40 one gigabyte, 0x80 no execute. */
  readonly flags: number;
  readonly pcid: number;
  /** VPID of a guest, else 0. */
  readonly asid: number;
  /** EPT pointer of a guest's entry, else 0. */
  readonly eptPointer: bigint;
  /** `steps` when it was filled: for people, never for checkers. */
  readonly fillStep: bigint;
}

/** A store that other CPUs do not see yet, or a value that a load will take from the past; oldest first. */
export interface BufferedAccess {
  readonly virtualAddress: bigint;
  readonly physicalAddress: bigint;
  /** 1, 2, 4 or 8 bytes. */
  readonly size: number;
  readonly value: bigint;
  readonly sequence: number;
}

/** What hardware knows of a VMCS that some CPU has active. */
export interface VmcsState {
  readonly physicalAddress: bigint;
  readonly cpu: number;
  readonly isCurrent: boolean;
  readonly isLaunched: boolean;
  /** Encoding → value of every field that is not zero, sorted by encoding. */
  readonly fields: ReadonlyMap<number, bigint>;
}

/** `op`: 1 VMXON 2 VMCLEAR 3 VMPTRLD 4 VMLAUNCH 5 VMRESUME 6 INVEPT 7 INVVPID 8 VMXOFF 9 VMPTRST 10 VMREAD 11 VMWRITE 12 VMCALL; 0 none. */
export interface VmxOperation {
  readonly op: number;
  /** 0 success, 1 VMfailInvalid, 0x100 | error number for VMfailValid. */
  readonly result: number;
  readonly operands: readonly [bigint, bigint];
}

export interface VmxState {
  readonly isOn: boolean;
  readonly isInGuest: boolean;
  readonly vmxonPointer: bigint;
  /** All ones when there is none. */
  readonly currentVmcs: bigint;
  readonly last: VmxOperation;
  readonly previous: VmxOperation;
  /** EPT pointers that this CPU holds cached guest-physical translations of. */
  readonly eptTags: readonly bigint[];
}

export interface CpuCounters {
  readonly cr3Loads: bigint;
  readonly invlpgs: bigint;
  /** CR4 rewrites and INVPCID that flush everything; a reload of CR3 with its own value. */
  readonly tlbFlushes: bigint;
  readonly ipisSent: bigint;
  readonly ipisReceived: bigint;
  readonly interrupts: bigint;
  readonly pageFaults: bigint;
  readonly steps: bigint;
}

/** Everything about a CPU that is not in memory. */
export interface CpuHardware {
  readonly cpu: number;
  /**
   * General registers (`rax`..`r15`, `rip`, `rflags`), selectors (`cs`..`gs`, `tr`, `ldtr`), `fs_base gs_base kernel_gs_base`,
   * `cr0 cr2 cr3 cr4 cr8 xcr0 efer star lstar cstar sfmask sysenter_cs sysenter_esp sysenter_eip tsc_aux apic_base`, `gdtr_base gdtr_limit idtr_base idtr_limit`,
   * `tr_base`, `tsc`. All unsigned.
   */
  readonly registers: ReadonlyMap<string, bigint>;
  readonly privilege: number;
  readonly isHalted: boolean;
  /** Interrupts requested and not yet taken: vectors ascending; 2 stands for an NMI. */
  readonly pendingInterrupts: readonly number[];
  readonly tlb: readonly TlbEntry[];
  readonly storeBuffer: readonly BufferedAccess[];
  readonly loadBuffer: readonly BufferedAccess[];
  /** 512 bytes as FXSAVE64 writes them. */
  readonly fxsave: Uint8Array;
  /** 16 × 16 bytes: upper halves of ymm0 to ymm15. */
  readonly ymmHigh: Uint8Array;
  readonly vmx: VmxState;
  readonly vmcss: readonly VmcsState[];
  readonly counters: CpuCounters;
}

/** An opaque, immutable state of the whole machine. Any number may be kept; each can be restored any number of times. */
export interface MachineSnapshot {
  readonly steps: number;
}

export interface Machine {
  readonly image: KernelImage;
  readonly configuration: Required<MachineConfiguration>;
  readonly cpuCount: number;
  /**
   * Steps made by the whole machine. A step is an instruction, one half of a read-modify-write without LOCK, one element of a
   * repeated string instruction, or the delivery of an interrupt.
   */
  readonly steps: number;
  /** Set once the machine has stopped. */
  readonly stop: MachineStop | undefined;
  /** Bytes written to port 0xe9. */
  readonly console: Uint8Array;

  /**
   * Lets one CPU make at most `steps` steps. With `stops` (a union of `stopAt`) it comes back in front of the first instruction so marked,
   * but never before having made one step, so that calling again goes on.
   */
  execute(cpu: number, steps: number, stops?: number): ExecuteResult;
  /** True when `execute(cpu, 1)` would make a step. */
  canExecute(cpu: number): boolean;
  /** False in the middle of a read-modify-write or a repeated string instruction. */
  isBetweenInstructions(cpu: number): boolean;
  /** All CPUs wait: buffered stores that are not held drain, and time moves to the next armed timer; false when there is none (a deadlock). */
  skipIdleTime(): boolean;
  /** True when some CPU has armed its timer: then time alone may change what happens. */
  readonly hasTimer: boolean;
  /** What stopping all CPUs by NMI does to memory: buffered stores drain, except of CPUs that are held. `run` does it when a run ends. */
  quiesce(): void;
  /** Replaces the addresses that `stopAt.breakpoint` stands for. */
  setBreakpoints(addresses: Iterable<bigint>): void;
  /** Marks of the instruction at rip: a union of `stopAt`, 0 when it can't be fetched or decoded. */
  nextMarks(cpu: number): number;

  /** Drains the oldest buffered store, or the one with that sequence number if the model lets it go first; false when it may not or there is none. */
  drain(cpu: number, sequence?: number): boolean;
  /** Sequence numbers of the stores that may drain next, oldest first. */
  drainable(cpu: number): readonly number[];
  /** How many stores of a CPU others do not see yet. */
  bufferedStores(cpu: number): number;
  /** While held, stores of this CPU do not drain by age. */
  hold(cpu: number, isHeld: boolean): void;
  /** Model `weak`: the next plain load of these bytes will see what memory holds now. */
  prefetch(cpu: number, virtualAddress: bigint, size: number): void;
  /** An external interrupt (vector 16 to 255) or, with 2, an NMI. */
  interrupt(cpu: number, vector: number): void;
  /** A device writes memory. It goes past TLBs and buffers. */
  writePhysical(address: bigint, bytes: Uint8Array): void;

  /** @throws FaultError when a page of the range was never touched */
  readPhysical(address: bigint, length: number): Uint8Array;
  /** Translates by the page tables (not the TLB) of `cpu`; undefined when it is not mapped. Changes nothing. */
  translate(cpu: number, virtualAddress: bigint): bigint | undefined;
  /** @throws FaultError when a page is not mapped or was never touched */
  readVirtual(cpu: number, address: bigint, length: number): Uint8Array;
  /** @throws FaultError when a page is not mapped */
  writeVirtual(cpu: number, address: bigint, bytes: Uint8Array): void;
  /** Physical addresses of the pages that were touched, ascending. */
  presentPages(): readonly bigint[];
  /** One value of `hardware(cpu).registers`, without making the rest. */
  register(cpu: number, name: string): bigint;
  /** Sets a general register, `rip` or `rflags`: for tests and debuggers. */
  setRegister(cpu: number, name: string, value: bigint): void;
  hardware(cpu: number): CpuHardware;

  snapshot(): MachineSnapshot;
  /** Back to a state of this same machine. Breakpoints stay as they are. */
  restore(snapshot: MachineSnapshot): void;
  /** 64 bits that differ when two states do (but for chance): for explorers that prune. Does not depend on counters, console or time. */
  stateHash(): bigint;
}
