/** One processor: its state in one buffer, what it executes, and the lookasides in front of its TLB. */
import type { MemoryModel, StopReason } from './machine.ts';
import type { MemoryViews, PhysicalMemory } from './physical-memory.ts';
import {
  ATTENTION,
  CODE_PAGE,
  COUNT_STEP,
  GPR,
  IS_VMX_ON,
  PRIVILEGE,
  STATE_WORDS,
  SYSTEM_FLAGS,
  attention,
  rflags,
} from './layout.ts';

/** Entries of a lookaside, each four words: page address (low, high), offset of the page in the slab, unused. */
const lookasideEntries = 128;
const lookasideWords = lookasideEntries * 4;
/**
 * Index of a page in a lookaside, for `lo`: the low word of an address. Higher bits take part, so that two streams a power of two apart don't
 * push each other out.
 */
export const lookasideIndexText = '((lo >>> 10) ^ (lo >>> 17)) & 508';

/** As the text says. */
export function lookasideIndex(low: number): number {
  return ((low >>> 10) ^ (low >>> 17)) & 508;
}

/** High word of no canonical address. */
const noPage = 0x55555555;
const fetchEntries = 32;

export type Handler = (cpu: Cpu, op: Op) => void;

/** Flat on purpose: every handler reads these fields, so all of them have the same shape. */
export interface Op {
  run: Handler;
  /** Linear address of the instruction, and of the next one. */
  low: number;
  high: number;
  nextLow: number;
  nextHigh: number;
  /** Operands: indexes of registers in the view of their size; meaning depends on the handler. */
  d: number;
  s: number;
  x: number;
  /** Memory operand: words of base and segment base, index, displacement. `layout.ZERO` stands for what is not there. */
  base: number;
  index: number;
  segment: number;
  dispLow: number;
  dispHigh: number;
  /** Immediate operand, sign-extended, or the target of a branch. */
  immLow: number;
  immHigh: number;
  length: number;
  /** Union of `stopAt`. */
  marks: number;
  /** Vector for a non-canonical address: 12 for rsp and rbp, else 13. */
  addressFault: number;
  /** What its handler was made of; undefined when that is a function of ours. */
  text: (() => string) | undefined;
  /**
   * How it goes on when not with the next instruction. `branch`: there or at its target (a call comes back). `jump`: at its target.
   * `call`: anywhere, and comes back. `return`: anywhere. `alone`: perhaps with itself.
   */
  flow: 'branch' | 'jump' | 'call' | 'return' | 'alone' | undefined;
}

/** Executes compiled code from the stretch of number `at` on; see `region.ts`. */
export type RegionRun = (cpu: Cpu, at: number) => void;

export interface Region {
  readonly run: RegionRun;
  readonly ops: readonly Op[];
  /** Union of the marks of its operations. */
  marks: number;
}

/** Where a region can be entered. */
export interface RegionEntry {
  readonly region: Region;
  readonly at: number;
  /** Steps that must be left for it to begin. */
  readonly steps: number;
}

/** What is decoded of one linear page. */
export interface CodePage {
  readonly low: number;
  readonly high: number;
  readonly slot: number;
  /** By offset in the page. */
  ops: (Op | undefined)[];
  /** Instructions that go on into the next page: with the slot of that page, valid while its code is. */
  readonly crossing: Map<
    number,
    { readonly op: Op; readonly slot: number; readonly version: number }
  >;
  /** What has been compiled, and where it can be entered, by offset. */
  regions: Region[];
  readonly entries: (RegionEntry | undefined)[];
  /** How often control came to an offset otherwise than from the instruction before it; wraps at `hotAfter`. */
  readonly arrivals: Uint16Array;
}

/** A VMCS that a CPU holds: its page in memory is stale until VMCLEAR. */
export interface HeldVmcs {
  readonly address: number;
  isLaunched: boolean;
  /** By slot; `vmcs.ts` knows which field is where. */
  readonly values: BigUint64Array;
}

/** What a CPU needs of the machine that it is in. */
export interface Chipset {
  readonly memory: PhysicalMemory;
  readonly memoryModel: MemoryModel;
  readonly cpus: readonly Cpu[];
  /** Word 0: steps left in the present slice. */
  readonly budget: Int32Array;
  /** Steps made by the whole machine, the present one included. */
  readonly steps: number;
  readonly tscFrequency: bigint;
  tsc(): bigint;
  /** Adds ticks to the time stamp counter of all CPUs. */
  chargeTicks(ticks: bigint): void;
  /** Arrivals at an instruction after which its region is compiled. */
  readonly hotAfter: number;
  /** Ends the present slice after this step: an event may have become due. */
  endSlice(): void;
  /** Stops the machine. Never returns. */
  halt(cpu: Cpu, reason: StopReason, detail: string): never;
  writeConsole(byte: number): void;
  /** The decoded page at a linear address; marks its frame as code. */
  codePage(linearLow: number, linearHigh: number, slot: number): CodePage;
}

export class Cpu {
  readonly index: number;
  readonly machine: Chipset;
  readonly state = new ArrayBuffer(STATE_WORDS * 4);
  /** The state as 32-bit words, 16-bit halves and bytes. */
  readonly r = new Int32Array(this.state);
  readonly w = new Uint16Array(this.state);
  readonly b = new Uint8Array(this.state);
  readonly q = new BigUint64Array(this.state);
  readonly view = new DataView(this.state);
  readonly budget: Int32Array;

