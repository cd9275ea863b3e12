/** Which pointers of Akaros count as references to a process, and which only point. */
import type { ReferenceRule } from '../kernel.ts';

const counter = 'p_kref.refcount';
const process = 'struct proc';

/** Source: akaros, kern/src/process.c and kthread.c at commit e11b3eb75680. */
export const references: readonly ReferenceRule[] = [
  {
    holder: { type: 'struct per_cpu_info', member: 'cur_proc' },
    refersTo: process,
    strength: 'counted',
    walker: 'cpu',
    counter,
    note: 'the address space that is loaded on a core',
  },
  {
    holder: { type: 'struct per_cpu_info', member: 'owning_proc' },
    refersTo: process,
    strength: 'counted',
    walker: 'cpu',
    counter,
    note: 'the process that owns a core',
  },
  {
    holder: { type: 'struct kthread', member: 'proc' },
    refersTo: process,
    strength: 'counted',
    walker: 'kthread',
    counter,
    note: 'a sleeping kthread keeps its address space',
  },
  {
    holder: { type: 'struct proc_alarm', member: 'proc' },
    refersTo: process,
    strength: 'counted',
    walker: 'alarm',
    counter,
    note: 'an alarm that an open file keeps',
  },
  {
    holder: { own: 'ppid' },
    refersTo: process,
    strength: 'counted',
    counter,
    note: "on its parent's list of children",
  },
  {
    holder: { own: 'ksched_data.cur_list' },
    refersTo: process,
    strength: 'counted',
    counter,
    note: 'known to the scheduler, cradle to grave',
  },
  {
    holder: { symbol: 'pid_hash' },
    refersTo: process,
    strength: 'weak',
    note: 'the pid table; a lookup takes a reference, if there still is one to take',
  },
  {
    holder: { type: 'struct guest_pcore', member: 'proc' },
    refersTo: process,
    strength: 'weak',
    walker: 'gpc',
    note: 'a guest core lives as long as its process; what keeps both alive on a core is owning_proc (e11b3eb75680)',
  },
];
