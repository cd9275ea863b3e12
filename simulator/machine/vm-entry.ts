/** VM entry and VM exit: the processor changes places with a guest. Source: Intel SDM volume 3, chapters 27 and 28. */
import { acknowledgeInterrupt, updateInterrupts } from './apic.ts';
import { setCr0 } from './control.ts';
import type { Cpu, HeldVmcs } from './cpu.ts';
import { leaveGuestForEvent } from './fault.ts';
import type { CpuFault, VmExit } from './fault.ts';
import { readRflags } from './flags.ts';
import { deliverEvent, loadFlags } from './interrupts.ts';
import {
  ASID,
  ATTENTION,
  CR0,
  CR3,
  CR4,
  CS,
  DR7,
  EFER,
  EPT_POINTER,
  FS_BASE,
  GDTR_BASE,
  GDTR_LIMIT,
  GS_BASE,
  IDTR_BASE,
  IDTR_LIMIT,
  IS_EPT_ON,
  IS_IN_GUEST,
  IS_NMI_BLOCKED,
  LATCH,
  LDTR,
  LDTR_BASE,
  PAT,
  PCID,
  PENDING_NMI,
  PRIVILEGE,
  RIP,
  RSP,
  SELECTORS,
  SS,
  SYSENTER_CS,
  SYSENTER_EIP,
  SYSENTER_ESP,
  TR,
  TR_BASE,
  TR_LIMIT,
  VM_EXCEPTIONS,
  VM_PIN,
  VM_PRIMARY,
  VM_SECONDARY,
  attention,
} from './layout.ts';
import { setPrivilege } from './segments.ts';
import { drainAll } from './store-buffer.ts';
import { flushVpid } from './tlb.ts';
import { exitReasons, primaryControls } from './vm-intercept.ts';
import { currentVmcs, fields, readField, readField32, writeField } from './vmcs.ts';

const pinExternalInterrupt = 1;
const pinNmi = 8;
const secondaryEpt = 2;
const secondaryVpid = 0x20;
const exitAcknowledge = 0x8000;
const exitLoadEfer = 0x200000;
const exitLoadPat = 0x80000;
const exitSaveEfer = 0x100000;
const exitSavePat = 0x40000;
const exitSaveDebug = 4;
const entryLoadDebug = 4;
const entryLongMode = 0x200;
const entryLoadPat = 0x4000;
const entryLoadEfer = 0x8000;
const valid = 0x80000000;

/** Fields that are a word of state in the guest: field → word. 64-bit values first. */
const guestWords: readonly (readonly [number, number])[] = [
  [fields.guestCr3, CR3],
  [fields.guestCr4, CR4],
  [fields.guestRsp, RSP],
  [fields.guestRip, RIP],
  [fields.guestFsBase, FS_BASE],
  [fields.guestGsBase, GS_BASE],
  [fields.guestLdtrBase, LDTR_BASE],
  [fields.guestTrBase, TR_BASE],
  [fields.guestGdtrBase, GDTR_BASE],
  [fields.guestIdtrBase, IDTR_BASE],
  [fields.guestSysenterEsp, SYSENTER_ESP],
  [fields.guestSysenterEip, SYSENTER_EIP],
];

const guestHalves: readonly (readonly [number, number])[] = [
  [fields.guestEs, SELECTORS],
  [fields.guestCs, CS],
  [fields.guestSs, SS],
  [fields.guestDs, SELECTORS + 3],
  [fields.guestFs, SELECTORS + 4],
  [fields.guestGs, SELECTORS + 5],
  [fields.guestLdtr, LDTR],
  [fields.guestTr, TR],
  [fields.guestGdtrLimit, GDTR_LIMIT],
  [fields.guestIdtrLimit, IDTR_LIMIT],
  [fields.guestTrLimit, TR_LIMIT],
];

const hostWords: readonly (readonly [number, number])[] = [
  [fields.hostCr3, CR3],
  [fields.hostCr4, CR4],
  [fields.hostRsp, RSP],
  [fields.hostRip, RIP],
  [fields.hostFsBase, FS_BASE],
  [fields.hostGsBase, GS_BASE],
  [fields.hostTrBase, TR_BASE],
  [fields.hostGdtrBase, GDTR_BASE],
  [fields.hostIdtrBase, IDTR_BASE],
  [fields.hostSysenterEsp, SYSENTER_ESP],
  [fields.hostSysenterEip, SYSENTER_EIP],
];

