/** Registers in the notes of a core: `NT_PRSTATUS` and `NT_FPREGSET` as Linux lays them out for x86-64. */
import type { ByteOrder } from '../byte-reader.ts';
import type { CpuRegisters, DumpNote, DumpWarning } from '../dump.ts';
import * as elf from './constants.ts';

/** Owner of the notes that Linux, QEMU, gdb and we write. */
export const coreOwner = 'CORE';

/** Bytes of `struct elf_prstatus`; gdb takes no other size. */
export const prstatusBytes = 336;
/** Offsets in `struct elf_prstatus`. */
export const pr_cursig = 12;
export const pr_pid = 32;
export const pr_reg = 112;
export const pr_fpvalid = 328;

/** Bytes of an FXSAVE image. */
export const fxsaveBytes = 512;

/**
 * `pr_reg`, eight bytes each, by our names; `orig_rax` is no register.
 *
 * Source: Linux, arch/x86/include/asm/user_64.h, `struct user_regs_struct`.
 */
export const registerOrder = [
  'r15',
  'r14',
  'r13',
  'r12',
  'rbp',
  'rbx',
  'r11',
  'r10',
  'r9',
  'r8',
  'rax',
  'rcx',
  'rdx',
  'rsi',
  'rdi',
  'orig_rax',
  'rip',
  'cs',
  'rflags',
  'rsp',
  'ss',
  'fs_base',
  'gs_base',
  'ds',
  'es',
  'fs',
  'gs',
] as const;

/**
 * The CPUs of a core, in the order of their notes.
 *
 * QEMU and we write the number of a CPU plus one as its pid. Linux writes the pid of the task that the CPU
 * was running, 0 when idle, and user cores that of the thread; then a CPU is numbered by its place.
 *
 * @param pidIsCpu whether the writer is one of those that count CPUs
 */
export function readCpus(
  notes: readonly DumpNote[],
  order: ByteOrder,
  pidIsCpu: boolean,
  warn: (severity: DumpWarning['severity'], sentence: string) => void,
): CpuRegisters[] {
  const found: { pid: number; registers: Map<string, bigint>; fxsave: Uint8Array | undefined }[] =
    [];
  for (const { owner, type, data } of notes) {
    if (owner !== coreOwner) continue;
    if (type === elf.NT_PRSTATUS) {
      if (data.length < prstatusBytes) {
        warn(
          'error',
          `NT_PRSTATUS: need ${prstatusBytes} bytes, have ${data.length}; CPU left out`,
        );
        continue;
      }
      found.push({ ...readPrstatus(data, order), fxsave: undefined });
    } else if (type === elf.NT_FPREGSET) {
      const owner = found.at(-1);
      if (owner && data.length >= fxsaveBytes) owner.fxsave ??= data.subarray(0, fxsaveBytes);
    }
  }
  const pids = new Set(found.map(({ pid }) => pid));
  const isNumbered = pidIsCpu && pids.size === found.length && !pids.has(0);
  if (pidIsCpu && !isNumbered && found.length > 0)
    warn(
      'warning',
      'NT_PRSTATUS: pids are not distinct CPU numbers; CPUs are numbered by their place',
    );
  return found.map(({ pid, registers, fxsave }, place) => ({
    cpu: isNumbered ? pid - 1 : place,
    registers,
    fxsave,
  }));
}

function readPrstatus(
  data: Uint8Array,
  order: ByteOrder,
): { readonly pid: number; readonly registers: Map<string, bigint> } {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const little = order === 'little';
  const registers = new Map<string, bigint>();
  for (const [index, name] of registerOrder.entries())
    if (name !== 'orig_rax') registers.set(name, view.getBigUint64(pr_reg + index * 8, little));
  return { pid: view.getUint32(pr_pid, little), registers };
}
