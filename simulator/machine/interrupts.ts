/** Delivery of exceptions and interrupts through the IDT, and the way back. */
import { probeSystemWrite, read64, readSystem64, writeSystem64 } from './access.ts';
import { updateInterrupts } from './apic.ts';
import type { Cpu } from './cpu.ts';
import { CpuFault, leaveGuest, protectionFault, raiseWithError, vectors } from './fault.ts';
import { readRflags, writeArithmeticFlags } from './flags.ts';
import {
  COUNT_INTERRUPT,
  CR2,
  CS,
  IDTR_BASE,
  IDTR_LIMIT,
  IS_IN_GUEST,
  IS_NMI_BLOCKED,
  LATCH,
  PRIVILEGE,
  RIP,
  RSP,
  SS,
  SYSTEM_FLAGS,
  attention,
  rflags,
} from './layout.ts';
import { readCodeDescriptor, readDescriptor, readTask, setCode } from './segments.ts';
import { drainAll } from './store-buffer.ts';
import { join } from './words.ts';

/** What is delivered. */
export interface Event {
  readonly vector: number;
  readonly error: number | undefined;
  /** `int n`: the gate's privilege counts. */
  readonly isSoftware: boolean;
  /** An interrupt or NMI: errors on the way carry the EXT bit. */
  readonly isExternal: boolean;
  /** A fault stores rflags with RF set. */
  readonly isFault: boolean;
}

const exitTripleFault = 2;

/** Bits of rflags that `popf` and `iret` may change at privilege 0. */
const changeable = 0x277fd5;

/** Delivers a fault that an instruction raised; rip is that of the instruction already. Two in a row make a double fault, three stop the machine. */
export function deliverFault(cpu: Cpu, fault: CpuFault): void {
  let event = eventOf(cpu, fault);
  const first = event.vector;
  for (;;) {
    const nested = tryDeliver(cpu, event);
    if (!nested) return;
    if (event.vector === vectors.doubleFault) tripleFault(cpu, first);
    const isDouble = makesDoubleFault(event.vector, nested.vector);
    const second = eventOf(cpu, nested);
    event = isDouble ? { ...second, vector: vectors.doubleFault, error: 0 } : second;
  }
}

/** Delivers an interrupt or NMI between two instructions. */
export function deliverInterrupt(cpu: Cpu, vector: number): void {
  cpu.count(COUNT_INTERRUPT);
  if (vector === vectors.nmi) cpu.r[IS_NMI_BLOCKED] = 1;
  deliverEvent(cpu, {
    vector,
    error: undefined,
    isSoftware: false,
    isExternal: true,
    isFault: false,
  });
}

/** Delivers what a VM entry injects. */
export function deliverEvent(cpu: Cpu, event: Event): void {
  const nested = tryDeliver(cpu, event);
  if (nested) deliverFault(cpu, nested);
}

/** `iretq`. */
export function interruptReturn(cpu: Cpu): void {
  drainAll(cpu);
  if ((cpu.word(SYSTEM_FLAGS) & rflags.nestedTask) !== 0) protectionFault();
  const top = cpu.get64(RSP);
  const word = (index: number): bigint => read64(cpu, BigInt.asUintN(64, top + BigInt(8 * index)));
  const [rip, cs, flags, rsp, ss] = [word(0), word(1), word(2), word(3), word(4)];
  const selector = Number(cs & 0xffffn);
  const privilege = selector & 3;
  const code = readCodeDescriptor(cpu, selector, vectors.generalProtection);
  if (privilege < cpu.word(PRIVILEGE) || code.privilege !== privilege)
    protectionFault(selector & 0xfffc);
  checkCanonical(rip);
  const stack = Number(ss & 0xffffn);
  if ((stack & 0xfffc) === 0 && privilege === 3) protectionFault();
  if ((stack & 0xfffc) !== 0) checkStackSegment(cpu, stack, privilege);
  const before = cpu.word(PRIVILEGE);
  cpu.set64(RIP, rip);
  setFlags(cpu, Number(flags & 0xffffffffn), before);
  cpu.set64(RSP, rsp);
  cpu.r[SS] = stack;
  setCode(cpu, selector, privilege);
  cpu.r[IS_NMI_BLOCKED] = 0;
  updateInterrupts(cpu);
}

/** rflags as `popf` and `iret` load them: IF and IOPL only as far as the privilege allows. */
export function setFlags(cpu: Cpu, value: number, privilege: number): void {
  const old = readRflags(cpu);
  const level = (old >> 12) & 3;
  let mask = changeable;
  if (privilege > 0) mask &= ~0x3000;
  if (privilege > level) mask &= ~rflags.interrupt;
  loadFlags(cpu, (old & ~mask) | (value & mask));
}

/** Sets rflags without a check of privilege. */
export function loadFlags(cpu: Cpu, value: number): void {
  writeArithmeticFlags(cpu, value);
  cpu.r[SYSTEM_FLAGS] = value & ~rflags.arithmetic & ~2 & ~rflags.resume;
  if ((value & rflags.trap) !== 0) cpu.attend(attention.trap);
  else cpu.unattend(attention.trap);
  updateInterrupts(cpu);
}

/** @throws CpuFault #GP(0) */
export function checkCanonical(address: bigint): void {
  const top = BigInt.asIntN(64, address) >> 47n;
  if (top !== 0n && top !== -1n) protectionFault();
}

