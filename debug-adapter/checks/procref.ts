/** Is each process's reference count the number of references that can be found? */
import { cores, functionsOf } from '../facts/akaros/cores.ts';
import { hex, structure } from '../facts/akaros/evidence.ts';
import { guestCores, holders, pid, processes, weakPointers } from '../facts/akaros/processes.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'procref';

/** Functions that hold a reference on their stack. */
const holdersOnStack = [
  'sys_proc_create',
  'sys_proc_destroy',
  'sys_waitpid',
  'send_posix_signal',
  'proc_signal_parent',
  'pid2proc',
];
/** Functions that move one between two places, or stand between a count and the pointer that it counts. */
const inTransit = [
  '__abandon_core',
  '__proc_disown_child',
  '__proc_free',
  '__proc_give_core',
  '__sched_proc_destroy',
  '__sched_proc_register',
  '__sem_sleep',
  '__set_proc_current',
  '__startcore',
  'alarm_release',
  'clear_owning_proc',
  'proc_alarm_alloc',
  'proc_alloc',
  'process_routine_kmsg',
  'restart_kthread',
];

export const procref: Check = {
  name: check,
  summary: 'process reference counts against their holders',
  source: 'akaros, kern/src/process.c: who holds a kref of a process',
  applies: (target) =>
    target.findType('struct guest_pcore') !== undefined && target.hasGlobal('pid_hash'),
  *run(target) {
    const busy = busyFunctions(target);
    let wrong = 0;
    let dead = 0;
    for (const process of audited(target)) {
      if (target.value('struct proc', process).path('p_kref.refcount').signed() === 0n) dead++;
      for (const finding of audit(target, process, busy)) {
        if (finding.severity === 'ERROR') wrong++;
        yield finding;
      }
    }
    if (wrong === 0) {
      yield {
        check,
        severity: dead > 0 ? 'NOTE' : 'OK',
        verdict: 'all other references accounted for; not a refcount bug',
        evidence: [],
      };
    }
  },
};

/** Live processes, and dead ones that something still points at. */
function audited(target: Target): Set<bigint> {
  const found = new Set(processes(target));
  for (const guest of guestCores(target))
    found.add(target.value('struct guest_pcore', guest).member('proc').unsigned());
  return found;
}

function busyFunctions(target: Target): ReadonlySet<string> {
  return new Set(cores(target).flatMap((core) => functionsOf(target, core.id)));
}

function* audit(target: Target, process: bigint, busy: ReadonlySet<string>): Generator<Finding> {
  const count = target.value('struct proc', process).path('p_kref.refcount').signed();
  const held = holders(target, process).reduce((sum, holder) => sum + holder.count, 0n);
  const evidence = [structure(`pid ${pid(target, process)}`, 'struct proc', process, 'p_kref')];
  if (count === 0n && held === 0n) {
    const weak = weakPointers(target, process).map((each) => each.what);
    const rest =
      weak.length === 0
        ? ''
        : ` Still reachable through weak reference(s): ${weak.join(', ')} (uncounted)`;
    const verdict = `refcount 0, no counted holder: the count is right.${rest}`;
    yield { check, severity: 'OK', verdict, evidence };
    return;
  }
  if (count === held) return;
  const isExcused = [...busy].some(
    (name) => inTransit.includes(name) || holdersOnStack.includes(name),
  );
  const verdict =
    count > held
      ? `LEAK: ${count - held} reference(s) without a holder (pid ${pid(target, process)}, refcount ${count})`
      : `UNDERCOUNT: ${held} holders, refcount ${count} (pid ${pid(target, process)}, ${hex(process)})`;
  yield { check, severity: isExcused ? 'OK' : 'ERROR', verdict, evidence };
}
