/** Where the state of a CPU lies: indexes of 32-bit words in its one buffer. A 64-bit value takes two, low word first. */

/** General registers in encoding order (rax rcx rdx rbx rsp rbp rsi rdi r8..r15): word `2 * number`. */
export const GPR = 0;
export const RAX = 0;
export const RCX = 2;
export const RDX = 4;
export const RBX = 6;
export const RSP = 8;
export const RBP = 10;
export const RSI = 12;
export const RDI = 14;
export const R11 = 22;
/** Always zero: stands for a base, index or segment that is not there. */
export const ZERO = 32;
export const RIP = 34;

/** How the arithmetic flags are to be computed; one of `flagKinds`. See `flags.ts`. */
export const FLAG_KIND = 36;
export const FLAG_AUX = 37;
export const FLAG_A = 38;
export const FLAG_B = 39;
export const FLAG_RESULT = 40;
export const FLAG_BITS = 42;
/** rflags without the arithmetic flags and bit 1. */
export const SYSTEM_FLAGS = 43;
export const MULTIPLY_A = 44;
export const MULTIPLY_B = 46;

export const FS_BASE = 48;
export const GS_BASE = 50;
/** High word of what a slow read returned. */
export const HIGH = 52;
/** Not 0 when something must be looked at before the next step; see `attention`. */
export const ATTENTION = 53;
/** Linear page whose operations are at hand. */
export const CODE_PAGE = 54;
/** 0; 1 between the two halves of a read-modify-write; 2 between the elements of a repeated string instruction. */
export const LATCH = 56;
/** 0 to 3. */
export const PRIVILEGE = 57;
export const LATCH_VALUE = 58;
/** Stores waiting in the store buffer. */
export const STORE_COUNT = 60;
export const LOAD_COUNT = 61;
/** Next sequence number of a buffered store. */
export const STORE_SEQUENCE = 62;
/** Not 0 while stores don't drain by age. */
export const IS_HELD = 63;

/** 64-bit system registers. */
export const CR0 = 64;
export const CR2 = 66;
export const CR3 = 68;
export const CR4 = 70;
export const XCR0 = 72;
export const EFER = 74;
export const STAR = 76;
export const LSTAR = 78;
export const CSTAR = 80;
export const SFMASK = 82;
export const KERNEL_GS_BASE = 84;
export const SYSENTER_CS = 86;
export const SYSENTER_ESP = 88;
export const SYSENTER_EIP = 90;
export const TSC_AUX = 92;
export const APIC_BASE = 94;
export const GDTR_BASE = 96;
export const IDTR_BASE = 98;
export const TR_BASE = 100;
export const LDTR_BASE = 102;
export const PAT = 104;
export const TSC_DEADLINE = 106;
export const DR0 = 108;
export const DR6 = 116;
export const DR7 = 118;
export const TSC_OFFSET = 120;

/** 32-bit system registers. Selectors es cs ss ds fs gs in encoding order, then tr and ldtr. */
export const SELECTORS = 128;
export const CS = 129;
export const SS = 130;
export const TR = 134;
export const LDTR = 135;
export const GDTR_LIMIT = 136;
export const IDTR_LIMIT = 137;
export const TR_LIMIT = 138;
export const TPR = 139;
export const SPURIOUS_VECTOR = 140;
export const LVT_TIMER = 141;
/** 8 words each: bit per vector. */
export const IRR = 144;
export const ISR = 152;
export const ICR = 160;
export const APIC_ERROR = 162;
export const PENDING_NMI = 163;
export const IS_NMI_BLOCKED = 164;

/** Context of the TLB entries that may be used now. */
export const PCID = 166;
export const ASID = 167;
export const EPT_POINTER = 168;
/** 1 while guest-physical addresses go through the tables of `EPT_POINTER`. */
export const IS_EPT_ON = 170;

/** VMX. */
export const IS_VMX_ON = 171;
export const VMXON_POINTER = 172;
export const CURRENT_VMCS = 174;
/** 0; 1 in a guest; 3 in one that leaves for external interrupts. */
export const IS_IN_GUEST = 176;
export const FEATURE_CONTROL = 178;
/** Last operation and the one before: op, result, operand, operand (8 words each). */
export const VMX_LAST = 180;
export const VMX_PREVIOUS = 188;

/** Controls of the guest that runs: pin-based, primary and secondary processor-based, exception bitmap. 0 outside a guest. */
export const VM_PIN = 196;
export const VM_PRIMARY = 197;
export const VM_SECONDARY = 198;
export const VM_EXCEPTIONS = 199;