  /** Lookaside for reading in force: `reads`, or an empty one while loads must look at buffers. */
  t: Int32Array;
  /** Lookaside for writing straight to memory; stays empty when stores are buffered. */
  readonly s = new Int32Array(lookasideWords).fill(noPage);
  /** Lookaside for the translation of writes: also of buffered ones, and to pages with code. */
  readonly writes = new Int32Array(lookasideWords).fill(noPage);
  readonly reads = new Int32Array(lookasideWords).fill(noPage);
  /** How many buffered stores touch each group of 8 bytes of a page half: loads elsewhere need not look through the buffer. */
  readonly storeGroups = new Uint8Array(256);
  readonly fetches = new Int32Array(fetchEntries * 2).fill(noPage);
  readonly fetchPages: (CodePage | undefined)[] = [];

  /** False while a lookaside is known to be empty: flushing is frequent. */
  hasReads = false;
  hasWrites = false;
  hasFetches = false;

  /** Views of physical memory: words, halves, bytes. */
  m: Int32Array;
  mh: Uint16Array;
  mb: Uint8Array;
  mv: DataView;

  /** The current linear page, and its operations by offset. */
  page: CodePage | undefined;
  ops: (Op | undefined)[] = [];
  /** The operation being executed. */
  op: Op | undefined;
  /** Active VMCSs by physical address. */
  held = new Map<number, HeldVmcs>();

  constructor(index: number, machine: Chipset) {
    this.index = index;
    this.machine = machine;
    this.budget = machine.budget;
    this.t = this.reads;
    const views = machine.memory.views;
    this.m = views.words;
    this.mh = views.halves;
    this.mb = views.bytes;
    this.mv = views.view;
    this.r[CODE_PAGE + 1] = noPage;
  }

  follow(views: MemoryViews): void {
    this.m = views.words;
    this.mh = views.halves;
    this.mb = views.bytes;
    this.mv = views.view;
  }

  /** A word of the state, signed. */
  word(index: number): number {
    return this.r[index] ?? 0;
  }

  set(index: number, value: number): void {
    this.r[index] = value;
  }

  /** Two words as an unsigned 64-bit value. */
  get64(index: number): bigint {
    return this.view.getBigUint64(index * 4, true);
  }

  set64(index: number, value: bigint): void {
    this.view.setBigUint64(index * 4, value, true);
  }

  /** A 64-bit value that is a physical address, as a number. */
  address(index: number): number {
    return (this.word(index) >>> 0) + ((this.word(index + 1) >>> 0) & 0xfffff) * 0x100000000;
  }

  gpr(number: number): bigint {
    return this.get64(GPR + 2 * number);
  }

  setGpr(number: number, value: bigint): void {
    this.set64(GPR + 2 * number, BigInt.asUintN(64, value));
  }

  count(index: number): void {
    this.set64(index, this.get64(index) + 1n);
  }

  countSteps(made: number): void {
    const before = this.word(COUNT_STEP);
    const after = (before + made) | 0;
    this.r[COUNT_STEP] = after;
    if (after >>> 0 < before >>> 0) this.r[COUNT_STEP + 1] = this.word(COUNT_STEP + 1) + 1;
  }

  isUser(): boolean {
    return this.word(PRIVILEGE) === 3;
  }

  areInterruptsEnabled(): boolean {
    return (this.word(SYSTEM_FLAGS) & rflags.interrupt) !== 0;
  }

  isVmxOn(): boolean {
    return this.word(IS_VMX_ON) !== 0;
  }

  attend(bits: number): void {
    this.r[ATTENTION] = this.word(ATTENTION) | bits;
  }

  unattend(bits: number): void {
    this.r[ATTENTION] = this.word(ATTENTION) & ~bits;
  }

  isHalted(): boolean {
    return (this.word(ATTENTION) & attention.halted) !== 0;
  }

  /** Forgets every shortcut past the TLB. To be called whenever an entry goes, or privilege or paging changes. */
  flushLookasides(): void {
    if (this.hasReads) this.reads.fill(noPage);
    this.hasReads = false;
    this.flushWrites();
    this.flushFetches();
  }

  flushWrites(): void {
    if (!this.hasWrites) return;
    this.hasWrites = false;
    this.s.fill(noPage);
    this.writes.fill(noPage);
  }

  flushFetches(): void {
    this.r[CODE_PAGE + 1] = noPage;
    if (!this.hasFetches) return;
    this.hasFetches = false;
    this.fetches.fill(noPage);
  }

  /** The decoded page last fetched from a linear page, if nothing has been flushed since. */
  fetched(low: number, high: number): CodePage | undefined {
    const index = (low >>> 12) & (fetchEntries - 1);
    if (this.fetches[2 * index] !== low || this.fetches[2 * index + 1] !== high) return undefined;
    return this.fetchPages[index];
  }

  rememberFetch(low: number, high: number, page: CodePage): void {
    const index = (low >>> 12) & (fetchEntries - 1);
    this.hasFetches = true;
    this.fetches[2 * index] = low;
    this.fetches[2 * index + 1] = high;
    this.fetchPages[index] = page;
  }
}
