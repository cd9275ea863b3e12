/** Do a core's owner, context and address space agree? */
import { cores, functionsOf, noVcore, type Core } from '../facts/akaros/cores.ts';
import { structure } from '../facts/akaros/evidence.ts';
import { pid } from '../facts/akaros/processes.ts';
import type { Target } from '../target/target.ts';
import type { Check, Severity } from './check.ts';

const check = 'core_ctx';
const userState = 2n;
/** `SIM_CPU_GUEST` of `sim_cpu.flags`. Source: docs/platform.md. */
const inGuest = 4n;

/** Functions that give a core an owner, or take it. */
const ownerChanges = ['__startcore', 'clear_owning_proc'];

export const coreContext: Check = {
  name: check,
  summary: 'owner, vcore, context and CR3 of each core agree',
  source: 'akaros, kern/include/smp.h, struct per_cpu_info',
  applies: (target) =>
    target.findType('struct guest_pcore') !== undefined && target.hasGlobal('per_cpu_info'),
  *run(target) {
    if (!target.hardware) {
      const verdict = 'no control registers in this dump: CR3 is not compared';
      yield { check, severity: 'SKIPPED', verdict, evidence: [] };
    }
    for (const core of cores(target)) {
      for (const [severity, verdict] of judge(target, core)) {
        yield {
          check,
          severity,
          verdict,
          evidence: [structure(`core ${core.id}`, 'struct per_cpu_info', core.info.address ?? 0n)],
        };
      }
    }
  },
};

function* judge(target: Target, core: Core): Generator<[Severity, string]> {
  // One member of the owner is stored after the other.
  const isChanging = functionsOf(target, core.id).some((name) => ownerChanges.includes(name));
  if (!isChanging) yield* ownership(core);
  yield* addressSpace(target, core);
}

function* ownership(core: Core): Generator<[Severity, string]> {
  const vcore = core.info.member('owning_vcoreid').unsigned();
  const context = core.info.member('cur_ctx').unsigned();
  if ((core.owningProc === 0n) !== (vcore === noVcore)) {
    yield [
      'ERROR',
      `core ${core.id}: owning_proc and owning_vcoreid 0x${vcore.toString(16)} disagree`,
    ];
  }
  if (core.owningProc === 0n && context !== 0n)
    yield ['ERROR', `core ${core.id}: has a cur_ctx but no owner`];
  if (
    core.info.member('cpu_state').unsigned() === userState &&
    core.currentProc !== core.owningProc
  ) {
    yield ['ERROR', `core ${core.id}: in user mode with cur_proc and owning_proc different`];
  }
}

function* addressSpace(target: Target, core: Core): Generator<[Severity, string]> {
  const cpu = target.hardware?.cpu(core.id);
  // In a guest, CR3 is the guest's own.
  if (!cpu || (cpu.member('flags').unsigned() & inGuest) !== 0n) return;
  const root = cpu.member('cr3').unsigned();
  const boot = target.global('boot_cr3').unsigned();
  if (core.currentProc === 0n) {
    if (root !== boot)
      yield ['ERROR', `core ${core.id}: CR3 0x${root.toString(16)} is no process's: cur_proc is 0`];
    return;
  }
  if (root === target.value('struct proc', core.currentProc).member('env_cr3').unsigned()) return;
  const isLeaving = root === boot && functionsOf(target, core.id).includes('__abandon_core');
  yield isLeaving
    ? [
        'NOTE',
        `core ${core.id}: CR3 is boot_cr3 while cur_proc is pid ${pid(target, core.currentProc)}: core is inside __abandon_core`,
      ]
    : isRestarting(target, core)
      ? ['OK', `core ${core.id}: between two address spaces`]
      : [
          'ERROR',
          `core ${core.id}: CR3 0x${root.toString(16)} is not that of cur_proc (pid ${pid(target, core.currentProc)})`,
        ];
}

function isRestarting(target: Target, core: Core): boolean {
  return functionsOf(target, core.id).some(
    (name) => name === 'restart_kthread' || name === '__set_proc_current',
  );
}
