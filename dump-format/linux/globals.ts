/** Types of the kernel's global variables: BTF has those of per-CPU ones alone, so the ones that people ask for are listed here. */

/** How a variable is declared: a type, a pointer to it, or an array of either. */
export interface GlobalType {
  readonly type: string;
  readonly isPointer?: true;
  readonly isArray?: true;
}

const of = (type: string): GlobalType => ({ type });
const pointerTo = (type: string): GlobalType => ({ type, isPointer: true });
const arrayOf = (type: string): GlobalType => ({ type, isArray: true });

/** Source: linux 6.1, the headers that declare them. One that a kernel declares otherwise has another name there. */
export const globalTypes: ReadonlyMap<string, GlobalType> = new Map([
  ['__cpu_online_mask', of('struct cpumask')],
  ['__cpu_possible_mask', of('struct cpumask')],
  ['__cpu_present_mask', of('struct cpumask')],
  ['__per_cpu_offset', arrayOf('unsigned long')],
  ['boot_cpu_data', of('struct cpuinfo_x86')],
  ['bus_kset', pointerTo('struct kset')],
  ['cgrp_dfl_root', of('struct cgroup_root')],
  ['contig_page_data', of('struct pglist_data')],
  ['init_cred', of('struct cred')],
  ['init_files', of('struct files_struct')],
  ['init_fs', of('struct fs_struct')],
  ['init_mm', of('struct mm_struct')],
  ['init_net', of('struct net')],
  ['init_nsproxy', of('struct nsproxy')],
  ['init_pid_ns', of('struct pid_namespace')],
  ['init_signals', of('struct signal_struct')],
  ['init_task', of('struct task_struct')],
  ['init_user_ns', of('struct user_namespace')],
  ['init_uts_ns', of('struct uts_namespace')],
  ['iomem_resource', of('struct resource')],
  ['ioport_resource', of('struct resource')],
  ['jiffies', of('unsigned long')],
  ['jiffies_64', of('u64')],
  ['linux_banner', arrayOf('char')],
  ['mem_section', pointerTo('struct mem_section *')],
  ['modules', of('struct list_head')],
  ['net_namespace_list', of('struct list_head')],
  ['node_data', arrayOf('struct pglist_data *')],
  ['nr_cpu_ids', of('unsigned int')],
  ['nr_threads', of('int')],
  ['oops_in_progress', of('int')],
  ['page_offset_base', of('unsigned long')],
  ['panic_cpu', of('atomic_t')],
  ['phys_base', of('unsigned long')],
  ['prb', pointerTo('struct printk_ringbuffer')],
  ['saved_command_line', pointerTo('char')],
  ['slab_caches', of('struct list_head')],
  ['super_blocks', of('struct list_head')],
  ['system_state', of('enum system_states')],
  ['tainted_mask', of('unsigned long')],
  ['totalram_pages', of('atomic_long_t')],
  ['_totalram_pages', of('atomic_long_t')],
  ['vmalloc_base', of('unsigned long')],
  ['vmap_area_list', of('struct list_head')],
  ['vmemmap_base', of('unsigned long')],
]);
