/** Virtual-machine control structures: fields, where they lie in the page, and what a CPU holds of them. Source: Intel SDM volume 3, appendix B. */
import type { Cpu, HeldVmcs } from './cpu.ts';
import { CURRENT_VMCS } from './layout.ts';
import type { VmcsState } from './machine.ts';

/** Encodings of the fields that the machine itself reads or writes. */
export const fields = {
  vpid: 0x0000,
  guestEs: 0x0800,
  guestCs: 0x0802,
  guestSs: 0x0804,
  guestDs: 0x0806,
  guestFs: 0x0808,
  guestGs: 0x080a,
  guestLdtr: 0x080c,
  guestTr: 0x080e,
  hostEs: 0x0c00,
  hostCs: 0x0c02,
  hostSs: 0x0c04,
  hostDs: 0x0c06,
  hostFs: 0x0c08,
  hostGs: 0x0c0a,
  hostTr: 0x0c0c,
  msrBitmap: 0x2004,
  eptPointer: 0x201a,
  guestPhysical: 0x2400,
  guestPat: 0x2804,
  guestEfer: 0x2806,
  hostPat: 0x2c00,
  hostEfer: 0x2c02,
  pinControls: 0x4000,
  primaryControls: 0x4002,
  exceptionBitmap: 0x4004,
  pageFaultMask: 0x4006,
  pageFaultMatch: 0x4008,
  exitControls: 0x400c,
  entryControls: 0x4012,
  entryInterruption: 0x4016,
  entryError: 0x4018,
  entryLength: 0x401a,
  secondaryControls: 0x401e,
  instructionError: 0x4400,
  exitReason: 0x4402,
  exitInterruption: 0x4404,
  exitInterruptionError: 0x4406,
  vectoringInformation: 0x4408,
  vectoringError: 0x440a,
  instructionLength: 0x440c,
  guestGdtrLimit: 0x4810,
  guestIdtrLimit: 0x4812,
  guestTrLimit: 0x480e,
  guestCsRights: 0x4816,
  guestSsRights: 0x4818,
  guestInterruptibility: 0x4824,
  guestActivity: 0x4826,
  guestSysenterCs: 0x482a,
  hostSysenterCs: 0x4c00,
  cr0Mask: 0x6000,
  cr4Mask: 0x6002,
  cr0Shadow: 0x6004,
  cr4Shadow: 0x6006,
  exitQualification: 0x6400,
  guestLinear: 0x640a,
  guestCr0: 0x6800,
  guestCr3: 0x6802,
  guestCr4: 0x6804,
  guestFsBase: 0x680e,
  guestGsBase: 0x6810,
  guestLdtrBase: 0x6812,
  guestTrBase: 0x6814,
  guestGdtrBase: 0x6816,
  guestIdtrBase: 0x6818,
  guestDr7: 0x681a,
  guestRsp: 0x681c,
  guestRip: 0x681e,
  guestRflags: 0x6820,
  guestSysenterEsp: 0x6824,
  guestSysenterEip: 0x6826,
  hostCr0: 0x6c00,
  hostCr3: 0x6c02,
  hostCr4: 0x6c04,
  hostFsBase: 0x6c06,
  hostGsBase: 0x6c08,
  hostTrBase: 0x6c0a,
  hostGdtrBase: 0x6c0c,
  hostIdtrBase: 0x6c0e,
  hostSysenterEsp: 0x6c10,
  hostSysenterEip: 0x6c12,
  hostRsp: 0x6c14,
  hostRip: 0x6c16,
} as const;

/** First and last encoding of each group that the processor has; even numbers alone, the odd ones being the high halves of 64-bit fields. */
const groups: readonly (readonly [number, number])[] = [
  [0x0000, 0x0004],
  [0x0800, 0x0812],
  [0x0c00, 0x0c0c],
  [0x2000, 0x2032],
  [0x2400, 0x2400],
  [0x2800, 0x2812],
  [0x2c00, 0x2c04],
  [0x4000, 0x4022],
  [0x4400, 0x440e],
  [0x4800, 0x482e],
  [0x4c00, 0x4c00],
  [0x6000, 0x600e],
  [0x6400, 0x640a],
  [0x6800, 0x6826],
  [0x6c00, 0x6c16],
];

