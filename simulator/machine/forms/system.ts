/** System instructions that change flags and control flow, and those that order memory or do nothing. */
import { push, read64 } from '../access.ts';
import type { Cpu, Op } from '../cpu.ts';
import { protectionFault, raise, raiseTrap, vectors } from '../fault.ts';
import { carry, readArithmeticFlags, readRflags, writeArithmeticFlags } from '../flags.ts';
import { updateInterrupts } from '../apic.ts';
import { checkCanonical, interruptReturn, loadFlags, setFlags } from '../interrupts.ts';
import {
  CS,
  EFER,
  GS_BASE,
  KERNEL_GS_BASE,
  LSTAR,
  PRIVILEGE,
  R11,
  RAX,
  RCX,
  RDX,
  RIP,
  RSP,
  SFMASK,
  SS,
  STAR,
  SYSENTER_CS,
  SYSENTER_EIP,
  SYSENTER_ESP,
  SYSTEM_FLAGS,
  attention,
  rflags,
} from '../layout.ts';
import { readCodeDescriptor, setCode, setPrivilege } from '../segments.ts';
import { clearLoads, drainAll, releaseFence } from '../store-buffer.ts';
import { exitReasons, interceptIf, primaryControls } from '../vm-intercept.ts';
import { controlForms } from './control.ts';
import { fpuForms } from './fpu.ts';
import { operandAddress, plain, privileged, setMemory } from './operand.ts';
import type { Fields, FormBuilder } from './text.ts';
import { vmxForms } from './vmx.ts';

/** Returns, and calls through far pointers: how a boot loads CS. */
const farForms: Readonly<Record<string, FormBuilder>> = {
  retf: (from) => (from.operands.length === 0 ? { run: farReturn, fields: {} } : undefined),
  iretq: plain(interruptReturn),
  jmp: (from) => {
    const fields: Fields = {};
    const operand = from.operands[0];
    const isFar = operand?.kind === 'memory' && (operand.size === 10 || operand.size === 6);
    if (!isFar || !setMemory(operand, fields)) return undefined;
    fields.s = operand.size;
    return { run: farJump, fields };
  },
};

const nothing = plain(() => {});

export const systemForms: Readonly<Record<string, FormBuilder>> = {
  nop: nothing,
  fnop: nothing,
  endbr64: nothing,
  prefetcht0: nothing,
  prefetcht1: nothing,
  prefetcht2: nothing,
  prefetchnta: nothing,
  prefetchw: nothing,
  clflush: nothing,
  pause: plain((cpu) => interceptIf(cpu, primaryControls.pause, exitReasons.pause)),
  ud2: plain(() => raise(vectors.invalidOpcode)),
  int3: plain(() => raiseTrap(vectors.breakpoint, true)),
  int: (from) => {
    const operand = from.operands[0];
    const vector = operand?.kind === 'immediate' ? Number(operand.value & 0xffn) : 0;
    return { run: (_cpu, op) => raiseTrap(op.immLow, true), fields: { immLow: vector } };
  },
  cli: plain(clearInterrupts),
  sti: plain(setInterrupts),
  hlt: privileged(halt),
  clc: plain((cpu) => changeFlags(cpu, rflags.carry, 0)),
  stc: plain((cpu) => changeFlags(cpu, 0, rflags.carry)),
  cmc: plain((cpu) => changeFlags(cpu, rflags.carry, carry(cpu) ^ 1)),
  cld: plain((cpu) => cpu.set(SYSTEM_FLAGS, cpu.word(SYSTEM_FLAGS) & ~rflags.direction)),
  std: plain((cpu) => cpu.set(SYSTEM_FLAGS, cpu.word(SYSTEM_FLAGS) | rflags.direction)),
  lahf: plain((cpu) => void (cpu.b[RAX * 4 + 1] = (readRflags(cpu) & 0xd5) | 2)),
  sahf: plain((cpu) => changeFlags(cpu, 0xd5, (cpu.b[RAX * 4 + 1] ?? 0) & 0xd5)),
  pushfq: plain((cpu) => push(cpu, BigInt(readRflags(cpu) >>> 0))),
  popfq: plain(popFlags),
  syscall: plain(systemCall),
  sysretq: privileged(systemReturn),
  sysenter: plain(systemEnter),
  sysexitq: privileged(systemExit),
  swapgs: privileged(swapGs),
  mfence: plain(drainAll),
  lfence: plain(clearLoads),
  sfence: plain(releaseFence),
  serialize: plain(drainAll),
  ...farForms,
  ...controlForms,
  ...fpuForms,
  ...vmxForms,
};

function changeFlags(cpu: Cpu, cleared: number, set: number): void {
  writeArithmeticFlags(cpu, (readArithmeticFlags(cpu) & ~cleared) | set);
}

function checkIoPrivilege(cpu: Cpu): void {
  if (cpu.word(PRIVILEGE) > ((cpu.word(SYSTEM_FLAGS) >> 12) & 3)) protectionFault();
}

function clearInterrupts(cpu: Cpu): void {
  checkIoPrivilege(cpu);
  cpu.set(SYSTEM_FLAGS, cpu.word(SYSTEM_FLAGS) & ~rflags.interrupt);
  updateInterrupts(cpu);
}

