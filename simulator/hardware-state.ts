/** Writes what the processors know into the memory that a kernel reserves for it (`common/sim_cpu.h`), by the members' names. */
import { strip, type CType, type Member, type RecordType } from '../dump-format/ctype.ts';
import type { DebugInfo } from '../dump-format/debug-info.ts';
import type { DumpNote } from '../dump-format/dump.ts';
import type { SymbolTable } from '../dump-format/symbols.ts';
import { kernelRegister } from './host-registers.ts';
import type { BufferedAccess, CpuHardware, Machine, MemoryModel } from './machine/machine.ts';

/** Memory to write into, by kernel addresses. */
export interface StateMemory {
  write(address: bigint, bytes: Uint8Array): void;
  /** Undefined when nothing is mapped there. */
  readU64(address: bigint): bigint | undefined;
  readU32(address: bigint): number | undefined;
}

/** Values of one C structure by member name; what the kernel's structure does not have is left out. */
type Fields = Readonly<
  Record<string, bigint | number | Uint8Array | readonly bigint[] | undefined>
>;

const flag = { halted: 1, vmx: 2, guest: 4 } as const;
const vmcsFlag = { launched: 1, active: 2 } as const;

/** VMCS field encodings. Source: Intel SDM 3, appendix B. */
const field = {
  eptPointer: 0x201a,
  instructionError: 0x4400,
  exitReason: 0x4402,
  guestCr0: 0x6800,
  guestCr3: 0x6802,
  guestRsp: 0x681c,
  guestRip: 0x681e,
  hostCr0: 0x6c00,
  hostRip: 0x6c16,
} as const;

/** `rax rcx rdx rbx rsp rbp rsi rdi r8..r15`: the order of the encoding, which `gpr[]` has. */
const generalRegisters = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  ...Array.from({ length: 8 }, (_, index) => `r${index + 8}`),
];

/** Registers that `struct sim_cpu` has under the machine's own names. */
const plainRegisters = [
  'tsc',
  'cr0',
  'cr2',
  'cr3',
  'cr4',
  'cr8',
  'rip',
  'rsp',
  'rbp',
  'rflags',
  'efer',
  'xcr0',
  'fs_base',
  'gs_base',
  'kernel_gs_base',
  'sysenter_cs',
  'sysenter_esp',
  'sysenter_eip',
  'star',
  'lstar',
  'sfmask',
  'gdtr_base',
  'idtr_base',
  'gdtr_limit',
  'idtr_limit',
  'tr',
  'cs',
  'ss',
];

/** Fills `sim_cpu[]` and the arrays it points to. Does nothing for an image that has none. */
export function writeHardwareState(
  machine: Machine,
  symbols: SymbolTable,
  types: DebugInfo,
  memory: StateMemory,
): void {
  const cpus = arrayNamed('sim_cpu', symbols, types);
  if (!cpus) return;
  for (let cpu = 0; cpu < Math.min(machine.cpuCount, cpus.count); cpu++) {
    const hardware = machine.hardware(cpu);
    const tables = writeTables(cpu, hardware, symbols, types, memory);
    writeRecord(memory, cpus.element, cpus.address + BigInt(cpu * cpus.element.size), {
      ...cpuFields(hardware),
      ...tables,
      curctx: currentContext(hardware, symbols, memory),
    });
  }
  writeVmcss(machine, symbols, types, memory);
}

