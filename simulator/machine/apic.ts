/** The local APIC in x2APIC mode: interrupt requests, priorities, IPIs, the TSC-deadline timer. */
import type { Cpu } from './cpu.ts';
import { protectionFault } from './fault.ts';
import {
  APIC_ERROR,
  COUNT_IPI_RECEIVED,
  COUNT_IPI_SENT,
  ICR,
  IRR,
  ISR,
  IS_IN_GUEST,
  IS_NMI_BLOCKED,
  LVT_TIMER,
  PENDING_NMI,
  SPURIOUS_VECTOR,
  TPR,
  TSC_DEADLINE,
  attention,
} from './layout.ts';

/** Registers by MSR number. */
const apicMsrs = {
  id: 0x802,
  version: 0x803,
  taskPriority: 0x808,
  processorPriority: 0x80a,
  endOfInterrupt: 0x80b,
  logicalDestination: 0x80d,
  spurious: 0x80f,
  inService: 0x810,
  triggerMode: 0x818,
  request: 0x820,
  errorStatus: 0x828,
  interruptCommand: 0x830,
  timer: 0x832,
  timerInitialCount: 0x838,
  timerCurrentCount: 0x839,
  timerDivide: 0x83e,
  selfIpi: 0x83f,
  tscDeadline: 0x6e0,
} as const;

const softwareEnable = 0x100;
const masked = 0x10000;
const deadlineMode = 0x40000;

/** Asks for an interrupt. It is taken when priority and rflags.IF allow it. */
export function requestInterrupt(cpu: Cpu, vector: number): void {
  if ((cpu.word(SPURIOUS_VECTOR) & softwareEnable) === 0) return;
  setBit(cpu, IRR, vector);
  updateInterrupts(cpu);
}

export function requestNmi(cpu: Cpu): void {
  cpu.r[PENDING_NMI] = 1;
  updateInterrupts(cpu);
}

/** Recomputes what `attention` says of interrupts. To be called when a request, a priority or rflags.IF has changed. */
export function updateInterrupts(cpu: Cpu): void {
  const isGuest = cpu.word(IS_IN_GUEST) !== 0;
  const isOpen = cpu.areInterruptsEnabled() || (isGuest && cpu.word(IS_IN_GUEST) > 1);
  const isPending = isOpen && highestPending(cpu) >= 0;
  if (isPending) cpu.attend(attention.interrupt);
  else cpu.unattend(attention.interrupt);
  const isNmi = cpu.word(PENDING_NMI) !== 0 && cpu.word(IS_NMI_BLOCKED) === 0;
  if (isNmi) cpu.attend(attention.nmi);
  else cpu.unattend(attention.nmi);
}

/** The requested vector of highest priority that task and in-service priority let through, or -1. */
function highestPending(cpu: Cpu): number {
  const vector = highestBit(cpu, IRR);
  return vector >= 0 && vector >> 4 > processorPriority(cpu) >> 4 ? vector : -1;
}

/** Takes the interrupt that `highestPending` names into service. */
export function acknowledgeInterrupt(cpu: Cpu): number {
  const vector = highestPending(cpu);
  clearBit(cpu, IRR, vector);
  setBit(cpu, ISR, vector);
  updateInterrupts(cpu);
  return vector;
}

/** Requested vectors, ascending; 2 for an NMI. */
export function pendingVectors(cpu: Cpu): number[] {
  const found = cpu.word(PENDING_NMI) !== 0 ? [2] : [];
  for (let vector = 16; vector < 256; vector++) if (hasBit(cpu, IRR, vector)) found.push(vector);
  return found;
}

/** True when the armed timer would be delivered if its time came. */
export function isTimerArmed(cpu: Cpu): boolean {
  return (cpu.word(TSC_DEADLINE) | cpu.word(TSC_DEADLINE + 1)) !== 0;
}

/** Fires the timer if its deadline has passed. */
export function fireTimer(cpu: Cpu, tsc: bigint): void {
  const deadline = cpu.get64(TSC_DEADLINE);
  if (deadline === 0n || tsc < deadline) return;
  cpu.set64(TSC_DEADLINE, 0n);
  const lvt = cpu.word(LVT_TIMER);
  if ((lvt & masked) === 0) requestInterrupt(cpu, lvt & 0xff);
}

/** Reads an APIC register; undefined when there is none of that number. */
export function readApic(cpu: Cpu, msr: number): bigint | undefined {
  if (msr >= apicMsrs.inService && msr < apicMsrs.inService + 8)
    return BigInt(cpu.word(ISR + msr - apicMsrs.inService) >>> 0);
  if (msr >= apicMsrs.triggerMode && msr < apicMsrs.triggerMode + 8) return 0n;
  if (msr >= apicMsrs.request && msr < apicMsrs.request + 8)
    return BigInt(cpu.word(IRR + msr - apicMsrs.request) >>> 0);
  switch (msr) {
    case apicMsrs.id:
      return BigInt(cpu.index);
    case apicMsrs.version:
      return 0x50014n;
    case apicMsrs.taskPriority:
      return BigInt(cpu.word(TPR));
    case apicMsrs.processorPriority:
      return BigInt(processorPriority(cpu));
    case apicMsrs.logicalDestination:
      return BigInt(((cpu.index >> 4) << 16) | (1 << (cpu.index & 15)));
    case apicMsrs.spurious:
      return BigInt(cpu.word(SPURIOUS_VECTOR));
    case apicMsrs.errorStatus:
      return BigInt(cpu.word(APIC_ERROR));
    case apicMsrs.interruptCommand:
      return cpu.get64(ICR);
    case apicMsrs.timer:
      return BigInt(cpu.word(LVT_TIMER));
    case apicMsrs.timerInitialCount:
    case apicMsrs.timerCurrentCount:
    case apicMsrs.timerDivide:
      return 0n;
    case apicMsrs.tscDeadline:
      return cpu.get64(TSC_DEADLINE);
    default:
      return undefined;
  }
}

