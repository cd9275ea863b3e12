/** Guest memory: where a guest physical address lies in the dump. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Target } from '../../target/target.ts';
import type { Vcpu } from './vcpus.ts';

/** Bytes at a guest physical address; undefined where no memory slot is, or the page is absent. */
export function readGuest(
  target: Target,
  vcpu: Vcpu,
  address: bigint,
  size: number,
): Uint8Array | undefined {
  const slot = vcpu.value.member('kvm').dereference().member('memslot');
  const offset = address - slot.member('base').unsigned();
  if (offset < 0n || offset + BigInt(size) > slot.member('size').unsigned()) return undefined;
  try {
    return target.memory.read(slot.member('userspace_addr').unsigned() + offset, size);
  } catch (error) {
    if (error instanceof FaultError) return undefined;
    throw error;
  }
}

/** Loads of 32-bit PowerPC: lwz to lhau, and lmw. Source: Power ISA 2.06, book I, appendix F. */
const loadOpcodes: ReadonlySet<number> = new Set([32, 33, 34, 35, 40, 41, 42, 43, 46]);

/**
 * Whether a PowerPC guest that has run from one address to another can have changed a register itself.
 *
 * Every instruction between the two that names the register counts, as target or as source; so does code that can't be read.
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
    const names = [(word >>> 21) & 31, (word >>> 16) & 31];
    const opcode = word >>> 26;
    const isTarget = loadOpcodes.has(opcode) ? names[0] === register : names.includes(register);
    if (isTarget && opcode !== 16 && opcode !== 18) return true;
  }
  return false;
}
