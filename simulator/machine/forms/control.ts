/** System instructions that read and write registers of the processor: control, segment, tables, MSRs, ports, time. */
import { read, write, write64, read64 } from '../access.ts';
import {
  cr0,
  cr4,
  invalidateAll,
  invalidatePage,
  readControl,
  readDebug,
  setCr0,
  writeControl,
  writeDebug,
  writeXcr0,
} from '../control.ts';
import { cpuid } from '../cpuid.ts';
import type { Cpu, Op } from '../cpu.ts';
import type { Instruction } from '../decode.ts';
import { protectionFault, raise, vectors } from '../fault.ts';
import { checkCanonical } from '../interrupts.ts';
import {
  COUNT_TLB_FLUSH,
  CR0,
  CR4,
  FS_BASE,
  GDTR_BASE,
  GDTR_LIMIT,
  GS_BASE,
  IDTR_BASE,
  IDTR_LIMIT,
  LDTR,
  PCID,
  PRIVILEGE,
  RAX,
  RBX,
  RCX,
  RDX,
  SELECTORS,
  SYSTEM_FLAGS,
  TR,
  TSC_AUX,
  XCR0,
  attention,
} from '../layout.ts';
import { readMsr, timeStamp, writeMsr } from '../msr.ts';
import { readPort, writePort } from '../ports.ts';
import { loadLocalTable, loadSegment, loadTaskRegister } from '../segments.ts';
import { drainAll } from '../store-buffer.ts';
import { flushNotGlobal, flushPage, flushPcid } from '../tlb.ts';
import {
  checkClearTaskSwitched,
  checkControlWrite,
  checkMsrAccess,
  shadowedControl,
} from '../vm-controls.ts';
import {
  controlQualification,
  exitReasons,
  interceptAlways,
  interceptIf,
  primaryControls,
} from '../vm-intercept.ts';
import { highWord, lowWord } from '../words.ts';
import {
  kernelOnly,
  operandAddress,
  pairOf,
  plain,
  privileged,
  readOperand,
  registerOrMemory,
  setPair,
  withMemory,
  writeOperand,
} from './operand.ts';
import type { Fields, Form, FormBuilder } from './text.ts';

export const controlForms: Readonly<Record<string, FormBuilder>> = {
  mov: (from) => moveSpecial(from),
  clts: privileged((cpu) => {
    if (checkClearTaskSwitched(cpu)) setCr0(cpu, cpu.get64(CR0) & ~BigInt(cr0.taskSwitched));
  }),
  cpuid: plain(identify),
  rdmsr: privileged(readModelRegister),
  wrmsr: privileged(writeModelRegister),
  rdtsc: plain(readTime),
  rdtscp: plain(readTimeAndCpu),
  xgetbv: plain(readExtendedControl),
  xsetbv: privileged(writeExtendedControl),
  invlpg: withMemory(kernelOnly(invalidate)),
  invpcid: (from) => invalidateByPcid(from),
  wbinvd: privileged((cpu) => interceptIf(cpu, 0, exitReasons.wbinvd)),
  lgdt: withMemory(kernelOnly((cpu, op) => loadTable(cpu, op, GDTR_BASE, GDTR_LIMIT))),
  lidt: withMemory(kernelOnly((cpu, op) => loadTable(cpu, op, IDTR_BASE, IDTR_LIMIT))),
  sgdt: withMemory((cpu, op) => storeTable(cpu, op, GDTR_BASE, GDTR_LIMIT)),
  sidt: withMemory((cpu, op) => storeTable(cpu, op, IDTR_BASE, IDTR_LIMIT)),
  ltr: (from) => loadSelector(from, loadTaskRegister),
  lldt: (from) => loadSelector(from, loadLocalTable),
  str: (from) => storeSelector(from, TR),
  sldt: (from) => storeSelector(from, LDTR),
  in: (from) => port(from, true),
  out: (from) => port(from, false),
  rdfsbase: (from) => segmentBase(from, FS_BASE, true),
  rdgsbase: (from) => segmentBase(from, GS_BASE, true),
  wrfsbase: (from) => segmentBase(from, FS_BASE, false),
  wrgsbase: (from) => segmentBase(from, GS_BASE, false),
};

/** `mov` from or to a control, debug or segment register. */
function moveSpecial(from: Instruction): Form | undefined {
  const [to, what] = from.operands;
  if (to?.kind === 'register' && what?.kind === 'register') {
    const fields = { d: to.number, s: what.number };
    if (to.file === 'control') return { run: kernelOnly(moveToControl), fields };
    if (what.file === 'control') return { run: kernelOnly(moveFromControl), fields };
    if (to.file === 'debug') return { run: kernelOnly(moveToDebug), fields };
    if (what.file === 'debug') return { run: kernelOnly(moveFromDebug), fields };
  }
  if (to?.kind === 'register' && to.file === 'segment') return moveToSegment(from, to.number);
  if (what?.kind === 'register' && what.file === 'segment')
    return storeSelector(from, SELECTORS + what.number);
  return undefined;
}

