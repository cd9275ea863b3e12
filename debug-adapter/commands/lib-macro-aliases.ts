/** What `$<name` runs when there is no macro file of that name. */

export const macroAliases: ReadonlyMap<string, string> = new Map([
  ['cpu', '::print cpu_t'],
  ['cpus', '::walk cpu | ::print cpu_t'],
  ['lwp', '::print klwp_t'],
  ['modctls', '::walk modctl | ::print struct modctl'],
  ['mount', '::print vfs_t'],
  ['proc', '::print proc_t'],
  ['stack', '$C'],
  ['stackregs', '::stackregs'],
  ['status', '::status'],
  ['thread', '::print kthread_t'],
  ['threadlist', '::threadlist -v'],
  ['traceall', '::threadlist -v'],
]);
