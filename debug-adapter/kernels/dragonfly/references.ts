/** Which pointers of DragonFly count as references to an object, and which only point. */
import type { Target } from '../../target/target.ts';
import type { ReferenceRule } from '../kernel.ts';

const vmspace = 'struct vmspace';
const object = 'struct vm_object';

/** Source: DragonFly, sys/proc.h, vm/vm_map.h, vm/vm_object.h, vm/vm_page.h, platform/pc64/include/pmap.h. */
const rules: readonly ReferenceRule[] = [
  {
    holder: { type: 'struct proc', member: 'p_vmspace' },
    refersTo: vmspace,
    strength: 'counted',
    walker: 'proc',
    counter: 'vm_refcnt',
    note: 'the process holds its address space',
  },
  {
    holder: { type: 'struct lwp', member: 'lwp_vmspace' },
    refersTo: vmspace,
    strength: 'weak',
    walker: 'lwp',
    note: 'lwps share the reference of their process; a vkernel’s thread may be in a guest',
  },
  {
    holder: { type: 'struct vm_map_entry', member: 'object' },
    refersTo: object,
    strength: 'counted',
    walker: 'vm_map_entry',
    counter: 'ref_count',
    note: 'each map entry that shows an object',
  },
  {
    holder: { type: 'struct pmap', member: 'pm_pteobj' },
    refersTo: object,
    strength: 'counted',
    walker: 'pmap',
    counter: 'ref_count',
    note: 'a vkernel keeps its page tables in an object',
  },
  {
    holder: { type: 'struct vm_page', member: 'object' },
    refersTo: object,
    strength: 'weak',
    walker: 'vm_page',
    note: 'pages belong to their object and die with it',
  },
  {
    holder: { type: 'struct pv_entry', member: 'pv_m' },
    refersTo: 'struct vm_page',
    strength: 'weak',
    walker: 'pv_entry',
    note: 'a mapping; taken away before its page is freed',
  },
  {
    holder: { type: 'struct pv_entry', member: 'pv_pmap' },
    refersTo: 'struct pmap',
    strength: 'weak',
    walker: 'pv_entry',
    note: 'a mapping belongs to its pmap',
  },
  {
    holder: { type: 'struct pv_entry', member: 'pv_ptem' },
    refersTo: 'struct vm_page',
    strength: 'weak',
    walker: 'pv_entry',
    note: 'a vkernel’s page table page with the entry: one of those that its wire_count counts',
  },
  {
    holder: { type: 'struct pmap', member: 'pm_pdirm' },
    refersTo: 'struct vm_page',
    strength: 'weak',
    walker: 'pmap',
    note: 'the root of a vkernel’s page tables',
  },
  {
    holder: { type: 'struct pmap', member: 'pm_ptphint' },
    refersTo: 'struct vm_page',
    strength: 'weak',
    walker: 'pmap',
    note: 'the page table page that was used last: nothing keeps it for the hint’s sake',
  },
  {
    holder: { type: 'struct vmspace_entry', member: 'id' },
    refersTo: 'struct pmap',
    strength: 'weak',
    walker: 'vmspace_entry',
    note: 'what the kernel below calls an address space of a vkernel',
  },
  {
    holder: { type: 'struct privatespace', member: 'mdglobaldata.mi.gd_curthread' },
    refersTo: 'struct thread',
    strength: 'weak',
    walker: 'cpu',
    note: 'what a CPU runs',
  },
  {
    holder: { type: 'struct privatespace', member: 'mdglobaldata.gd_npxthread' },
    refersTo: 'struct thread',
    strength: 'weak',
    walker: 'cpu',
    note: 'whose state is in the FPU of a CPU',
  },
  {
    holder: { type: 'struct lwp', member: 'lwp_thread' },
    refersTo: 'struct thread',
    strength: 'weak',
    walker: 'lwp',
    note: 'an lwp and its thread are one',
  },
];

/** Those whose structures this kernel has: a vkernel's differ. */
export function references(target: Target): readonly ReferenceRule[] {
  return rules.filter(({ holder }) => {
    if (!('type' in holder)) return true;
    const type = target.findType(holder.type);
    const [first = ''] = holder.member.split('.');
    return type?.kind === 'struct' && type.members.some(({ name }) => name === first);
  });
}