function moveToControl(cpu: Cpu, op: Op): void {
  writeControl(cpu, op.d, checkControlWrite(cpu, op.d, op.s, cpu.gpr(op.s)));
}

function moveFromControl(cpu: Cpu, op: Op): void {
  const exit = op.s === 3 ? primaryControls.cr3Store : op.s === 8 ? primaryControls.cr8Store : 0;
  interceptIf(cpu, exit, exitReasons.controlRegister, controlQualification(op.s, true, op.d));
  cpu.setGpr(op.d, shadowedControl(cpu, op.s, readControl(cpu, op.s)));
}

function moveToDebug(cpu: Cpu, op: Op): void {
  interceptIf(cpu, primaryControls.debugRegister, exitReasons.debugRegister);
  writeDebug(cpu, op.d, cpu.gpr(op.s));
}

function moveFromDebug(cpu: Cpu, op: Op): void {
  interceptIf(cpu, primaryControls.debugRegister, exitReasons.debugRegister);
  cpu.setGpr(op.d, readDebug(cpu, op.s));
}

function moveToSegment(from: Instruction, number: number): Form | undefined {
  if (number === 1) return undefined;
  const load = (cpu: Cpu, selector: number): void => {
    loadSegment(cpu, number, selector);
    if (number === 2) cpu.attend(attention.shadow);
  };
  return registerOrMemory(
    from,
    1,
    (cpu, op) => load(cpu, Number(cpu.gpr(op.d) & 0xffffn)),
    (cpu, op) => load(cpu, Number(readOperand(cpu, op, 2))),
  );
}

/** Registers get the selector zero-extended to their size, memory 16 bits. */
function storeSelector(from: Instruction, word: number): Form | undefined {
  const operand = from.operands[0];
  const size = operand?.kind === 'register' ? operand.size : 2;
  return registerOrMemory(
    from,
    0,
    (cpu, op) => {
      if (size === 2) cpu.w[op.d * 4] = cpu.word(word);
      else cpu.setGpr(op.d, BigInt(cpu.word(word)));
    },
    (cpu, op) => writeOperand(cpu, op, 2, BigInt(cpu.word(word))),
  );
}

function loadSelector(
  from: Instruction,
  load: (cpu: Cpu, selector: number) => void,
): Form | undefined {
  return registerOrMemory(
    from,
    0,
    kernelOnly((cpu, op) => load(cpu, Number(cpu.gpr(op.d) & 0xffffn))),
    kernelOnly((cpu, op) => load(cpu, Number(readOperand(cpu, op, 2)))),
  );
}

function identify(cpu: Cpu): void {
  interceptAlways(cpu, exitReasons.cpuid);
  drainAll(cpu);
  const [a, b, c, d] = cpuid(cpu, cpu.word(RAX) >>> 0, cpu.word(RCX) >>> 0);
  cpu.set64(RAX, BigInt(a >>> 0));
  cpu.set64(RBX, BigInt(b >>> 0));
  cpu.set64(RCX, BigInt(c >>> 0));
  cpu.set64(RDX, BigInt(d >>> 0));
}

function readModelRegister(cpu: Cpu): void {
  const msr = cpu.word(RCX) >>> 0;
  checkMsrAccess(cpu, msr, false);
  setPair(cpu, readMsr(cpu, msr));
}

function writeModelRegister(cpu: Cpu): void {
  const msr = cpu.word(RCX) >>> 0;
  checkMsrAccess(cpu, msr, true);
  writeMsr(cpu, msr, pairOf(cpu));
}

function readTime(cpu: Cpu): void {
  interceptIf(cpu, primaryControls.rdtsc, exitReasons.rdtsc);
  if ((cpu.word(CR4) & 4) !== 0 && cpu.isUser()) protectionFault();
  setPair(cpu, timeStamp(cpu));
}

function readTimeAndCpu(cpu: Cpu): void {
  interceptIf(cpu, primaryControls.rdtsc, exitReasons.rdtscp);
  setPair(cpu, timeStamp(cpu));
  cpu.set64(RCX, cpu.get64(TSC_AUX) & 0xffffffffn);
}

function readExtendedControl(cpu: Cpu): void {
  if ((cpu.word(CR4) & cr4.osXsave) === 0) raise(vectors.invalidOpcode);
  if (cpu.word(RCX) !== 0) protectionFault();
  setPair(cpu, cpu.get64(XCR0));
}

