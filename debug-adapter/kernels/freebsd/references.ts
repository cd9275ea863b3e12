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
  {
    holder: { type: 'struct pcpu', member: 'pc_curpmap' },
    refersTo: 'struct vmspace',
    inside: 'vm_pmap',
    strength: 'implicit',
    walker: 'cpu',
    note: 'the address space that a CPU uses: it must leave before its thread lets go (D26923)',
  },
];
