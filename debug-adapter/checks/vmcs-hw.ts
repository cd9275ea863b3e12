/** Does hardware hold a VMCS that the kernel has freed, or that two cores have active? */
import { cores, functionsOf, kernbase } from '../facts/akaros/cores.ts';
import { hex, structure } from '../facts/akaros/evidence.ts';
import { guestCores } from '../facts/akaros/processes.ts';
import { isPageFree } from '../facts/akaros/slab.ts';
import type { Check } from './check.ts';

const check = 'vmcs_hw';

export const vmcsHardware: Check = {
  name: check,
  summary: "hardware's current VMCSs are pages in use, each on one core, each some guest core's",
  source: 'Intel SDM 3, 25.11.1: a VMCS must be cleared before its page is used for anything else',
  applies: (target) => target.findType('struct guest_pcore') !== undefined,
  *run(target) {
    if (!target.hardware) {
      yield {
        check,
        severity: 'SKIPPED',
        verdict: 'SKIPPED: no hardware VMCS state in this dump',
        evidence: [],
      };
      return;
    }
    const claimed = new Set<bigint>();
    for (const guest of guestCores(target)) {
      claimed.add(target.value('struct guest_pcore', guest).member('vmcs').unsigned() - kernbase);
    }
    const seen = new Map<bigint, number>();
    for (const core of cores(target)) {
      const vmcs = core.hardwareVmcs;
      if (vmcs === undefined) continue;
      const evidence = [
        structure(
          'sim_cpu',
          'struct sim_cpu',
          target.hardware.cpu(core.id).address ?? 0n,
          'current_vmcs_pa',
        ),
      ];
      const other = seen.get(vmcs);
      if (other !== undefined) {
        yield {
          check,
          severity: 'ERROR',
          verdict: `VMCS 0x${hex(vmcs)} is current on cores ${other} and ${core.id}`,
          evidence,
        };
      }
      seen.set(vmcs, core.id);
      if (isPageFree(target, vmcs)) {
        yield {
          check,
          severity: 'ERROR',
          verdict: `core ${core.id}: current VMCS 0x${hex(vmcs)} is on a free page`,
          evidence,
        };
      } else if (
        !claimed.has(vmcs) &&
        !functionsOf(target, core.id).includes('create_guest_pcore')
      ) {
        yield {
          check,
          severity: 'ERROR',
          verdict: `core ${core.id}: hardware still has VMCS 0x${hex(vmcs)} current, no guest core claims it`,
          evidence,
        };
      }
    }
  },
};
