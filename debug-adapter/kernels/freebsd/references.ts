/** Which pointers of FreeBSD count as references to an address space, and which only use it. */
import type { ReferenceRule } from '../kernel.ts';

/** Source: FreeBSD, vm/vm_map.c (vmspace_exit, vmspace_acquire_ref), review D26923. */
export const references: readonly ReferenceRule[] = [
  {
    holder: { type: 'struct proc', member: 'p_vmspace' },
    refersTo: 'struct vmspace',
    strength: 'counted',
    walker: 'proc',
    counter: 'vm_refcnt',
    note: 'the address space of a process',
  },
];
