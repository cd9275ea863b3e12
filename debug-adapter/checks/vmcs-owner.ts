/** Does a core hold on to the VMCS of a guest core that nothing keeps alive? */
import { cores, functionsOf, kernbase, type Core } from '../facts/akaros/cores.ts';
import { hex, structure } from '../facts/akaros/evidence.ts';
import { isFreedProcess, pid, progname } from '../facts/akaros/processes.ts';
import { freedKmalloc, isPageFree } from '../facts/akaros/slab.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'vmcs_owner';

export const vmcsOwner: Check = {
  name: check,
  summary: 'a lingering VMCS belongs to the process that owns its core',
  source: 'akaros e11b3eb75680, VMCS must be cleared when owning_proc changes',
  applies: (target) =>
    target.findType('struct guest_pcore') !== undefined &&
    target.symbols.byName('__percpu_gpc_to_clear_to') !== undefined,
  *run(target) {
    let clean = 0;
    for (const core of cores(target)) {
      const found = [...judge(target, core)];
      if (found.length === 0) clean++;
      yield* found;
    }
    yield {
      check,
      severity: 'OK',
      verdict: `${clean} cores hold no VMCS that is not their owner's`,
      evidence: [],
    };
  },
};

function* judge(target: Target, core: Core): Generator<Finding> {
  const guest = core.lingeringGuest;
  if (guest === 0n) return;
  const value = target.value('struct guest_pcore', guest);
  const vmcs = value.member('vmcs').unsigned();
  const process = value.member('proc').unsigned();
  const evidence = [
    structure('guest core', 'struct guest_pcore', guest),
    structure('its process', 'struct proc', process, 'pid state p_kref env_pgdir'),
    { spans: [{ kind: 'text' as const, text: 'who owns the core' }], line: '::pcpui' },
  ];
  const freed = freedKmalloc(target, guest);
  if (freed) {
    const page = isPageFree(target, vmcs - kernbase) ? 'free' : 'in use';
    const where = (freed.where ?? '').replace(
      / (loaded|prev) magazine$/,
      ` ${freed.cache} magazine`,
    );
    yield {
      check,
      severity: 'ERROR',
      verdict: `core ${core.id}: gpc_to_clear_to -> ${hex(guest)} is FREED memory (kmalloc tag refcount 0, in ${where}); its VMCS page ${hex(vmcs)} is ${page}`,
      evidence,
    };
    return;
  }
  if (isFreedProcess(target, process)) {
    yield {
      check,
      severity: 'ERROR',
      verdict: `core ${core.id}: cached VMCS belongs to a freed process ${hex(process)}`,
      evidence,
    };
    return;
  }
  if (core.owningProc !== process) {
    const isFixed = target.symbols.byName('__clear_owning_proc') !== undefined;
    const owner =
      core.owningProc === 0n
        ? 'nobody'
        : `pid ${pid(target, core.owningProc)} (${progname(target, core.owningProc)})`;
    yield {
      check,
      severity: isFixed ? 'NOTE' : 'WARNING',
      verdict: `core ${core.id} caches the VMCS of pid ${pid(target, process)} but is owned by ${owner}: nothing keeps GPC ${hex(guest)} alive here`,
      evidence,
    };
  }
  yield* crossCheck(target, core, vmcs);
}

/** The guest core's own word against hardware's, unless the CPU stands between the two stores. */
function* crossCheck(target: Target, core: Core, vmcs: bigint): Generator<Finding> {
  if (!target.hardware || functionsOf(target, core.id).includes('vmx_clear_vmcs')) return;
  const recorded = target
    .value('struct guest_pcore', core.lingeringGuest)
    .member('vmcs_core_id')
    .signed();
  if (recorded === BigInt(core.id) && core.hardwareVmcs === vmcs - kernbase) return;
  const hardware = core.hardwareVmcs === undefined ? 'none' : `0x${hex(core.hardwareVmcs)}`;
  yield {
    check,
    severity: 'ERROR',
    verdict: `core ${core.id}: lingering GPC ${hex(core.lingeringGuest)} says core ${recorded}, hardware's current VMCS is ${hardware}`,
    evidence: [structure('guest core', 'struct guest_pcore', core.lingeringGuest)],
  };
}
