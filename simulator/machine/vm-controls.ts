/** What a guest may do to control registers and MSRs by itself. */
import type { Cpu } from './cpu.ts';
import { leaveGuest } from './fault.ts';
import { CR0, CR4, IS_IN_GUEST, VM_PRIMARY } from './layout.ts';
import { controlQualification, exitReasons, interceptIf, primaryControls } from './vm-intercept.ts';
import { currentVmcs, fields, readField } from './vmcs.ts';

const taskSwitched = 8n;
/** Qualification of a CR0 access by CLTS. */
const accessByClts = 0x20n;

/**
 * What a `mov` to a control register stores: in a guest the bits that the host owns stay as they are. Leaves the guest when it asks for others than it
 * is shown.
 */
export function checkControlWrite(
  cpu: Cpu,
  number: number,
  register: number,
  value: bigint,
): bigint {
  const vmcs = cpu.word(IS_IN_GUEST) === 0 ? undefined : currentVmcs(cpu);
  if (!vmcs) return value;
  const qualification = controlQualification(number, false, register);
  const control =
    number === 3 ? primaryControls.cr3Load : number === 8 ? primaryControls.cr8Load : 0;
  interceptIf(cpu, control, exitReasons.controlRegister, qualification);
  if (number !== 0 && number !== 4) return value;
  const mask = readField(vmcs, number === 0 ? fields.cr0Mask : fields.cr4Mask);
  const shadow = readField(vmcs, number === 0 ? fields.cr0Shadow : fields.cr4Shadow);
  if (((value ^ shadow) & mask) !== 0n) leaveGuest(exitReasons.controlRegister, qualification);
  return (value & ~mask) | (cpu.get64(number === 0 ? CR0 : CR4) & mask);
}

/** CLTS in a guest: true when it may clear TS; false when the host owns the bit and shows it clear. Leaves the guest when it shows it set. */
export function checkClearTaskSwitched(cpu: Cpu): boolean {
  const vmcs = cpu.word(IS_IN_GUEST) === 0 ? undefined : currentVmcs(cpu);
  if (!vmcs || (readField(vmcs, fields.cr0Mask) & taskSwitched) === 0n) return true;
  if ((readField(vmcs, fields.cr0Shadow) & taskSwitched) === 0n) return false;
  return leaveGuest(exitReasons.controlRegister, accessByClts);
}

/** What a guest reads from CR0 or CR4: the bits that the host owns come from the shadow. */
export function shadowedControl(cpu: Cpu, number: number, value: bigint): bigint {
  const vmcs = cpu.word(IS_IN_GUEST) === 0 ? undefined : currentVmcs(cpu);
  if (!vmcs || (number !== 0 && number !== 4)) return value;
  const mask = readField(vmcs, number === 0 ? fields.cr0Mask : fields.cr4Mask);
  const shadow = readField(vmcs, number === 0 ? fields.cr0Shadow : fields.cr4Shadow);
  return (value & ~mask) | (shadow & mask);
}

/** Leaves the guest for RDMSR and WRMSR unless the bitmap lets the MSR through. */
export function checkMsrAccess(cpu: Cpu, msr: number, isWrite: boolean): void {
  const vmcs = cpu.word(IS_IN_GUEST) === 0 ? undefined : currentVmcs(cpu);
  if (!vmcs) return;
  const reason = isWrite ? exitReasons.wrmsr : exitReasons.rdmsr;
  if ((cpu.word(VM_PRIMARY) & primaryControls.msrBitmaps) === 0) leaveGuest(reason);
  const isHigh = msr >= 0xc0000000 && msr < 0xc0002000;
  if (msr >= 0x2000 && !isHigh) leaveGuest(reason);
  const bitmap = Number(readField(vmcs, fields.msrBitmap));
  const bit = msr & 0x1fff;
  const at = bitmap + (isWrite ? 2048 : 0) + (isHigh ? 1024 : 0) + (bit >> 3);
  const byte = cpu.machine.memory.read32(at - (at % 4)) >>> ((at % 4) * 8);
  if (((byte >>> (bit & 7)) & 1) !== 0) leaveGuest(reason);
}
