/** What QEMU adds to a dump for each CPU beside its general registers: control registers and segment bases. */
import type { CpuRegisters, DumpNote } from '../dump.ts';

/** Source: qemu, target/i386/arch_dump.c, struct QEMUCPUState, version 1. */
const owner = 'QEMU';
const stateBytes = 440;
const version = 1;
const places: readonly { readonly name: string; readonly offset: number }[] = [
  { name: 'fs_base', offset: 240 },
  { name: 'gs_base', offset: 264 },
  { name: 'cr0', offset: 392 },
  { name: 'cr2', offset: 408 },
  { name: 'cr3', offset: 416 },
  { name: 'cr4', offset: 424 },
];

/** The CPUs with what QEMU noted of them; unchanged where there is not one such note for each. */
export function withQemuState(
  cpus: readonly CpuRegisters[],
  notes: readonly DumpNote[],
): readonly CpuRegisters[] {
  const states = notes.filter(({ owner: who, data }) => who === owner && data.length >= stateBytes);
  if (states.length !== cpus.length) return cpus;
  return cpus.map((cpu, index) => {
    const data = states[index]?.data ?? new Uint8Array(stateBytes);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    if (view.getUint32(0, true) !== version) return cpu;
    const registers = new Map(cpu.registers);
    for (const { name, offset } of places) registers.set(name, view.getBigUint64(offset, true));
    return { ...cpu, registers };
  });
}