const hostHalves: readonly (readonly [number, number])[] = [
  [fields.hostEs, SELECTORS],
  [fields.hostCs, CS],
  [fields.hostSs, SS],
  [fields.hostDs, SELECTORS + 3],
  [fields.hostFs, SELECTORS + 4],
  [fields.hostGs, SELECTORS + 5],
  [fields.hostTr, TR],
];

/** Enters the guest of a checked VMCS. The host's rip is behind VMLAUNCH already and is not kept: HOST_RIP counts. */
export function enterGuest(cpu: Cpu, vmcs: HeldVmcs): void {
  drainAll(cpu);
  vmcs.isLaunched = true;
  loadControls(cpu, vmcs);
  switchAddressSpace(cpu, vmcs);
  setCr0(cpu, readField(vmcs, fields.guestCr0));
  for (const [field, word] of guestWords) cpu.set64(word, readField(vmcs, field));
  for (const [field, word] of guestHalves) cpu.r[word] = readField32(vmcs, field);
  cpu.r[SYSENTER_CS] = readField32(vmcs, fields.guestSysenterCs);
  const entry = readField32(vmcs, fields.entryControls);
  if ((entry & entryLoadDebug) !== 0) cpu.set64(DR7, readField(vmcs, fields.guestDr7));
  if ((entry & entryLoadPat) !== 0) cpu.set64(PAT, readField(vmcs, fields.guestPat));
  if ((entry & entryLoadEfer) !== 0) cpu.set64(EFER, readField(vmcs, fields.guestEfer));
  setContext(cpu);
  setPrivilege(cpu, (readField32(vmcs, fields.guestSsRights) >> 5) & 3);
  cpu.flushLookasides();
  loadFlags(cpu, readField32(vmcs, fields.guestRflags));
  const interruptibility = readField32(vmcs, fields.guestInterruptibility);
  if ((interruptibility & 3) !== 0) cpu.attend(attention.shadow);
  cpu.r[IS_NMI_BLOCKED] = (interruptibility >> 3) & 1;
  if (readField32(vmcs, fields.guestActivity) === 1) cpu.attend(attention.halted);
  updateInterrupts(cpu);
  cpu.op = undefined;
  inject(cpu, vmcs);
}

/** Why the fields of a VMCS don't allow an entry: the error number of VMfailValid, or 0. */
export function entryError(vmcs: HeldVmcs): number {
  const entry = readField32(vmcs, fields.entryControls);
  const eptPointer = readField(vmcs, fields.eptPointer);
  const hasEpt = (secondaryOf(vmcs) & secondaryEpt) !== 0;
  if (hasEpt && !isEptPointerValid(eptPointer)) return 7;
  const hasVpid = (secondaryOf(vmcs) & secondaryVpid) !== 0;
  if (hasVpid && readField(vmcs, fields.vpid) === 0n) return 7;
  const hostCr0 = readField(vmcs, fields.hostCr0);
  const hostCr4 = readField(vmcs, fields.hostCr4);
  const isHostGood = (hostCr0 & 0x80000021n) === 0x80000021n && (hostCr4 & 0x2020n) === 0x2020n;
  const hasSelectors =
    readField(vmcs, fields.hostCs) !== 0n && readField(vmcs, fields.hostTr) !== 0n;
  const isHostLong = (readField32(vmcs, fields.exitControls) & entryLongMode) !== 0;
  if (!isHostGood || !hasSelectors || !isHostLong) return 8;
  return (entry & entryLongMode) !== 0 ? 0 : -1;
}

/** What INVEPT and VM entry accept: write-back or uncacheable, four levels, no reserved bit. */
export function isEptPointerValid(pointer: bigint): boolean {
  const memoryType = pointer & 7n;
  const isTypeGood = memoryType === 6n || memoryType === 0n;
  return (
    isTypeGood &&
    ((pointer >> 3n) & 7n) === 3n &&
    (pointer & 0xfc0n) === 0n &&
    pointer >> 40n === 0n
  );
}