/** Writes an APIC register; false when there is none of that number that can be written. */
export function writeApic(cpu: Cpu, msr: number, value: bigint): boolean {
  switch (msr) {
    case apicMsrs.taskPriority:
      setTaskPriority(cpu, value);
      return true;
    case apicMsrs.endOfInterrupt:
      if (value !== 0n) protectionFault();
      endOfInterrupt(cpu);
      return true;
    case apicMsrs.spurious:
      if (value > 0x1fffn) protectionFault();
      cpu.r[SPURIOUS_VECTOR] = Number(value);
      return true;
    case apicMsrs.errorStatus:
      cpu.r[APIC_ERROR] = 0;
      return true;
    case apicMsrs.interruptCommand:
      cpu.set64(ICR, value);
      sendIpi(cpu, value);
      return true;
    case apicMsrs.selfIpi:
      if (value > 0xffn || value < 16n) protectionFault();
      cpu.count(COUNT_IPI_SENT);
      receiveIpi(cpu, Number(value));
      return true;
    case apicMsrs.timer:
      cpu.r[LVT_TIMER] = Number(value & 0x710ffn);
      return true;
    case apicMsrs.timerDivide:
      return true;
    case apicMsrs.tscDeadline:
      if ((cpu.word(LVT_TIMER) & deadlineMode) !== 0) cpu.set64(TSC_DEADLINE, value);
      cpu.machine.endSlice();
      return true;
    default:
      return false;
  }
}

/** TPR, also reached as CR8. */
export function setTaskPriority(cpu: Cpu, value: bigint): void {
  if (value > 0xffn) protectionFault();
  cpu.r[TPR] = Number(value);
  updateInterrupts(cpu);
}

function endOfInterrupt(cpu: Cpu): void {
  const vector = highestBit(cpu, ISR);
  if (vector >= 0) clearBit(cpu, ISR, vector);
  updateInterrupts(cpu);
}

/** Fixed and NMI, physical destinations and the three shorthands; the rest is not modelled. */
function sendIpi(cpu: Cpu, command: bigint): void {
  const vector = Number(command & 0xffn);
  const mode = Number((command >> 8n) & 7n);
  const isNmi = mode === 4;
  const isLogical = (command & 0x800n) !== 0n;
  const shorthand = Number((command >> 18n) & 3n);
  const isPlain = (mode === 0 && vector >= 16) || isNmi;
  if (!isPlain || (isLogical && shorthand === 0)) {
    const what = command.toString(16);
    cpu.machine.halt(cpu, 'unsupported-access', `interrupt command ${what} is not modelled`);
  }
  for (const target of targetsOf(cpu, shorthand, Number(command >> 32n))) {
    cpu.count(COUNT_IPI_SENT);
    if (isNmi) {
      target.count(COUNT_IPI_RECEIVED);
      requestNmi(target);
    } else receiveIpi(target, vector);
  }
}

function targetsOf(cpu: Cpu, shorthand: number, destination: number): readonly Cpu[] {
  const all = cpu.machine.cpus;
  if (shorthand === 1) return [cpu];
  if (shorthand === 2) return all;
  if (shorthand === 3) return all.filter((each) => each !== cpu);
  if (destination === 0xffffffff) return all;
  return all.filter((each) => each.index === destination);
}

function receiveIpi(cpu: Cpu, vector: number): void {
  cpu.count(COUNT_IPI_RECEIVED);
  requestInterrupt(cpu, vector);
}

function processorPriority(cpu: Cpu): number {
  const service = highestBit(cpu, ISR);
  const task = cpu.word(TPR);
  return service < 0 || task >> 4 >= service >> 4 ? task : service & 0xf0;
}

function highestBit(cpu: Cpu, from: number): number {
  for (let i = 7; i >= 0; i--) {
    const word = cpu.word(from + i);
    if (word !== 0) return i * 32 + 31 - Math.clz32(word);
  }
  return -1;
}

function hasBit(cpu: Cpu, from: number, vector: number): boolean {
  return ((cpu.word(from + (vector >> 5)) >>> (vector & 31)) & 1) !== 0;
}

function setBit(cpu: Cpu, from: number, vector: number): void {
  cpu.r[from + (vector >> 5)] = cpu.word(from + (vector >> 5)) | (1 << (vector & 31));
}

function clearBit(cpu: Cpu, from: number, vector: number): void {
  cpu.r[from + (vector >> 5)] = cpu.word(from + (vector >> 5)) & ~(1 << (vector & 31));
}
