/** What KVM_RUN does to complete an operation that user space has carried out for a vCPU. */

export interface Operation {
  /** `hypercall`, `MMIO read`. */
  readonly name: string;
  /** For a column: `hcall`. */
  readonly short: string;
  /** Member of kvm_run that user space reads and answers in. */
  readonly payload: string;
  /** What the completion writes, most telling first. */
  readonly writes: readonly RegisterWrite[];
  /** The rest of a group in words: `gpr4..gpr12`, with where it comes from. */
  readonly rest?: { readonly registers: string; readonly source: string };
}

export interface RegisterWrite {
  /** `gpr3`. */
  readonly register: string;
  readonly value: bigint;
  /** Where the value stands: `papr_hcall.ret`. */
  readonly source: string;
}

/** Registers that a completion has overwritten. */
export interface Overwritten {
  /** Without the vCPU: `reset state overwritten by …`. */
  readonly text: string;
  /** Member of kvm_run that the values come from. */
  readonly payload: string;
}
