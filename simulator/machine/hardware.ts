/** What a CPU holds besides memory, by the names that people use. */
import { pendingVectors } from './apic.ts';
import type { Cpu } from './cpu.ts';
import { cachedEptPointers } from './ept.ts';
import { LookupError } from '../../dump-format/errors.ts';
import { readRflags } from './flags.ts';
import { fxsaveImage, ymmHighImage } from './fpu-state.ts';
import { loadFlags } from './interrupts.ts';
import * as layout from './layout.ts';
import type { CpuCounters, CpuHardware, VmxOperation } from './machine.ts';
import { timeStamp } from './msr.ts';
import { bufferedLoads, bufferedStores } from './store-buffer.ts';
import { tlbEntries } from './tlb.ts';
import { vmcsStates } from './vmcs.ts';

const generalNames = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  ...Array.from({ length: 8 }, (_, i) => `r${i + 8}`),
];

/** 64-bit registers: name → word. */
const wideRegisters: ReadonlyMap<string, number> = new Map([
  ...generalNames.map((name, i): [string, number] => [name, layout.GPR + 2 * i]),
  ['rip', layout.RIP],
  ['fs_base', layout.FS_BASE],
  ['gs_base', layout.GS_BASE],
  ['kernel_gs_base', layout.KERNEL_GS_BASE],
  ['cr0', layout.CR0],
  ['cr2', layout.CR2],
  ['cr3', layout.CR3],
  ['cr4', layout.CR4],
  ['xcr0', layout.XCR0],
  ['efer', layout.EFER],
  ['star', layout.STAR],
  ['lstar', layout.LSTAR],
  ['cstar', layout.CSTAR],
  ['sfmask', layout.SFMASK],
  ['sysenter_cs', layout.SYSENTER_CS],
  ['sysenter_esp', layout.SYSENTER_ESP],
  ['sysenter_eip', layout.SYSENTER_EIP],
  ['tsc_aux', layout.TSC_AUX],
  ['apic_base', layout.APIC_BASE],
  ['gdtr_base', layout.GDTR_BASE],
  ['idtr_base', layout.IDTR_BASE],
  ['tr_base', layout.TR_BASE],
]);

/** Selectors and limits: name → word. */
const narrowRegisters: ReadonlyMap<string, number> = new Map([
  ...['es', 'cs', 'ss', 'ds', 'fs', 'gs'].map((name, i): [string, number] => [
    name,
    layout.SELECTORS + i,
  ]),
  ['tr', layout.TR],
  ['ldtr', layout.LDTR],
  ['gdtr_limit', layout.GDTR_LIMIT],
  ['idtr_limit', layout.IDTR_LIMIT],
]);

/** @throws LookupError for a name that is not in `CpuHardware.registers` */
export function readRegister(cpu: Cpu, name: string): bigint {
  const wide = wideRegisters.get(name);
  if (wide !== undefined) return cpu.get64(wide);
  const narrow = narrowRegisters.get(name);
  if (narrow !== undefined) return BigInt(cpu.word(narrow) >>> 0);
  if (name === 'rflags') return BigInt(readRflags(cpu) >>> 0);
  if (name === 'cr8') return BigInt(cpu.word(layout.TPR) >> 4);
  if (name === 'tsc') return timeStamp(cpu);
  throw new LookupError(`no such register: ${name}`);
}

/** Sets a general register, rip or rflags. An instruction that is half done starts again. */
export function writeRegister(cpu: Cpu, name: string, value: bigint): void {
  const index = generalNames.indexOf(name);
  if (index >= 0) cpu.setGpr(index, value);
  else if (name === 'rip') cpu.set64(layout.RIP, BigInt.asUintN(64, value));
  else if (name === 'rflags') loadFlags(cpu, Number(BigInt.asUintN(32, value)));
  else throw new LookupError(`no such register to set: ${name}`);
  cpu.r[layout.LATCH] = 0;
}

export function hardwareOf(cpu: Cpu): CpuHardware {
  const names = [...wideRegisters.keys(), ...narrowRegisters.keys(), 'rflags', 'cr8', 'tsc'];
  return {
    cpu: cpu.index,
    registers: new Map(names.map((name) => [name, readRegister(cpu, name)])),
    privilege: cpu.word(layout.PRIVILEGE),
    isHalted: cpu.isHalted(),
    pendingInterrupts: pendingVectors(cpu),
    tlb: tlbEntries(cpu),
    storeBuffer: bufferedStores(cpu),
    loadBuffer: bufferedLoads(cpu),
    fxsave: fxsaveImage(cpu),
    ymmHigh: ymmHighImage(cpu),
    vmx: {
      isOn: cpu.word(layout.IS_VMX_ON) !== 0,
      isInGuest: cpu.word(layout.IS_IN_GUEST) !== 0,
      vmxonPointer: cpu.get64(layout.VMXON_POINTER),
      currentVmcs: cpu.get64(layout.CURRENT_VMCS),
      last: operationAt(cpu, layout.VMX_LAST),
      previous: operationAt(cpu, layout.VMX_PREVIOUS),
      eptTags: cachedEptPointers(cpu),
    },
    vmcss: vmcsStates(cpu),
    counters: countersOf(cpu),
  };
}

function operationAt(cpu: Cpu, word: number): VmxOperation {
  return {
    op: cpu.word(word),
    result: cpu.word(word + 2),
    operands: [cpu.get64(word + 4), cpu.get64(word + 6)],
  };
}

function countersOf(cpu: Cpu): CpuCounters {
  return {
    cr3Loads: cpu.get64(layout.COUNT_CR3_LOAD),
    invlpgs: cpu.get64(layout.COUNT_INVLPG),
    tlbFlushes: cpu.get64(layout.COUNT_TLB_FLUSH),
    ipisSent: cpu.get64(layout.COUNT_IPI_SENT),
    ipisReceived: cpu.get64(layout.COUNT_IPI_RECEIVED),
    interrupts: cpu.get64(layout.COUNT_INTERRUPT),
    pageFaults: cpu.get64(layout.COUNT_PAGE_FAULT),
    steps: cpu.get64(layout.COUNT_STEP),
  };
}
