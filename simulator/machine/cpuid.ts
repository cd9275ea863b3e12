/** CPUID: the same processor every time. */
import type { Cpu } from './cpu.ts';
import { APIC_BASE, CR4, XCR0 } from './layout.ts';
import { physicalBits } from './paging.ts';

/** eax, ebx, ecx, edx. */
export type CpuidResult = readonly [number, number, number, number];

const none: CpuidResult = [0, 0, 0, 0];

const osXsaveEnable = 0x40000;
/** vmx 5, pcid 17, x2apic 21, tsc-deadline 24, xsave 26, avx 28. */
const featuresC = (1 << 5) | (1 << 17) | (1 << 21) | (1 << 24) | (1 << 26) | (1 << 28);
/** fpu de pse tsc msr pae cx8 apic sep pge cmov pat clflush fxsr sse sse2. */
const featuresD =
  0x1f |
  (1 << 5) |
  (1 << 6) |
  (1 << 8) |
  (1 << 9) |
  (1 << 11) |
  (1 << 13) |
  (1 << 15) |
  (1 << 16) |
  (1 << 19) |
  (1 << 24) |
  (1 << 25) |
  (1 << 26);

export function cpuid(cpu: Cpu, leaf: number, subleaf: number): CpuidResult {
  if (leaf >= 0x80000000) return extendedLeaf(leaf);
  switch (leaf) {
    case 0:
      return [0x15, ...vendor('GenuineIntel')];
    case 1:
      return [
        0x000306c3,
        (cpu.index << 24) | (cpu.machine.cpus.length << 16) | 0x800,
        featuresC | ((cpu.word(CR4) & osXsaveEnable) !== 0 ? 1 << 27 : 0),
        featuresD & ~((cpu.word(APIC_BASE) & 0x800) === 0 ? 1 << 9 : 0),
      ];
    case 7:
      return subleaf === 0 ? [0, 1 | (1 << 10), 0, 0] : none;
    case 0xb:
      return topologyLeaf(cpu, subleaf);
    case 0xd:
      return xsaveLeaf(cpu, subleaf);
    case 0x15:
      return [1, 1, Number(cpu.machine.tscFrequency & 0xffffffffn), 0];
    default:
      return none;
  }
}

function extendedLeaf(leaf: number): CpuidResult {
  switch (leaf) {
    case 0x80000000:
      return [0x80000008 | 0, 0, 0, 0];
    case 0x80000001:
      return [0, 0, 1, (1 << 11) | (1 << 20) | (1 << 26) | (1 << 27) | (1 << 29)];
    case 0x80000002:
    case 0x80000003:
    case 0x80000004:
      return brand((leaf - 0x80000002) * 16);
    case 0x80000007:
      return [0, 0, 0, 1 << 8];
    case 0x80000008:
      return [physicalBits | (48 << 8), 0, 0, 0];
    default:
      return none;
  }
}

/** One thread per core, all cores in one package. */
function topologyLeaf(cpu: Cpu, subleaf: number): CpuidResult {
  if (subleaf === 0) return [0, 1, 0x100, cpu.index];
  if (subleaf === 1) return [7, cpu.machine.cpus.length, 0x201, cpu.index];
  return [0, 0, subleaf, cpu.index];
}

/** XSAVE: x87, SSE and AVX; XSAVEOPT and XSAVEC. */
function xsaveLeaf(cpu: Cpu, subleaf: number): CpuidResult {
  const enabledSize = (cpu.word(XCR0) & 4) !== 0 ? 832 : 576;
  if (subleaf === 0) return [7, enabledSize, 832, 0];
  if (subleaf === 1) return [3, enabledSize, 0, 0];
  return subleaf === 2 ? [256, 576, 0, 0] : none;
}

/** ebx, ecx, edx: the vendor's letters are in ebx, edx, ecx. */
function vendor(name: string): [number, number, number] {
  return [letters(name, 0), letters(name, 8), letters(name, 4)];
}

function brand(offset: number): CpuidResult {
  const name = 'Corewalk simulated processor'.padEnd(48, '\0');
  return [
    letters(name, offset),
    letters(name, offset + 4),
    letters(name, offset + 8),
    letters(name, offset + 12),
  ];
}

function letters(name: string, at: number): number {
  let value = 0;
  for (let i = 3; i >= 0; i--) value = (value << 8) | name.charCodeAt(at + i);
  return value;
}