/** Leaves the guest: its state goes to the VMCS, the host's comes from there. */
export function leaveForHost(cpu: Cpu, exit: VmExit): void {
  const vmcs = currentVmcs(cpu);
  if (!vmcs) {
    cpu.machine.halt(cpu, 'triple-fault', 'a guest was left without a current VMCS');
  }
  drainAll(cpu);
  writeField(vmcs, fields.exitReason, BigInt(exit.reason));
  writeField(vmcs, fields.exitQualification, exit.qualification);
  writeField(vmcs, fields.guestPhysical, exit.guestPhysical);
  writeField(vmcs, fields.guestLinear, exit.guestLinear);
  writeField(vmcs, fields.exitInterruption, BigInt(exit.interruptionInformation >>> 0));
  writeField(vmcs, fields.exitInterruptionError, BigInt(exit.interruptionError >>> 0));
  writeField(vmcs, fields.vectoringInformation, 0n);
  writeField(vmcs, fields.instructionLength, BigInt(cpu.op?.length ?? 0));
  const information = readField(vmcs, fields.entryInterruption);
  writeField(vmcs, fields.entryInterruption, information & 0x7fffffffn);
  saveGuest(cpu, vmcs);
  loadHost(cpu, vmcs);
}

/** Leaves the guest for a fault that its exception bitmap names; else does nothing. */
export function interceptFault(cpu: Cpu, fault: CpuFault): void {
  const vmcs = currentVmcs(cpu);
  if (cpu.word(IS_IN_GUEST) === 0 || !vmcs) return;
  let isWanted = ((cpu.word(VM_EXCEPTIONS) >>> fault.vector) & 1) !== 0;
  if (fault.vector === 14) {
    const mask = readField32(vmcs, fields.pageFaultMask);
    if ((fault.error & mask) !== readField32(vmcs, fields.pageFaultMatch)) isWanted = !isWanted;
  }
  if (!isWanted) return;
  const kind = fault.isTrap ? 6 : 3;
  const information = fault.vector | (kind << 8) | (fault.hasError ? 0x800 : 0) | valid;
  const linear = (BigInt(fault.high >>> 0) << 32n) | BigInt(fault.low >>> 0);
  const qualification = fault.vector === 14 ? linear : 0n;
  const error = fault.hasError ? fault.error : 0;
  leaveGuestForEvent(exitReasons.exceptionOrNmi, qualification, information, error);
}

/** Leaves the guest for an interrupt or NMI that is due, if its controls want that. */
export function interceptInterrupt(cpu: Cpu): void {
  const vmcs = currentVmcs(cpu);
  if (cpu.word(IS_IN_GUEST) === 0 || !vmcs) return;
  const due = cpu.word(ATTENTION);
  if ((due & attention.nmi) !== 0 && (cpu.word(VM_PIN) & pinNmi) !== 0) {
    cpu.r[PENDING_NMI] = 0;
    leaveGuestForEvent(exitReasons.exceptionOrNmi, 0n, 2 | (2 << 8) | valid, 0);
  }
  if ((due & attention.interrupt) === 0 || (cpu.word(VM_PIN) & pinExternalInterrupt) === 0) return;
  const acknowledges = (readField32(vmcs, fields.exitControls) & exitAcknowledge) !== 0;
  const information = acknowledges ? acknowledgeInterrupt(cpu) | valid : 0;
  leaveGuestForEvent(exitReasons.externalInterrupt, 0n, information, 0);
}

function loadControls(cpu: Cpu, vmcs: HeldVmcs): void {
  const pin = readField32(vmcs, fields.pinControls);
  cpu.r[VM_PIN] = pin;
  cpu.r[VM_PRIMARY] = readField32(vmcs, fields.primaryControls);
  cpu.r[VM_SECONDARY] = secondaryOf(vmcs);
  cpu.r[VM_EXCEPTIONS] = readField32(vmcs, fields.exceptionBitmap);
  cpu.r[IS_IN_GUEST] = (pin & pinExternalInterrupt) !== 0 ? 3 : 1;
}

function secondaryOf(vmcs: HeldVmcs): number {
  const isActive = (readField32(vmcs, fields.primaryControls) & primaryControls.secondary) !== 0;
  return isActive ? readField32(vmcs, fields.secondaryControls) : 0;
}

/** Without a VPID of its own a guest shares VPID 0, which entry and exit flush. */
function switchAddressSpace(cpu: Cpu, vmcs: HeldVmcs): void {
  const secondary = cpu.word(VM_SECONDARY);
  const hasEpt = (secondary & secondaryEpt) !== 0;
  const hasVpid = (secondary & secondaryVpid) !== 0;
  if (!hasVpid) flushVpid(cpu, 0);
  cpu.r[ASID] = hasVpid ? readField32(vmcs, fields.vpid) : 0;
  cpu.r[IS_EPT_ON] = hasEpt ? 1 : 0;
  cpu.set64(EPT_POINTER, hasEpt ? readField(vmcs, fields.eptPointer) : 0n);
}