function checkStackSegment(cpu: Cpu, selector: number, privilege: number): void {
  const found = readDescriptor(cpu, selector, vectors.generalProtection);
  const isWritableData = (found.type & 0x1a) === 0x12;
  if ((selector & 3) !== privilege || found.privilege !== privilege || !isWritableData)
    protectionFault(selector & 0xfffc);
  if (!found.isPresent) raiseWithError(vectors.stackFault, selector & 0xfffc);
}

function eventOf(cpu: Cpu, fault: CpuFault): Event {
  if (fault.vector === vectors.pageFault) cpu.set64(CR2, join(fault.low, fault.high));
  return {
    vector: fault.vector,
    error: fault.hasError ? fault.error : undefined,
    isSoftware: fault.isSoftware,
    isExternal: false,
    isFault: !fault.isTrap && fault.vector !== vectors.debug,
  };
}

function makesDoubleFault(first: number, second: number): boolean {
  const isContributory = (vector: number): boolean =>
    vector === vectors.divideError ||
    (vector >= vectors.invalidTss && vector <= vectors.generalProtection);
  if (first === vectors.pageFault) return second === vectors.pageFault || isContributory(second);
  return isContributory(first) && isContributory(second);
}

function tripleFault(cpu: Cpu, first: number): never {
  if (cpu.word(IS_IN_GUEST) !== 0) leaveGuest(exitTripleFault);
  const detail = `neither exception ${first} nor the double fault after it could be delivered`;
  cpu.machine.halt(cpu, 'triple-fault', detail);
}

/** The fault that delivery met, or undefined when rip is at the handler. */
function tryDeliver(cpu: Cpu, event: Event): CpuFault | undefined {
  cpu.r[LATCH] = 0;
  cpu.unattend(attention.halted | attention.shadow);
  try {
    deliver(cpu, event);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CpuFault) return thrown;
    throw thrown;
  }
}

function deliver(cpu: Cpu, event: Event): void {
  drainAll(cpu);
  const external = event.isExternal ? 1 : 0;
  const gateError = event.vector * 8 + 2 + external;
  const at = BigInt.asUintN(64, cpu.get64(IDTR_BASE) + BigInt(16 * event.vector));
  if (16 * event.vector + 15 > cpu.word(IDTR_LIMIT)) protectionFault(gateError);
  const low = readSystem64(cpu, at);
  const high = readSystem64(cpu, BigInt.asUintN(64, at + 8n));
  const type = Number((low >> 40n) & 0x1fn);
  const gatePrivilege = Number((low >> 45n) & 3n);
  if (type !== 0xe && type !== 0xf) protectionFault(gateError);
  if (event.isSoftware && gatePrivilege < cpu.word(PRIVILEGE)) protectionFault(gateError);
  if ((low & 0x800000000000n) === 0n) raiseWithError(vectors.segmentNotPresent, gateError);
  const selector = Number((low >> 16n) & 0xffffn);
  const code = readCodeDescriptor(cpu, selector, vectors.generalProtection);
  const before = cpu.word(PRIVILEGE);
  if (code.privilege > before) protectionFault((selector & 0xfffc) + external);
  const isConforming = (code.type & 4) !== 0;
  const privilege = isConforming ? before : code.privilege;
  const rsp = pushFrame(cpu, event, stackFor(cpu, Number((low >> 32n) & 7n), privilege));
  const target = (low & 0xffffn) | ((low >> 32n) & 0xffff0000n) | (high << 32n);
  enter(cpu, selector, privilege, rsp, BigInt.asUintN(64, target), type === 0xe);
}

/** Top of the stack that the handler gets, aligned. */
function stackFor(cpu: Cpu, table: number, privilege: number): bigint {
  let rsp = cpu.get64(RSP);
  if (table !== 0) rsp = readTask(cpu, 0x24 + 8 * (table - 1));
  else if (privilege < cpu.word(PRIVILEGE)) rsp = readTask(cpu, 4 + 8 * privilege);
  const top = BigInt.asIntN(64, rsp) >> 47n;
  if (top !== 0n && top !== -1n) raiseWithError(vectors.stackFault, 0);
  return rsp & ~0xfn;
}

/** Stores ss, rsp, rflags, cs, rip and the error code. Nothing is stored when one of them would fault. Returns the new rsp. */
function pushFrame(cpu: Cpu, event: Event, top: bigint): bigint {
  const flags = readRflags(cpu) | (event.isFault ? rflags.resume : 0);
  const frame = [
    BigInt(cpu.word(SS)),
    cpu.get64(RSP),
    BigInt(flags >>> 0),
    BigInt(cpu.word(CS)),
    cpu.get64(RIP),
  ];
  if (event.error !== undefined) frame.push(BigInt(event.error >>> 0));
  const rsp = BigInt.asUintN(64, top - BigInt(8 * frame.length));
  probeSystemWrite(cpu, rsp, 8 * frame.length);
  frame.forEach((value, index) =>
    writeSystem64(cpu, BigInt.asUintN(64, top - BigInt(8 * (index + 1))), value),
  );
  return rsp;
}

function enter(
  cpu: Cpu,
  selector: number,
  privilege: number,
  rsp: bigint,
  rip: bigint,
  isInterruptGate: boolean,
): void {
  if (privilege < cpu.word(PRIVILEGE)) cpu.r[SS] = privilege;
  cpu.set64(RSP, rsp);
  cpu.set64(RIP, rip);
  setCode(cpu, selector, privilege);
  const cleared = rflags.trap | rflags.nestedTask | (isInterruptGate ? rflags.interrupt : 0);
  cpu.r[SYSTEM_FLAGS] = cpu.word(SYSTEM_FLAGS) & ~cleared;
  cpu.unattend(attention.trap);
  updateInterrupts(cpu);
}