/** Counters, 64 bits each. */
export const COUNT_CR3_LOAD = 200;
export const COUNT_INVLPG = 202;
export const COUNT_TLB_FLUSH = 204;
export const COUNT_IPI_SENT = 206;
export const COUNT_IPI_RECEIVED = 208;
export const COUNT_INTERRUPT = 210;
export const COUNT_PAGE_FAULT = 212;
export const COUNT_STEP = 214;

/** FPU: 16 ymm registers of 32 bytes, 8 x87 registers of 16, then control words. */
export const YMM = 224;
export const ST = 352;
export const FCW = 384;
export const FSW = 385;
/** Abridged tag word, as FXSAVE keeps it. */
export const FTW = 386;
export const FOP = 387;
export const FIP = 388;
export const FDP = 390;
export const MXCSR = 392;

/** TLB: entries of `TLB_ENTRY` words, oldest first. */
export const TLB_COUNT = 400;
export const TLB = 404;
export const TLB_CAPACITY = 64;
export const TLB_ENTRY = 16;
/** Guest-physical translations by EPT pointer: same shape of entry. */
export const EPT_COUNT = TLB + TLB_CAPACITY * TLB_ENTRY;
export const EPT_CACHE = EPT_COUNT + 4;
export const EPT_CAPACITY = 16;

/** Words of an entry of the TLB (and, with other meanings, of the EPT cache). */
export const ENTRY_VA = 0;
export const ENTRY_PA = 2;
export const ENTRY_CR3 = 4;
export const ENTRY_FLAGS = 6;
export const ENTRY_PCID = 7;
export const ENTRY_ASID = 8;
export const ENTRY_EPT_POINTER = 10;
export const ENTRY_STEP = 12;

export const STORES = EPT_CACHE + EPT_CAPACITY * TLB_ENTRY;
export const STORE_CAPACITY = 32;
export const STORE_ENTRY = 12;
export const LOADS = STORES + STORE_CAPACITY * STORE_ENTRY;
export const LOAD_CAPACITY = 8;

/** Words of a buffered access. */
export const ACCESS_VA = 0;
export const ACCESS_PA = 2;
export const ACCESS_VALUE = 4;
export const ACCESS_SIZE = 6;
export const ACCESS_SEQUENCE = 7;
/** Machine step at which it entered the buffer. */
export const ACCESS_STEP = 8;
/** Not 0 when a release fence stands behind it. */
export const ACCESS_FENCE = 10;

export const STATE_WORDS = LOADS + LOAD_CAPACITY * STORE_ENTRY;

/** Bits of `ATTENTION`. */
export const attention = {
  /** `hlt` has been executed. */
  halted: 1,
  /** An interrupt can be delivered. */
  interrupt: 2,
  nmi: 4,
  /** The instruction after `sti` or a load of SS: interrupts wait for one more. */
  shadow: 8,
  /** The machine has stopped. */
  stopped: 16,
  /** rflags.TF is set. */
  trap: 32,
} as const;

/** Flags of a TLB entry; the first six are `struct sim_tlbent`'s. */
export const tlbFlags = {
  valid: 1,
  writable: 2,
  user: 4,
  global: 8,
  dirty: 0x10,
  large: 0x20,
  huge: 0x40,
  noExecute: 0x80,
} as const;

/** How `flags.ts` reads the words from `FLAG_KIND` on. */
export const flagKinds = {
  /** CF and OF of `FLAG_A + FLAG_B`. */
  add: 0,
  subtract: 1,
  /** CF and OF clear. */
  logic: 2,
  /** As add, CF in `FLAG_BITS`. */
  increment: 3,
  /** As subtract, CF in `FLAG_BITS`. */
  decrement: 4,
  /** CF, AF and OF in `FLAG_BITS`, the others by the result. */
  carry: 5,
  /** CF and OF say whether the signed product of `MULTIPLY_A` and `MULTIPLY_B` exceeds 64 bits. */
  multiply: 6,
  /** All in `FLAG_BITS`. */
  explicit: 7,
} as const;

/** rflags bits. */
export const rflags = {
  carry: 1,
  parity: 4,
  auxiliary: 0x10,
  zero: 0x40,
  sign: 0x80,
  trap: 0x100,
  interrupt: 0x200,
  direction: 0x400,
  overflow: 0x800,
  nestedTask: 0x4000,
  resume: 0x10000,
  arithmetic: 0x8d5,
} as const;