function cpuFields(hardware: CpuHardware): Fields {
  const { registers, fxsave, vmx, counters, pendingInterrupts } = hardware;
  const view = new DataView(fxsave.buffer, fxsave.byteOffset, fxsave.byteLength);
  const pending = bits256(pendingInterrupts);
  return {
    ...Object.fromEntries(plainRegisters.map((name) => [name, registers.get(name)])),
    cpuid: hardware.cpu,
    flags:
      (hardware.isHalted ? flag.halted : 0) |
      (vmx.isOn ? flag.vmx : 0) |
      (vmx.isInGuest ? flag.guest : 0),
    gpr: generalRegisters.map((name) => registers.get(name) ?? 0n),
    fcw: view.getUint16(0, true),
    fsw: view.getUint16(2, true),
    ftw: view.getUint8(4),
    mxcsr: view.getUint32(0x18, true),
    xmm: fxsave.subarray(0xa0, 0x1a0),
    ymm_high: hardware.ymmHigh,
    ipi_pending: pending[0],
    irr: pending,
    cnt_cr3_load: counters.cr3Loads,
    cnt_invlpg: counters.invlpgs,
    cnt_invltlb: counters.tlbFlushes,
    cnt_ipi_sent: counters.ipisSent,
    cnt_ipi_recv: counters.ipisReceived,
    vmxon_pa: vmx.isOn ? vmx.vmxonPointer : 0xffff_ffff_ffff_ffffn,
    current_vmcs_pa: vmx.currentVmcs,
    last_vmx_op: vmx.last.op,
    last_vmx_result: vmx.last.result,
    last_vmx_operand: vmx.last.operands,
    prev_vmx_op: vmx.previous.op,
    prev_vmx_result: vmx.previous.result,
    prev_vmx_operand: vmx.previous.operands,
    ept_tags_n: vmx.eptTags.length,
    ept_tags: vmx.eptTags,
  };
}

/**
 * The word at `%gs:sim_curctx_offset`: the kernel's current thread. In user mode the kernel's base waits in another register, in a
 * guest in the VMCS.
 */
function currentContext(
  hardware: CpuHardware,
  symbols: SymbolTable,
  memory: StateMemory,
): bigint | undefined {
  const symbol = symbols.byName('sim_curctx_offset');
  const offset = symbol && memory.readU32(symbol.address);
  if (offset === undefined || offset === 0xffff_ffff) return undefined;
  const isUser = hardware.privilege === 3 && !hardware.vmx.isInGuest;
  const base = kernelRegister(hardware, isUser ? 'kernel_gs_base' : 'gs_base');
  return memory.readU64(BigInt.asUintN(64, base + BigInt(offset)));
}

/** TLB and buffers of one CPU: rows of two-dimensional arrays. */
function writeTables(
  cpu: number,
  hardware: CpuHardware,
  symbols: SymbolTable,
  types: DebugInfo,
  memory: StateMemory,
): Fields {
  const fields: Record<string, bigint | number> = {};
  const put = (name: 'tlb' | 'sb' | 'lb', rows: readonly Fields[]): void => {
    const table = arrayNamed(`sim_${name}`, symbols, types);
    const perCpu = table?.innerCount ?? 0;
    if (!table || perCpu === 0) return;
    const start = table.address + BigInt(cpu * perCpu * table.element.size);
    const count = Math.min(rows.length, perCpu);
    for (let index = 0; index < count; index++)
      writeRecord(
        memory,
        table.element,
        start + BigInt(index * table.element.size),
        rows[index] ?? {},
      );
    fields[name] = start;
    fields[`${name}_n`] = count;
    fields[`${name}_max`] = perCpu;
  };
  put(
    'tlb',
    hardware.tlb.map((entry) => ({
      va: entry.virtualAddress,
      pa: entry.physicalAddress,
      cr3: entry.cr3,
      flags: entry.flags,
      pcid: entry.pcid,
      asid: entry.asid,
      fill_tick: entry.fillStep,
    })),
  );
  put('sb', hardware.storeBuffer.map(buffered));
  put('lb', hardware.loadBuffer.map(buffered));
  return fields;
}

function buffered(entry: BufferedAccess): Fields {
  return {
    addr: entry.virtualAddress,
    value: entry.value,
    size: entry.size,
    seq: entry.sequence,
  };
}