function setContext(cpu: Cpu): void {
  cpu.r[PCID] = (cpu.word(CR4) & 0x20000) !== 0 ? cpu.word(CR3) & 0xfff : 0;
}

function inject(cpu: Cpu, vmcs: HeldVmcs): void {
  const information = readField32(vmcs, fields.entryInterruption);
  if (information >= 0) return;
  const kind = (information >> 8) & 7;
  const hasError = (information & 0x800) !== 0;
  deliverEvent(cpu, {
    vector: information & 0xff,
    error: hasError ? readField32(vmcs, fields.entryError) : undefined,
    isSoftware: kind === 4,
    isExternal: kind === 0 || kind === 2,
    isFault: kind === 3,
  });
}

function saveGuest(cpu: Cpu, vmcs: HeldVmcs): void {
  writeField(vmcs, fields.guestCr0, cpu.get64(CR0));
  for (const [field, word] of guestWords) writeField(vmcs, field, cpu.get64(word));
  for (const [field, word] of guestHalves) writeField(vmcs, field, BigInt(cpu.word(word)));
  writeField(vmcs, fields.guestRflags, BigInt(readRflags(cpu) >>> 0));
  const privilege = cpu.word(PRIVILEGE);
  const rights = readField32(vmcs, fields.guestSsRights);
  writeField(vmcs, fields.guestSsRights, BigInt((rights & ~0x60) | (privilege << 5)));
  const exit = readField32(vmcs, fields.exitControls);
  if ((exit & exitSaveDebug) !== 0) writeField(vmcs, fields.guestDr7, cpu.get64(DR7));
  if ((exit & exitSavePat) !== 0) writeField(vmcs, fields.guestPat, cpu.get64(PAT));
  if ((exit & exitSaveEfer) !== 0) writeField(vmcs, fields.guestEfer, cpu.get64(EFER));
  const isHalted = cpu.isHalted();
  writeField(vmcs, fields.guestActivity, isHalted ? 1n : 0n);
  const shadow = (cpu.word(ATTENTION) & attention.shadow) !== 0 ? 1n : 0n;
  writeField(vmcs, fields.guestInterruptibility, shadow | (BigInt(cpu.word(IS_NMI_BLOCKED)) << 3n));
}

function loadHost(cpu: Cpu, vmcs: HeldVmcs): void {
  const hadVpid = (cpu.word(VM_SECONDARY) & secondaryVpid) !== 0;
  for (const word of [
    VM_PIN,
    VM_PRIMARY,
    VM_SECONDARY,
    VM_EXCEPTIONS,
    IS_IN_GUEST,
    IS_EPT_ON,
    ASID,
  ])
    cpu.r[word] = 0;
  cpu.set64(EPT_POINTER, 0n);
  if (!hadVpid) flushVpid(cpu, 0);
  setCr0(cpu, readField(vmcs, fields.hostCr0));
  for (const [field, word] of hostWords) cpu.set64(word, readField(vmcs, field));
  for (const [field, word] of hostHalves) cpu.r[word] = readField32(vmcs, field);
  cpu.r[SYSENTER_CS] = readField32(vmcs, fields.hostSysenterCs);
  cpu.r[GDTR_LIMIT] = 0xffff;
  cpu.r[IDTR_LIMIT] = 0xffff;
  cpu.r[TR_LIMIT] = 0x67;
  cpu.r[LDTR] = 0;
  cpu.set64(LDTR_BASE, 0n);
  cpu.set64(DR7, 0x400n);
  const exit = readField32(vmcs, fields.exitControls);
  if ((exit & exitLoadEfer) !== 0) cpu.set64(EFER, readField(vmcs, fields.hostEfer));
  if ((exit & exitLoadPat) !== 0) cpu.set64(PAT, readField(vmcs, fields.hostPat));
  cpu.r[LATCH] = 0;
  cpu.unattend(attention.halted | attention.shadow | attention.trap);
  setContext(cpu);
  setPrivilege(cpu, 0);
  cpu.flushLookasides();
  loadFlags(cpu, 2);
}
