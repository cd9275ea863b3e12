/** Guest memory: where a guest physical address lies in the dump. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';
import type { Vcpu } from './vcpus.ts';

export interface MemorySlot {
  /** Guest physical. */
  readonly base: bigint;
  readonly size: bigint;
  /** Where QEMU has it. */
  readonly userspaceAddress: bigint;
}

/** @param kvm a `struct kvm` */
export function memorySlots(kvm: Value): readonly MemorySlot[] {
  const table = kvm.member('memslots');
  const count = table.type.kind === 'array' ? (table.type.count ?? 0) : 0;
  return Array.from({ length: count }, (_, index) => {
    const slot = table.index(BigInt(index));
    return {
      base: slot.member('base').unsigned(),
      size: slot.member('size').unsigned(),
      userspaceAddress: slot.member('userspace_addr').unsigned(),
    };
  }).filter(({ size }) => size > 0n);
}

/** Whether any of a vCPU's memory can be read: QEMU has it at user addresses, which need CR3. */
export function hasGuestMemory(target: Target, vcpu: Vcpu): boolean {
  return memorySlots(vcpu.value.member('kvm').dereference()).some(
    ({ base }) => readGuest(target, vcpu, base, 1) !== undefined,
  );
}

/** Bytes at a guest physical address; undefined where no memory slot is, or the page is absent. */
export function readGuest(
  target: Target,
  vcpu: Vcpu,
  address: bigint,
  size: number,
): Uint8Array | undefined {
  for (const slot of memorySlots(vcpu.value.member('kvm').dereference())) {
    const offset = address - slot.base;
    if (offset < 0n || offset + BigInt(size) > slot.size) continue;
    try {
      return target.memory.read(slot.userspaceAddress + offset, size);
    } catch (error) {
      if (error instanceof FaultError) return undefined;
      throw error;
    }
  }
  return undefined;
}

/**
 * Whether a PowerPC guest that has run from one address to another can have changed a general register itself.
 *
 * In doubt it can: code that can't be read counts, and calls of the hypervisor and instructions that the table below doesn't know.
 */
export function mayHaveWritten(
  target: Target,
  vcpu: Vcpu,
  register: number,
  from: bigint,
  to: bigint,
): boolean {
  for (let address = from; address < to; address += 4n) {
    const bytes = readGuest(target, vcpu, address, 4);
    if (!bytes) return true;
    const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, false);
    const written = writtenRegisters(word);
    if (written === undefined || written.includes(register)) return true;
  }
  return false;
}

/** Undefined when it isn't known. Source: Power ISA 2.06, book I, appendix F: opcodes in numeric order. */
function writtenRegisters(word: number): readonly number[] | undefined {
  const opcode = word >>> 26;
  const [first, second] = [(word >>> 21) & 31, (word >>> 16) & 31];
  // Branches, comparisons, plain stores.
  if ([10, 11, 16, 18, 36, 38, 44].includes(opcode)) return [];
  // addic, addi, addis, mulli, subfic; plain loads.
  if ([7, 8, 12, 13, 14, 15, 32, 34, 40, 42].includes(opcode)) return [first];
  // Rotations and logical operations with an immediate.
  if (opcode >= 20 && opcode <= 29 && opcode !== 22) return [second];
  // cmp and cmpl.
  if (opcode === 31 && ((word >>> 1) & 0x3df) === 0) return [];
  return undefined;
}
