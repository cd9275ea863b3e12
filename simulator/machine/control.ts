/** Control and debug registers, EFER and XCR0: what may be written, and what a write does to TLB and FPU. */
import { setTaskPriority } from './apic.ts';
import type { Cpu } from './cpu.ts';
import { protectionFault, raise, vectors } from './fault.ts';
import {
  COUNT_CR3_LOAD,
  COUNT_INVLPG,
  COUNT_TLB_FLUSH,
  CR0,
  CR2,
  CR3,
  CR4,
  DR0,
  DR6,
  DR7,
  EFER,
  IS_VMX_ON,
  PCID,
  TPR,
  XCR0,
} from './layout.ts';
import { drainAll } from './store-buffer.ts';
import { flushAll, flushContext, flushPage } from './tlb.ts';
import { highWord, lowWord } from './words.ts';

/** CR0: PE, MP, EM, TS, ET, NE, WP, AM, NW, CD, PG. */
export const cr0 = {
  protection: 1,
  monitorCoprocessor: 2,
  emulation: 4,
  taskSwitched: 8,
  extension: 0x10,
  numericError: 0x20,
  writeProtect: 0x10000,
  all: 0xe005003f,
  fixed: 0x80000011,
} as const;

/** CR4: DE, PAE, MCE, PGE, PCE, OSFXSR, OSXMMEXCPT, VMXE, FSGSBASE, PCIDE, OSXSAVE. PAE can't be cleared in 64-bit mode. */
export const cr4 = {
  physicalExtension: 0x20,
  globalPages: 0x80,
  osFxsr: 0x200,
  vmx: 0x2000,
  fsGsBase: 0x10000,
  pcid: 0x20000,
  osXsave: 0x40000,
  all: 0x727e8,
} as const;

/** `mov` from a control register. */
export function readControl(cpu: Cpu, number: number): bigint {
  switch (number) {
    case 0:
      return cpu.get64(CR0);
    case 2:
      return cpu.get64(CR2);
    case 3:
      return cpu.get64(CR3);
    case 4:
      return cpu.get64(CR4);
    case 8:
      return BigInt(cpu.word(TPR) >> 4);
    default:
      return raise(vectors.invalidOpcode);
  }
}

/** `mov` to a control register. @throws CpuFault #GP for reserved bits and forbidden combinations */
export function writeControl(cpu: Cpu, number: number, value: bigint): void {
  drainAll(cpu);
  switch (number) {
    case 0:
      return writeCr0(cpu, value);
    case 2:
      return cpu.set64(CR2, value);
    case 3:
      return writeCr3(cpu, value);
    case 4:
      return writeCr4(cpu, value);
    case 8:
      if (value > 15n) protectionFault();
      return setTaskPriority(cpu, value << 4n);
    default:
      return raise(vectors.invalidOpcode);
  }
}

/** Sets the bits of CR0 and forgets what write protection let through. No check. */
export function setCr0(cpu: Cpu, value: bigint): void {
  const changed = Number(BigInt.asIntN(32, value)) ^ cpu.word(CR0);
  cpu.set64(CR0, value);
  if ((changed & cr0.writeProtect) !== 0) cpu.flushLookasides();
}

/** `invlpg`. */
export function invalidatePage(cpu: Cpu, address: bigint): void {
  drainAll(cpu);
  cpu.count(COUNT_INVLPG);
  flushPage(cpu, lowWord(address), highWord(address));
}

/** Flushes everything of this CPU's present VPID, global entries included. */
export function invalidateAll(cpu: Cpu): void {
  cpu.count(COUNT_TLB_FLUSH);
  flushAll(cpu);
}

/** WRMSR to EFER: SCE, LME, NXE; LMA follows paging, which stays on. */
export function writeEfer(cpu: Cpu, value: bigint): void {
  if ((value & ~0xd01n) !== 0n || (value & 0x100n) === 0n) protectionFault();
  const old = cpu.get64(EFER);
  cpu.set64(EFER, (value & ~0x400n) | (old & 0x400n));
  if (((value ^ old) & 0x800n) !== 0n) cpu.flushLookasides();
}

