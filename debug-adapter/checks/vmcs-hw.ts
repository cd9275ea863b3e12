/** Does hardware hold a VMCS that the kernel has freed, or that two cores have active; was one cleared after it had been freed? */
import { cores, functionsOf, kernbase, type Core } from '../facts/akaros/cores.ts';
import { hex, structure } from '../facts/akaros/evidence.ts';
import { guestCores } from '../facts/akaros/processes.ts';
import { freedKmalloc, isPageFree } from '../facts/akaros/slab.ts';
import { lastInstructions } from '../facts/akaros/vmx.ts';
import type { Target } from '../target/target.ts';
import type { Check, Evidence, Finding } from './check.ts';

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
      if (freedKmalloc(target, guest)) continue;
      claimed.add(target.value('struct guest_pcore', guest).member('vmcs').unsigned() - kernbase);
    }
    const seen = new Map<bigint, number>();
    for (const core of cores(target)) {
      yield* current(target, core, claimed, seen);
      yield* clearedAfterFree(target, core, claimed);
    }
  },
};

/** @param claimed physical addresses of the VMCSs of guest cores that exist; `seen`: of those current on the cores before, with the core */
function* current(
  target: Target,
  core: Core,
  claimed: ReadonlySet<bigint>,
  seen: Map<bigint, number>,
): Generator<Finding> {
  const vmcs = core.hardwareVmcs;
  if (vmcs === undefined) return;
  const error = (verdict: string): Finding => ({
    check,
    severity: 'ERROR',
    verdict,
    evidence: [hardwareOf(target, core, 'current_vmcs_pa')],
  });
  const other = seen.get(vmcs);
  if (other !== undefined)
    yield error(`VMCS 0x${hex(vmcs)} is current on cores ${other} and ${core.id}`);
  seen.set(vmcs, core.id);
  if (isPageFree(target, vmcs)) {
    yield error(`core ${core.id}: current VMCS 0x${hex(vmcs)} is on a free page`);
  } else if (!claimed.has(vmcs) && !functionsOf(target, core.id).includes('create_guest_pcore')) {
    yield error(
      `core ${core.id}: hardware still has VMCS 0x${hex(vmcs)} current, no guest core claims it`,
    );
  }
}

/**
 * VMCLEAR writes the processor's data to the page, whoever has the page by then. When no guest core has it now, and the core flushed the
 * same VM's translations just before, as freeing a VM does, the page was free already.
 *
 * Source: akaros ea5f9e0d (lazy unload), before 92876680 put an INVEPT behind the VMCLEAR; Intel SDM 3, 25.11.3.
 */
function* clearedAfterFree(
  target: Target,
  core: Core,
  claimed: ReadonlySet<bigint>,
): Generator<Finding> {
  const { last, previous } = lastInstructions(target, core.id);
  if (last?.name !== 'VMCLEAR' || last.result !== 'done' || previous?.name !== 'INVEPT') return;
  const [page] = last.operands;
  const [, eptp] = previous.operands;
  if (claimed.has(page) || functionsOf(target, core.id).includes('vmx_clear_vmcs')) return;
  const since = isPageFree(target, page) ? '' : ", and is somebody else's now";
  if (!holdsWord(target.physical.readAvailable(page, 0x1000), eptp)) return;
  yield {
    check,
    severity: 'ERROR',
    verdict: `core ${core.id}: VMCLEAR wrote VMCS 0x${hex(page)} to a page that was already free${since}: INVEPT of its eptp 0x${hex(eptp)} came first`,
    evidence: [
      hardwareOf(target, core, 'last_vmx_op last_vmx_operand prev_vmx_op prev_vmx_operand'),
      {
        spans: [{ kind: 'text', text: 'the page, which holds the EPT pointer' }],
        line: `${hex(page + kernbase)},0t512/J`,
        address: page + kernbase,
      },
    ],
  };
}

function holdsWord(bytes: Uint8Array, word: bigint): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset + 8 <= bytes.length; offset += 8)
    if (view.getBigUint64(offset, true) === word) return true;
  return false;
}

function hardwareOf(target: Target, core: Core, members: string): Evidence {
  const address = target.hardware?.cpu(core.id).address ?? 0n;
  return structure('sim_cpu', 'struct sim_cpu', address, members);
}
