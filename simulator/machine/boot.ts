/** The state of a machine before its first step: image in memory, boot page tables, registers as `docs/platform.md` promises them. */
import { UsageError } from '../../dump-format/errors.ts';
import type { Cpu } from './cpu.ts';
import {
  APIC_BASE,
  CR0,
  CR3,
  CR4,
  CURRENT_VMCS,
  DR6,
  DR7,
  EFER,
  FEATURE_CONTROL,
  FLAG_KIND,
  MXCSR,
  PAT,
  RDI,
  RDX,
  RIP,
  RSI,
  SELECTORS,
  SPURIOUS_VECTOR,
  LVT_TIMER,
  VMXON_POINTER,
  XCR0,
  flagKinds,
} from './layout.ts';
import { initializeX87 } from './fpu-state.ts';
import type { KernelImage } from './machine.ts';
import { pageSize } from './physical-memory.ts';
import type { PhysicalMemory } from './physical-memory.ts';

/** Physical addresses of the boot page tables, below the image at 1 MiB. */
const bootTables = { top: 0x1000, pointers: 0x2000, directory: 0x3000 } as const;

const largePage = 0x200000;
const present = 1n;
const writable = 2n;
const large = 0x80n;

/** Copies the segments of an image. @throws UsageError when one lies outside memory */
export function loadImage(memory: PhysicalMemory, image: KernelImage): void {
  for (const segment of image.segments) {
    const end = segment.physicalAddress + BigInt(segment.memorySize);
    if (end > BigInt(memory.size)) {
      const where = segment.physicalAddress.toString(16);
      throw new UsageError(`${image.name}: segment at physical ${where} is beyond memory`);
    }
    const start = Number(segment.physicalAddress);
    memory.write(start, segment.bytes);
    for (let at = start; at < start + segment.memorySize; at += pageSize)
      memory.touch(Math.floor(at / pageSize));
    if (segment.memorySize > 0)
      memory.touch(Math.floor((start + segment.memorySize - 1) / pageSize));
  }
}

/** Maps the first GiB of physical memory (or what there is of it) at 0xffffffff80000000 by 2 MiB pages. */
export function writeBootTables(memory: PhysicalMemory): void {
  memory.write64(bootTables.top + 511 * 8, BigInt(bootTables.pointers) | present | writable);
  memory.write64(bootTables.pointers + 510 * 8, BigInt(bootTables.directory) | present | writable);
  const count = Math.min(512, Math.ceil(memory.size / largePage));
  for (let i = 0; i < count; i++) {
    const entry = BigInt(i * largePage) | present | writable | large;
    memory.write64(bootTables.directory + i * 8, entry);
  }
}

/** Registers of one CPU at the entry point. */
export function resetCpu(cpu: Cpu, entry: bigint, memorySize: number): void {
  cpu.r[FLAG_KIND] = flagKinds.explicit;
  cpu.set64(RIP, entry);
  cpu.set64(RDI, BigInt(cpu.index));
  cpu.set64(RSI, BigInt(cpu.machine.cpus.length));
  cpu.set64(RDX, BigInt(memorySize));
  cpu.set64(CR0, 0x80010033n);
  cpu.set64(CR3, BigInt(bootTables.top));
  cpu.set64(CR4, 0x40620n);
  cpu.set64(EFER, 0xd01n);
  cpu.set64(XCR0, 7n);
  cpu.set64(PAT, 0x0007040600070406n);
  cpu.set64(APIC_BASE, 0xfee00c00n | (cpu.index === 0 ? 0x100n : 0n));
  cpu.set64(FEATURE_CONTROL, 5n);
  cpu.set64(VMXON_POINTER, 0xffffffffffffffffn);
  cpu.set64(CURRENT_VMCS, 0xffffffffffffffffn);
  cpu.set64(DR6, 0xffff0ff0n);
  cpu.set64(DR7, 0x400n);
  cpu.r[SPURIOUS_VECTOR] = 0xff;
  cpu.r[LVT_TIMER] = 0x10000;
  const selectors = [0x10, 8, 0x10, 0x10, 0, 0];
  selectors.forEach((selector, i) => cpu.set(SELECTORS + i, selector));
  initializeX87(cpu);
  cpu.r[MXCSR] = 0x1f80;
}