/** Every VMCS that some CPU has active, by CPU. */
function writeVmcss(
  machine: Machine,
  symbols: SymbolTable,
  types: DebugInfo,
  memory: StateMemory,
): void {
  const table = arrayNamed('sim_vmcs', symbols, types);
  const total = symbols.byName('sim_vmcs_n');
  if (!table || !total) return;
  let count = 0;
  for (let cpu = 0; cpu < machine.cpuCount; cpu++) {
    for (const vmcs of machine.hardware(cpu).vmcss) {
      if (count >= table.count) break;
      const read = (encoding: number): bigint | undefined => vmcs.fields.get(encoding);
      writeRecord(memory, table.element, table.address + BigInt(count * table.element.size), {
        pa: vmcs.physicalAddress,
        flags: vmcsFlag.active | (vmcs.isLaunched ? vmcsFlag.launched : 0),
        active_cpu: vmcs.cpu,
        eptp: read(field.eptPointer),
        guest_rip: read(field.guestRip),
        guest_rsp: read(field.guestRsp),
        guest_cr0: read(field.guestCr0),
        guest_cr3: read(field.guestCr3),
        host_cr0: read(field.hostCr0),
        host_rip: read(field.hostRip),
        exit_reason: read(field.exitReason),
        instruction_error: read(field.instructionError),
      });
      count++;
    }
  }
  memory.write(total.address, littleEndian(BigInt(count), 4));
}

interface NamedArray {
  readonly address: bigint;
  /** Elements of the outer dimension. */
  readonly count: number;
  /** Elements of the inner one, for an array of arrays. */
  readonly innerCount: number | undefined;
  readonly element: RecordType;
}

function arrayNamed(name: string, symbols: SymbolTable, types: DebugInfo): NamedArray | undefined {
  const symbol = symbols.byName(name);
  const variable = types.variable(name);
  const outer = variable && strip(variable.type);
  if (!symbol || outer?.kind !== 'array') return undefined;
  const inner = strip(outer.element);
  const element = inner.kind === 'array' ? strip(inner.element) : inner;
  if (element.kind !== 'struct') return undefined;
  return {
    address: symbol.address,
    count: outer.count ?? 0,
    innerCount: inner.kind === 'array' ? inner.count : undefined,
    element,
  };
}

/** Writes the members that both sides know. */
function writeRecord(memory: StateMemory, type: RecordType, address: bigint, fields: Fields): void {
  for (const member of type.members) {
    const value = member.name === undefined ? undefined : fields[member.name];
    if (value === undefined) continue;
    memory.write(address + BigInt(member.offset), encode(member, value));
  }
}

function encode(member: Member, value: NonNullable<Fields[string]>): Uint8Array {
  const size = strip(member.type).size;
  if (typeof value === 'bigint' || typeof value === 'number')
    return littleEndian(BigInt(value), size);
  const bytes = new Uint8Array(size);
  if (value instanceof Uint8Array) {
    bytes.set(value.subarray(0, size));
    return bytes;
  }
  const width = elementSize(member.type);
  for (let index = 0; index < value.length && (index + 1) * width <= size; index++)
    bytes.set(littleEndian(value[index] ?? 0n, width), index * width);
  return bytes;
}

function elementSize(type: CType): number {
  const array = strip(type);
  return array.kind === 'array' ? array.element.size : array.size;
}

function littleEndian(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes.subarray(0, size);
}

/** Four words with a bit per vector. */
function bits256(vectors: readonly number[]): readonly bigint[] {
  const words = [0n, 0n, 0n, 0n];
  for (const vector of vectors) {
    const word = Math.floor(vector / 64);
    words[word] = (words[word] ?? 0n) | (1n << BigInt(vector % 64));
  }
  return words;
}

const memoryModelNumbers: Readonly<Record<MemoryModel, number>> = { sc: 0, tso: 1, weak: 2 };

/** The vendor note that names the hardware table; undefined for an image without one. Layout: docs/platform.md. */
export function hardwareNote(
  machine: Machine,
  symbols: SymbolTable,
  types: DebugInfo,
): DumpNote | undefined {
  const cpus = arrayNamed('sim_cpu', symbols, types);
  if (!cpus) return undefined;
  const { memoryModel, tscFrequency } = machine.configuration;
  const data = new Uint8Array(48);
  const view = new DataView(data.buffer);
  view.setUint32(0, 1, true);
  view.setUint32(4, 62, true);
  view.setUint32(8, memoryModelNumbers[memoryModel], true);
  view.setUint32(12, Math.min(machine.cpuCount, cpus.count), true);
  view.setBigUint64(16, cpus.address, true);
  view.setBigUint64(24, BigInt(cpus.element.size), true);
  view.setBigUint64(32, tscFrequency, true);
  view.setBigUint64(40, BigInt(machine.steps), true);
  return { owner: 'SIMHW', type: 0x53494d31, data };
}
