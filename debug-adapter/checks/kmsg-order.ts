/** Did a core take up another process after its owner's death, before it had left the dead one's address space? */
import { cores, kernelMessageTrace, type Core } from '../facts/akaros/cores.ts';
import { structure } from '../facts/akaros/evidence.ts';
import { pid, weakPointers } from '../facts/akaros/processes.ts';
import type { Target } from '../target/target.ts';
import type { Check } from './check.ts';

const check = 'kmsg_order';

export const kmsgOrder: Check = {
  name: check,
  summary: 'no kthread restart and no new owner between a death and leaving the dead address space',
  source: 'akaros e11b3eb75680: process_routine_kmsg never abandons between messages',
  applies: (target) =>
    target.findType('struct pcpu_trace_event') !== undefined && target.hasGlobal('per_cpu_info'),
  *run(target) {
    const isFixed = target.symbols.byName('__clear_owning_proc') !== undefined;
    for (const core of cores(target)) {
      const names = [...kernelMessageTrace(target, core)].map(
        (address) => target.symbolize(address) ?? '?',
      );
      const death = names.lastIndexOf('__death');
      const message = death < 0 ? undefined : nextProcess(names.slice(death + 1));
      if (message === undefined || core.currentProc === 0n) continue;
      const dead = deadProcess(target, core);
      if (dead === undefined || dead === core.currentProc) continue;
      yield {
        check,
        severity: isFixed ? 'OK' : 'WARNING',
        verdict: `core ${core.id} ran ${message} for pid ${pid(target, core.currentProc)} after __death without abandoning: cur_proc ref of pid ${pid(target, dead)} dropped at address-space switch`,
        evidence: [
          {
            spans: [{ kind: 'text', text: names.slice(death).join('  ') }],
            line: `0t${core.id}::trace`,
          },
          structure(
            'kthread that runs',
            'struct kthread',
            core.info.member('cur_kthread').unsigned(),
          ),
        ],
      };
    }
  },
};

/** The message that brought the process that the core works for: what is given a core stays, a restarted kthread goes when it is done. */
function nextProcess(messages: readonly string[]): string | undefined {
  return ['__startcore', '__launch_kthread'].find((name) => messages.includes(name));
}

/** The process whose guest core lingers here and that has died. */
function deadProcess(target: Target, core: Core): bigint | undefined {
  if (core.lingeringGuest === 0n) return undefined;
  const process = target.value('struct guest_pcore', core.lingeringGuest).member('proc').unsigned();
  const isDead = target.value('struct proc', process).path('p_kref.refcount').signed() === 0n;
  return isDead && weakPointers(target, process).length > 0 ? process : undefined;
}
