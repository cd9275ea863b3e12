/** How an instruction ends early: an exception, a VM exit, or a stop of the machine. Thrown objects are reused: no step allocates. */

/** Exception vectors. */
export const vectors = {
  divideError: 0,
  debug: 1,
  nmi: 2,
  breakpoint: 3,
  overflow: 4,
  invalidOpcode: 6,
  deviceNotAvailable: 7,
  doubleFault: 8,
  invalidTss: 10,
  segmentNotPresent: 11,
  stackFault: 12,
  generalProtection: 13,
  pageFault: 14,
  simdFloatingPoint: 19,
} as const;

/** An exception on its way to the IDT. */
export class CpuFault {
  vector = 0;
  hasError = false;
  error = 0;
  /** Linear address of a page fault. */
  low = 0;
  high = 0;
  /** True for `int3`, `int n`: rip is already past the instruction. */
  isTrap = false;
  /** Raised by software (`int n`): the gate's DPL counts. */
  isSoftware = false;
}

/** A VM exit: reason and qualification as the manual numbers them. */
export class VmExit {
  reason = 0;
  qualification = 0n;
  /** Physical and linear address of an EPT violation. */
  guestPhysical = 0n;
  guestLinear = 0n;
  /** Valid when the reason is 0 (exception or NMI) or an external interrupt that is acknowledged. */
  interruptionInformation = 0;
  interruptionError = 0;
}

/** The machine has stopped; why is in it. */
export class MachineHalt {
  readonly isFinal = true;
}

const fault = new CpuFault();
const exit = new VmExit();
export const machineHalt = new MachineHalt();

/** Raises a fault without an error code. */
export function raise(vector: number): never {
  fault.vector = vector;
  fault.hasError = false;
  fault.error = 0;
  fault.isTrap = false;
  fault.isSoftware = false;
  throw fault;
}

export function raiseWithError(vector: number, error: number): never {
  fault.vector = vector;
  fault.hasError = true;
  fault.error = error;
  fault.isTrap = false;
  fault.isSoftware = false;
  throw fault;
}

export function raisePageFault(low: number, high: number, error: number): never {
  fault.low = low;
  fault.high = high;
  raiseWithError(vectors.pageFault, error);
}

/** `int3`, `int n`: delivered with rip behind the instruction. */
export function raiseTrap(vector: number, isSoftware: boolean): never {
  fault.vector = vector;
  fault.hasError = false;
  fault.error = 0;
  fault.isTrap = true;
  fault.isSoftware = isSoftware;
  throw fault;
}

/** #GP(0). */
export function protectionFault(error = 0): never {
  raiseWithError(vectors.generalProtection, error);
}

export function leaveGuest(
  reason: number,
  qualification = 0n,
  guestPhysical = 0n,
  guestLinear = 0n,
): never {
  exit.reason = reason;
  exit.qualification = qualification;
  exit.guestPhysical = guestPhysical;
  exit.guestLinear = guestLinear;
  exit.interruptionInformation = 0;
  exit.interruptionError = 0;
  throw exit;
}

/** An exit for an event with interruption information. */
export function leaveGuestForEvent(
  reason: number,
  qualification: bigint,
  information: number,
  error: number,
): never {
  exit.reason = reason;
  exit.qualification = qualification;
  exit.guestPhysical = 0n;
  exit.guestLinear = 0n;
  exit.interruptionInformation = information;
  exit.interruptionError = error;
  throw exit;
}