function writeExtendedControl(cpu: Cpu): void {
  if ((cpu.word(CR4) & cr4.osXsave) === 0) raise(vectors.invalidOpcode);
  interceptAlways(cpu, exitReasons.xsetbv);
  if (cpu.word(RCX) !== 0) protectionFault();
  writeXcr0(cpu, pairOf(cpu));
}

function invalidate(cpu: Cpu, op: Op): void {
  const address = operandAddress(cpu, op);
  interceptIf(cpu, primaryControls.invlpg, exitReasons.invlpg, address);
  invalidatePage(cpu, address);
}

/** Types 0 one address, 1 one PCID, 2 all with global entries, 3 all without. */
function invalidateByPcid(from: Instruction): Form | undefined {
  const type = from.operands[0];
  if (type?.kind !== 'register') return undefined;
  const run = kernelOnly((cpu, op) => {
    const at = operandAddress(cpu, op);
    const pcid = read64(cpu, at);
    const address = read64(cpu, BigInt.asUintN(64, at + 8n));
    const kind = cpu.gpr(op.d);
    if (kind > 3n || pcid >> 12n !== 0n) protectionFault();
    drainAll(cpu);
    if (kind === 2n) invalidateAll(cpu);
    else if (kind === 3n) flushNotGlobal(cpu);
    else if (kind === 1n) flushPcid(cpu, Number(pcid));
    else {
      checkCanonical(address);
      flushOnePage(cpu, Number(pcid), address);
    }
    if (kind === 3n) cpu.count(COUNT_TLB_FLUSH);
  });
  return registerOrMemory(from, 1, () => raise(vectors.invalidOpcode), run, { d: type.number });
}

function flushOnePage(cpu: Cpu, pcid: number, address: bigint): void {
  const current = cpu.word(PCID);
  cpu.r[PCID] = pcid;
  flushPage(cpu, lowWord(address), highWord(address));
  cpu.r[PCID] = current;
}

function loadTable(cpu: Cpu, op: Op, base: number, limit: number): void {
  const at = operandAddress(cpu, op);
  const size = read(cpu, at, 2);
  const address = read64(cpu, BigInt.asUintN(64, at + 2n));
  checkCanonical(address);
  cpu.r[limit] = size;
  cpu.set64(base, address);
}

function storeTable(cpu: Cpu, op: Op, base: number, limit: number): void {
  const at = operandAddress(cpu, op);
  write(cpu, at, 2, cpu.word(limit));
  write64(cpu, BigInt.asUintN(64, at + 2n), cpu.get64(base));
}

/** `in al, dx`, `out imm8, eax` and so on: `s` is the port or -1 for dx, `x` the size. */
function port(from: Instruction, isInput: boolean): Form | undefined {
  const [first, second] = from.operands;
  const where = isInput ? second : first;
  const data = isInput ? first : second;
  if (data?.kind !== 'register') return undefined;
  const fields: Fields = { x: data.size };
  fields.s = where?.kind === 'immediate' ? Number(where.value & 0xffn) : -1;
  return { run: isInput ? input : output, fields };
}

function portOf(cpu: Cpu, op: Op, isInput: boolean): number {
  if (cpu.word(PRIVILEGE) > ((cpu.word(SYSTEM_FLAGS) >> 12) & 3)) protectionFault();
  const number = op.s >= 0 ? op.s : cpu.word(RDX) & 0xffff;
  const how = (op.x - 1) | (isInput ? 8 : 0) | (op.s >= 0 ? 0x40 : 0);
  const qualification = BigInt(how) | (BigInt(number) << 16n);
  const controls = primaryControls.io | primaryControls.ioBitmaps;
  interceptIf(cpu, controls, exitReasons.io, qualification);
  drainAll(cpu);
  return number;
}

function input(cpu: Cpu, op: Op): void {
  const value = readPort(cpu, portOf(cpu, op, true));
  if (op.x === 1) cpu.b[RAX * 4] = value;
  else if (op.x === 2) cpu.w[RAX * 2] = value;
  else cpu.set64(RAX, BigInt(value >>> 0));
}

function output(cpu: Cpu, op: Op): void {
  writePort(cpu, portOf(cpu, op, false), cpu.word(RAX), op.x);
}

function segmentBase(from: Instruction, word: number, isRead: boolean): Form | undefined {
  const operand = from.operands[0];
  if (operand?.kind !== 'register') return undefined;
  const mask = operand.size === 8 ? 0xffffffffffffffffn : 0xffffffffn;
  return {
    run: (cpu, op) => {
      if ((cpu.word(CR4) & cr4.fsGsBase) === 0) raise(vectors.invalidOpcode);
      if (isRead) cpu.setGpr(op.d, cpu.get64(word) & mask);
      else {
        checkCanonical(cpu.gpr(op.d) & mask);
        cpu.set64(word, cpu.gpr(op.d) & mask);
      }
    },
    fields: { d: operand.number },
  };
}
