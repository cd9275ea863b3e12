/** Registers of a CPU as its kernel sees them, also while it runs a guest. */
import type { CpuHardware } from './machine/machine.ts';

/** Host-state fields of a VMCS, by the registers that a VM exit loads from them. Source: Intel SDM 3, appendix B. */
const hostState: Readonly<Record<string, number>> = {
  es: 0x0c00,
  cs: 0x0c02,
  ss: 0x0c04,
  ds: 0x0c06,
  fs: 0x0c08,
  gs: 0x0c0a,
  cr3: 0x6c02,
  fs_base: 0x6c06,
  gs_base: 0x6c08,
  rsp: 0x6c14,
  rip: 0x6c16,
};

/** A register as the kernel sees it: what stops a CPU takes it out of its guest first, and a VM exit loads the host's state. */
export function kernelRegister(hardware: CpuHardware, name: string): bigint {
  const vmcs = hardware.vmx.isInGuest
    ? hardware.vmcss.find(({ isCurrent }) => isCurrent)
    : undefined;
  const field = hostState[name];
  if (vmcs && field !== undefined) return vmcs.fields.get(field) ?? 0n;
  // A VM exit clears the flags but for the bit that is always set.
  if (vmcs && name === 'rflags') return 2n;
  return hardware.registers.get(name) ?? 0n;
}
