/** A stopped machine as an ELF core: registers, touched memory, hardware state, and the kernel image that explains them. */
import type { CpuRegisters, Dump, DumpNote } from '../dump-format/dump.ts';
import { writeCore } from '../dump-format/core-writer.ts';
import type { ElfFile } from '../dump-format/elf/elf.ts';
import { DumpMemory, dumpSegments } from './dump-memory.ts';
import { hardwareNote, writeHardwareState } from './hardware-state.ts';
import { kernelRegister } from './host-registers.ts';
import type { CpuHardware, Machine } from './machine/machine.ts';

/** A kernel image, opened twice: as a file to carry along, and for its symbols and types. */
export interface OpenImage {
  readonly elf: ElfFile;
  readonly dump: Dump;
}

/** `pr_cursig`: what debuggers say the dump was taken for. */
export const signal = { panic: 6, forced: 2 } as const;

/** Bits of CR3 that are the address of the page table root. */
const rootMask = 0x000f_ffff_ffff_f000n;

/** The registers that a dump's notes have and the machine calls the same. */
const noteRegisters = (
  'rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 ' +
  'rip rflags cs ss ds es fs gs fs_base gs_base'
).split(' ');

/**
 * Yields the bytes of the dump. The machine stays as it is: hardware state goes into the dump's copy of its reserved memory.
 *
 * @param panickingCpu the CPU that panicked, or the one that executed last
 */
export function machineCore(
  machine: Machine,
  image: OpenImage,
  panickingCpu: number,
  dumpSignal: number,
): Generator<Uint8Array> {
  const hardware = Array.from({ length: machine.cpuCount }, (_, cpu) => machine.hardware(cpu));
  const memory = new DumpMemory(machine, kernelRoot(hardware));
  const { symbols, debugInfo } = image.dump;
  const notes: DumpNote[] = [];
  if (debugInfo) {
    writeHardwareState(machine, symbols, debugInfo, memory);
    const note = hardwareNote(machine, symbols, debugInfo);
    if (note) notes.push(note);
  }
  return writeCore({
    image: image.elf,
    imageName: 'unix',
    cpus: hardware.map(registersOf),
    panickingCpu,
    signal: dumpSignal,
    segments: dumpSegments(memory),
    info: infoLines(machine, image.dump, memory),
    notes,
    sources: new Map(),
  });
}

function registersOf(hardware: CpuHardware): CpuRegisters {
  const registers = new Map(
    noteRegisters.map((name) => [name, kernelRegister(hardware, name)] as const),
  );
  return { cpu: hardware.cpu, registers, fxsave: hardware.fxsave };
}

/** All address spaces share the kernel's half, so any CPU's will do. */
function kernelRoot(hardware: readonly CpuHardware[]): bigint {
  const [first] = hardware;
  return first ? kernelRegister(first, 'cr3') & rootMask : 0n;
}

/** The kernel's own lines (`kernel_info` in common/kernel.h), addresses filled in, then what every dump of ours has. */
function infoLines(
  machine: Machine,
  kernel: Dump,
  memory: DumpMemory,
): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  const text = kernel.symbols.byName('kernel_info');
  for (const line of text ? memory.readText(text.address).split('\n') : []) {
    const symbol = /^SYMBOL\((\w+)\)$/.exec(line)?.[1];
    const address = symbol === undefined ? undefined : kernel.symbols.byName(symbol)?.address;
    const equals = line.indexOf('=');
    if (address !== undefined) lines.set(line, address.toString(16));
    else if (equals > 0) lines.set(line.slice(0, equals), line.slice(equals + 1));
  }
  const { cpus, memoryModel, tscFrequency } = machine.configuration;
  lines.set('PAGESIZE', '4096');
  lines.set('NUMBER(cpus)', String(cpus));
  lines.set('MEMORYMODEL', memoryModel);
  lines.set('TSCFREQUENCY', tscFrequency.toString());
  return lines;
}