const slots = slotTable();

/** Offsets in the page: the revision and an abort indicator are architectural, the rest is ours. */
const launchedOffset = 8;
const valuesOffset = 64;

/** True when the processor has a field of that encoding. The high half of a 64-bit field has the low half's encoding plus one. */
export function isField(encoding: number): boolean {
  return slots.has(encoding & ~1) && ((encoding & 1) === 0 || widthOf(encoding) === 64);
}

/** 16, 32 or 64 bits; natural width is 64. */
export function widthOf(encoding: number): number {
  const width = (encoding >> 13) & 3;
  return width === 0 ? 16 : width === 2 ? 32 : 64;
}

/** Exit information: VMWRITE refuses it. */
export function isReadOnly(encoding: number): boolean {
  return ((encoding >> 10) & 3) === 1;
}

/** The VMCS that the CPU works on; undefined when it has none. */
export function currentVmcs(cpu: Cpu): HeldVmcs | undefined {
  return cpu.word(CURRENT_VMCS + 1) === -1 ? undefined : cpu.held.get(cpu.address(CURRENT_VMCS));
}

export function readField(vmcs: HeldVmcs, encoding: number): bigint {
  const value = vmcs.values[slots.get(encoding & ~1) ?? 0] ?? 0n;
  if ((encoding & 1) !== 0 && widthOf(encoding) === 64) return value >> 32n;
  return value;
}

export function writeField(vmcs: HeldVmcs, encoding: number, value: bigint): void {
  const slot = slots.get(encoding & ~1);
  if (slot === undefined) return;
  const old = vmcs.values[slot] ?? 0n;
  const isHighHalf = (encoding & 1) !== 0;
  vmcs.values[slot] = isHighHalf
    ? (old & 0xffffffffn) | ((value & 0xffffffffn) << 32n)
    : BigInt.asUintN(widthOf(encoding), value);
}

/** A field that is a 32-bit number, signed as the machine's words are. */
export function readField32(vmcs: HeldVmcs, encoding: number): number {
  return Number(BigInt.asIntN(32, readField(vmcs, encoding)));
}

/** Reads a VMCS from its page. */
export function loadVmcs(cpu: Cpu, address: number): HeldVmcs {
  const memory = cpu.machine.memory;
  const values = new BigUint64Array(slots.size);
  for (const slot of slots.values())
    values[slot] = memory.read64(address + valuesOffset + slot * 8);
  return { address, isLaunched: memory.read32(address + launchedOffset) !== 0, values };
}

/** Writes a VMCS to its page, whatever is there now. */
export function storeVmcs(cpu: Cpu, vmcs: HeldVmcs): void {
  const memory = cpu.machine.memory;
  memory.write32(vmcs.address + launchedOffset, vmcs.isLaunched ? 1 : 0);
  for (const slot of slots.values())
    memory.write64(vmcs.address + valuesOffset + slot * 8, vmcs.values[slot] ?? 0n);
}

/** Sets the launch state in the page alone: VMCLEAR of a VMCS that this CPU does not hold. */
export function storeCleared(cpu: Cpu, address: number): void {
  cpu.machine.memory.write32(address + launchedOffset, 0);
}

/** What is held, for people and dumps; fields that are zero are left out. */
export function vmcsStates(cpu: Cpu): VmcsState[] {
  const current = currentVmcs(cpu);
  return [...cpu.held.values()].map((held) => ({
    physicalAddress: BigInt(held.address),
    cpu: cpu.index,
    isCurrent: held === current,
    isLaunched: held.isLaunched,
    fields: fieldsOf(held),
  }));
}

function fieldsOf(held: HeldVmcs): ReadonlyMap<number, bigint> {
  const found = new Map<number, bigint>();
  for (const [encoding, slot] of slots) {
    const value = held.values[slot] ?? 0n;
    if (value !== 0n) found.set(encoding, value);
  }
  return found;
}

function slotTable(): ReadonlyMap<number, number> {
  const table = new Map<number, number>();
  for (const [first, last] of groups) {
    for (let encoding = first; encoding <= last; encoding += 2) table.set(encoding, table.size);
  }
  return table;
}
