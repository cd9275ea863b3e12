/** When an instruction of a guest leaves it. Outside a guest the controls are zero and nothing happens. */
import type { Cpu } from './cpu.ts';
import { leaveGuest } from './fault.ts';
import { IS_IN_GUEST, VM_PRIMARY } from './layout.ts';

/** Basic exit reasons. Source: Intel SDM volume 3, appendix C. */
export const exitReasons = {
  exceptionOrNmi: 0,
  externalInterrupt: 1,
  tripleFault: 2,
  interruptWindow: 7,
  cpuid: 10,
  hlt: 12,
  invlpg: 14,
  rdtsc: 16,
  vmcall: 18,
  controlRegister: 28,
  debugRegister: 29,
  io: 30,
  rdmsr: 31,
  wrmsr: 32,
  entryFailure: 33,
  pause: 40,
  rdtscp: 51,
  wbinvd: 54,
  xsetbv: 55,
} as const;

/** Bits of the primary processor-based controls. */
export const primaryControls = {
  interruptWindow: 1 << 2,
  hlt: 1 << 7,
  invlpg: 1 << 9,
  rdtsc: 1 << 12,
  cr3Load: 1 << 15,
  cr3Store: 1 << 16,
  cr8Load: 1 << 19,
  cr8Store: 1 << 20,
  debugRegister: 1 << 23,
  io: 1 << 24,
  ioBitmaps: 1 << 25,
  msrBitmaps: 1 << 28,
  pause: 1 << 30,
  secondary: 1 << 31,
} as const;

/** Leaves the guest when a primary control asks for it. */
export function interceptIf(cpu: Cpu, control: number, reason: number, qualification = 0n): void {
  if ((cpu.word(VM_PRIMARY) & control) !== 0) leaveGuest(reason, qualification);
}

/** Leaves the guest whatever the controls say. */
export function interceptAlways(cpu: Cpu, reason: number, qualification = 0n): void {
  if (cpu.word(IS_IN_GUEST) !== 0) leaveGuest(reason, qualification);
}

/** Qualification of a control-register access: number, 0 to / 1 from, general register. */
export function controlQualification(number: number, isRead: boolean, register: number): bigint {
  return BigInt(number | (isRead ? 0x10 : 0) | (register << 8));
}