/** Interrupts are taken after the next instruction, so that `sti; hlt` can't miss one. */
function setInterrupts(cpu: Cpu): void {
  checkIoPrivilege(cpu);
  if (!cpu.areInterruptsEnabled()) cpu.attend(attention.shadow);
  cpu.set(SYSTEM_FLAGS, cpu.word(SYSTEM_FLAGS) | rflags.interrupt);
  updateInterrupts(cpu);
}

function halt(cpu: Cpu): void {
  interceptIf(cpu, primaryControls.hlt, exitReasons.hlt);
  cpu.attend(attention.halted);
}

function popFlags(cpu: Cpu): void {
  const top = cpu.get64(RSP);
  const value = read64(cpu, top);
  cpu.set64(RSP, BigInt.asUintN(64, top + 8n));
  setFlags(cpu, Number(value & 0xffffffffn), cpu.word(PRIVILEGE));
}

/** rcx and r11 keep rip and rflags; the stack stays the caller's. */
function systemCall(cpu: Cpu): void {
  if ((cpu.word(EFER) & 1) === 0) raise(vectors.invalidOpcode);
  const flags = readRflags(cpu);
  cpu.set64(RCX, cpu.get64(RIP));
  cpu.set64(R11, BigInt(flags >>> 0));
  cpu.set64(RIP, cpu.get64(LSTAR));
  loadFlags(cpu, flags & ~cpu.word(SFMASK));
  const selector = cpu.word(STAR + 1) & 0xfffc;
  cpu.r[SS] = selector + 8;
  setCode(cpu, selector, 0);
}

function systemReturn(cpu: Cpu): void {
  if ((cpu.word(EFER) & 1) === 0) raise(vectors.invalidOpcode);
  const target = cpu.get64(RCX);
  checkCanonical(target);
  cpu.set64(RIP, target);
  loadFlags(cpu, (cpu.word(R11) & 0x3c7fd7) | 2);
  const selector = (cpu.word(STAR + 1) >>> 16) + 16;
  cpu.r[SS] = (selector - 8) | 3;
  setCode(cpu, selector, 3);
}

/** Neither rip nor rsp of the caller is kept: that is the kernel's bargain with its user code. */
function systemEnter(cpu: Cpu): void {
  const selector = cpu.word(SYSENTER_CS) & 0xfffc;
  if (selector === 0) protectionFault();
  cpu.set64(RIP, cpu.get64(SYSENTER_EIP));
  cpu.set64(RSP, cpu.get64(SYSENTER_ESP));
  loadFlags(cpu, readRflags(cpu) & ~rflags.interrupt);
  cpu.r[SS] = selector + 8;
  setCode(cpu, selector, 0);
}

/** To rdx with the stack of rcx. */
function systemExit(cpu: Cpu): void {
  const selector = cpu.word(SYSENTER_CS) & 0xfffc;
  if (selector === 0) protectionFault();
  checkCanonical(cpu.get64(RDX));
  checkCanonical(cpu.get64(RCX));
  cpu.set64(RIP, cpu.get64(RDX));
  cpu.set64(RSP, cpu.get64(RCX));
  cpu.r[SS] = (selector + 40) | 3;
  setCode(cpu, selector + 32, 3);
}

function swapGs(cpu: Cpu): void {
  const base = cpu.get64(GS_BASE);
  cpu.set64(GS_BASE, cpu.get64(KERNEL_GS_BASE));
  cpu.set64(KERNEL_GS_BASE, base);
}

/** `lretq` within a privilege level or to an outer one. */
function farReturn(cpu: Cpu): void {
  const top = cpu.get64(RSP);
  const rip = read64(cpu, top);
  const selector = Number(read64(cpu, BigInt.asUintN(64, top + 8n)) & 0xffffn);
  const privilege = selector & 3;
  readCodeDescriptor(cpu, selector, vectors.generalProtection);
  if (privilege < cpu.word(PRIVILEGE)) protectionFault(selector & 0xfffc);
  checkCanonical(rip);
  if (privilege > cpu.word(PRIVILEGE)) {
    const rsp = read64(cpu, BigInt.asUintN(64, top + 16n));
    cpu.r[SS] = Number(read64(cpu, BigInt.asUintN(64, top + 24n)) & 0xffffn);
    cpu.set64(RSP, rsp);
  } else cpu.set64(RSP, BigInt.asUintN(64, top + 16n));
  cpu.set64(RIP, rip);
  setCode(cpu, selector, privilege);
}

/** `ljmp *m16:64` (or m16:32): a code segment of the same privilege. */
function farJump(cpu: Cpu, op: Op): void {
  const at = operandAddress(cpu, op);
  const wordSize = op.s - 2;
  const raw = read64(cpu, at);
  const rip = wordSize === 8 ? raw : raw & 0xffffffffn;
  const selectorAt = BigInt.asUintN(64, at + BigInt(wordSize));
  const selector = Number(
    wordSize === 8 ? read64(cpu, selectorAt) & 0xffffn : (raw >> 32n) & 0xffffn,
  );
  const code = readCodeDescriptor(cpu, selector, vectors.generalProtection);
  if (code.privilege !== cpu.word(PRIVILEGE)) protectionFault(selector & 0xfffc);
  checkCanonical(rip);
  cpu.set64(RIP, rip);
  cpu.r[CS] = selector;
  setPrivilege(cpu, cpu.word(PRIVILEGE));
}