/** XSETBV of XCR0: x87 always; AVX only with SSE. */
export function writeXcr0(cpu: Cpu, value: bigint): void {
  if ((value & ~7n) !== 0n || (value & 1n) === 0n || (value & 6n) === 4n) protectionFault();
  cpu.set64(XCR0, value);
}

export function readDebug(cpu: Cpu, number: number): bigint {
  if (number === 6 || number === 4) return cpu.get64(DR6);
  if (number === 7 || number === 5) return cpu.get64(DR7);
  return number < 4 ? cpu.get64(DR0 + 2 * number) : raise(vectors.invalidOpcode);
}

/** Debug registers keep their values; hardware breakpoints are not modelled. */
export function writeDebug(cpu: Cpu, number: number, value: bigint): void {
  if (number === 6 || number === 4) cpu.set64(DR6, (value & 0xe00fn) | 0xffff0ff0n);
  else if (number === 7 || number === 5) {
    if ((value & 0xffn) !== 0n) {
      cpu.machine.halt(cpu, 'unsupported-access', 'hardware breakpoints (DR7) are not modelled');
    }
    cpu.set64(DR7, (value & 0xffff2bffn) | 0x400n);
  } else if (number < 4) cpu.set64(DR0 + 2 * number, value);
  else raise(vectors.invalidOpcode);
}

function writeCr0(cpu: Cpu, value: bigint): void {
  if ((value & ~BigInt(cr0.all)) !== 0n) protectionFault();
  const kept = value | BigInt(cr0.extension);
  if ((kept & BigInt(cr0.fixed)) !== BigInt(cr0.fixed)) {
    cpu.machine.halt(cpu, 'unsupported-access', `CR0 ${value.toString(16)} leaves 64-bit mode`);
  }
  const isWriteThrough = (kept & 0x60000000n) === 0x20000000n;
  const needsError = cpu.isVmxOn() && (kept & BigInt(cr0.numericError)) === 0n;
  if (isWriteThrough || needsError) protectionFault();
  setCr0(cpu, kept);
}

/** With PCIDE, bit 63 keeps the entries of the new PCID; without, all but global entries go. */
function writeCr3(cpu: Cpu, value: bigint): void {
  const hasPcid = (cpu.word(CR4) & cr4.pcid) !== 0;
  const keeps = hasPcid && (value & 0x8000000000000000n) !== 0n;
  const stored = hasPcid ? value & 0x7fffffffffffffffn : value;
  if (stored >> 40n !== 0n) protectionFault();
  cpu.count(COUNT_CR3_LOAD);
  if (stored === cpu.get64(CR3)) cpu.count(COUNT_TLB_FLUSH);
  cpu.set64(CR3, stored);
  cpu.r[PCID] = hasPcid ? Number(stored & 0xfffn) : 0;
  if (keeps) cpu.flushLookasides();
  else flushContext(cpu);
}

function writeCr4(cpu: Cpu, value: bigint): void {
  if ((value & ~BigInt(cr4.all)) !== 0n) protectionFault();
  const next = Number(value);
  const old = cpu.word(CR4);
  if ((next & cr4.physicalExtension) === 0) protectionFault();
  if (cpu.word(IS_VMX_ON) !== 0 && (next & cr4.vmx) === 0) protectionFault();
  const turnsPcidOn = (next & ~old & cr4.pcid) !== 0;
  if (turnsPcidOn && (cpu.word(CR3) & 0xfff) !== 0) protectionFault();
  cpu.set64(CR4, value);
  if ((next & cr4.pcid) === 0) cpu.r[PCID] = 0;
  const flushing = cr4.globalPages | cr4.physicalExtension;
  if (((next ^ old) & flushing) !== 0 || (old & ~next & cr4.pcid) !== 0) invalidateAll(cpu);
}
