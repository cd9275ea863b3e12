/** Model-specific registers. One that is not in the tables stops the machine: nothing is invented. */
import { readApic, writeApic } from './apic.ts';
import { writeEfer } from './control.ts';
import type { Cpu } from './cpu.ts';
import { protectionFault } from './fault.ts';
import { checkCanonical } from './interrupts.ts';
import {
  APIC_BASE,
  CSTAR,
  EFER,
  FEATURE_CONTROL,
  FS_BASE,
  GS_BASE,
  KERNEL_GS_BASE,
  LSTAR,
  PAT,
  SFMASK,
  STAR,
  SYSENTER_CS,
  SYSENTER_EIP,
  SYSENTER_ESP,
  TSC_AUX,
  TSC_OFFSET,
} from './layout.ts';
import { drainAll } from './store-buffer.ts';
import { vmxCapability } from './vmx-capabilities.ts';

const msrs = {
  tsc: 0x10,
  apicBase: 0x1b,
  featureControl: 0x3a,
  sysenterCs: 0x174,
  sysenterEsp: 0x175,
  sysenterEip: 0x176,
  miscEnable: 0x1a0,
  pat: 0x277,
  efer: 0xc0000080,
  star: 0xc0000081,
  lstar: 0xc0000082,
  cstar: 0xc0000083,
  sfmask: 0xc0000084,
  fsBase: 0xc0000100,
  gsBase: 0xc0000101,
  kernelGsBase: 0xc0000102,
  tscAux: 0xc0000103,
  /** Ours, see `docs/platform.md`: adds ticks to the time of all CPUs. */
  charge: 0x40000010,
} as const;

/** Those that are a 64-bit word of state and no more: MSR → word. */
const plainRegisters: ReadonlyMap<number, number> = new Map([
  [msrs.sysenterCs, SYSENTER_CS],
  [msrs.sysenterEsp, SYSENTER_ESP],
  [msrs.sysenterEip, SYSENTER_EIP],
  [msrs.pat, PAT],
  [msrs.star, STAR],
  [msrs.lstar, LSTAR],
  [msrs.cstar, CSTAR],
  [msrs.sfmask, SFMASK],
  [msrs.fsBase, FS_BASE],
  [msrs.gsBase, GS_BASE],
  [msrs.kernelGsBase, KERNEL_GS_BASE],
  [msrs.tscAux, TSC_AUX],
]);

/** Those that hold an address, which must be canonical. */
const addresses: readonly number[] = [
  msrs.sysenterEsp,
  msrs.sysenterEip,
  msrs.lstar,
  msrs.cstar,
  msrs.fsBase,
  msrs.gsBase,
  msrs.kernelGsBase,
];

export function readMsr(cpu: Cpu, msr: number): bigint {
  const word = plainRegisters.get(msr);
  if (word !== undefined) return cpu.get64(word);
  switch (msr) {
    case msrs.tsc:
      return timeStamp(cpu);
    case msrs.apicBase:
      return cpu.get64(APIC_BASE);
    case msrs.featureControl:
      return cpu.get64(FEATURE_CONTROL);
    case msrs.miscEnable:
      return 1n;
    case msrs.efer:
      return cpu.get64(EFER);
    case msrs.charge:
      return 0n;
    default:
      return readApic(cpu, msr) ?? vmxCapability(msr) ?? unknown(cpu, msr, 'read');
  }
}

export function writeMsr(cpu: Cpu, msr: number, value: bigint): void {
  drainAll(cpu);
  if (addresses.includes(msr)) checkCanonical(value);
  const word = plainRegisters.get(msr);
  if (word !== undefined) {
    cpu.set64(word, value);
    return;
  }
  switch (msr) {
    case msrs.tsc:
      cpu.set64(TSC_OFFSET, BigInt.asUintN(64, value - cpu.machine.tsc()));
      return;
    case msrs.apicBase:
      if (value !== cpu.get64(APIC_BASE)) unknown(cpu, msr, 'change');
      return;
    case msrs.featureControl:
      if ((cpu.get64(FEATURE_CONTROL) & 1n) !== 0n) protectionFault();
      cpu.set64(FEATURE_CONTROL, value & 7n);
      return;
    case msrs.miscEnable:
      return;
    case msrs.efer:
      writeEfer(cpu, value);
      return;
    case msrs.charge:
      cpu.machine.chargeTicks(value);
      return;
    default:
      if (vmxCapability(msr) !== undefined) protectionFault();
      if (!writeApic(cpu, msr, value)) unknown(cpu, msr, 'write');
  }
}

/** What RDTSC gives on this CPU. */
export function timeStamp(cpu: Cpu): bigint {
  return BigInt.asUintN(64, cpu.machine.tsc() + cpu.get64(TSC_OFFSET));
}

function unknown(cpu: Cpu, msr: number, what: string): never {
  cpu.machine.halt(cpu, 'unsupported-access', `${what} of MSR ${msr.toString(16)}`);
}
