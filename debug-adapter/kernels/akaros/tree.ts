/** What the machine tree shows of Akaros: who owns a core, whose address space it has loaded, what lingers there; processes with who refers to them; VMCSs. */
import { cores, kernbase, type Core } from '../../facts/akaros/cores.ts';
import {
  guestCoresOf,
  holders,
  pid,
  processes,
  progname,
  stateName,
  weakPointers,
  type ProcessHolder,
} from '../../facts/akaros/processes.ts';
import { freedKmalloc } from '../../facts/akaros/slab.ts';
import { knownVmcss, type KnownVmcs } from '../../facts/akaros/vmx.ts';
import type { Target } from '../../target/target.ts';
import type { TreeNode, TreePlace } from '../kernel.ts';

export function* treeChildren(target: Target, place: TreePlace): Generator<TreeNode> {
  if (place.kind === 'machine') {
    yield { label: 'processes', line: '::ps', icon: 'list', children: () => processNodes(target) };
    yield { label: 'VMCSs', line: '::vmcs', icon: 'list', children: () => vmcsNodes(target) };
  } else if (place.kind === 'cpu') {
    const core = cores(target).find((each) => each.id === place.cpu.index);
    if (core) yield* coreNodes(target, core);
  }
}

/** Both edges from a core to a process count; the guest core that lingers there does not. */
function* coreNodes(target: Target, core: Core): Generator<TreeNode> {
  const info = hex(core.info.address ?? 0n);
  yield edge(target, 'owner', `${info}::print struct per_cpu_info owning_proc`, core.owningProc);
  yield edge(
    target,
    'address space',
    `${info}::print struct per_cpu_info cur_proc`,
    core.currentProc,
  );
  if (core.lingeringGuest !== 0n) yield lingeringNode(target, core);
  const vmcs = knownVmcss(target).find(({ physical }) => physical === core.hardwareVmcs);
  if (vmcs) yield { ...vmcsNode(vmcs), label: `current VMCS ${hex(vmcs.physical)}` };
  yield { label: 'kernel messages', line: `0t${core.id}::kmsg`, icon: 'list' };
  yield { label: 'messages that ran', line: `0t${core.id}::trace -t kmsg`, icon: 'list' };
}

function edge(target: Target, label: string, line: string, process: bigint): TreeNode {
  if (process === 0n) return { label, description: 'none', line, icon: 'reference' };
  return {
    label,
    description: `${pid(target, process)} ${progname(target, process)}`,
    line,
    address: process,
    type: 'struct proc',
    icon: 'reference',
    children: () => referenceNodes(target, process),
  };
}

function lingeringNode(target: Target, core: Core): TreeNode {
  const guest = core.lingeringGuest;
  const isFreed = freedKmalloc(target, guest) !== undefined;
  const process = target.value('struct guest_pcore', guest).member('proc').unsigned();
  const isOwners = !isFreed && process === core.owningProc;
  return {
    label: 'lingering guest core',
    description: `weak, ${hex(guest)}${isFreed ? ', FREED' : isOwners ? '' : ", not the owner's"}`,
    line: `${hex(guest)}::gpc`,
    address: guest,
    type: 'struct guest_pcore',
    icon: isOwners ? 'weak-reference' : 'warning',
  };
}

function* processNodes(target: Target): Generator<TreeNode> {
  for (const address of processes(target)) {
    const value = target.value('struct proc', address);
    const count = value.path('p_kref.refcount').signed();
    yield {
      label: progname(target, address),
      description: `pid ${pid(target, address)}, ${stateName(value.member('state').unsigned())}, ${count} references`,
      line: `${hex(address)}::procref`,
      address,
      type: 'struct proc',
      icon: 'process',
      *children() {
        yield* referenceNodes(target, address);
        for (const guest of guestCoresOf(target, address)) yield guestNode(target, guest);
      },
    };
  }
}

/** The line that prints what a holder holds with. */
const holderLines: Readonly<Record<ProcessHolder['kind'], string>> = {
  cur_proc: '::print struct per_cpu_info cur_proc',
  owning_proc: '::print struct per_cpu_info owning_proc',
  kthreads: '::print struct kthread proc',
  'children list': '::print struct proc children',
  ksched: '::print struct proc_list',
  alarms: '::print struct proc_alarm proc',
  startcore: '::print struct kernel_message',
};

function* referenceNodes(target: Target, process: bigint): Generator<TreeNode> {
  for (const { kind, what, address, count } of holders(target, process)) {
    yield {
      label: kind,
      description: `strong, ${what}${count === 1n ? '' : `, ${count} references`}`,
      line: `${hex(address)}${holderLines[kind]}`,
      address,
      icon: 'reference',
    };
  }
  for (const { what, address } of weakPointers(target, process)) {
    yield {
      label: what,
      description: 'weak, not counted',
      line:
        what === 'pid_hash' ? 'pid_hash::print' : `${hex(address)}::print struct guest_pcore proc`,
      address,
      icon: 'weak-reference',
    };
  }
}

function guestNode(target: Target, guest: bigint): TreeNode {
  const value = target.value('struct guest_pcore', guest);
  const cpu = value.member('cpu').signed();
  const active = value.member('vmcs_core_id').signed();
  const runs = cpu < 0n ? 'not running' : `runs on core ${cpu}`;
  return {
    label: 'guest core',
    description: `${runs}, ${active < 0n ? 'VMCS clear' : `VMCS active on core ${active}`}`,
    line: `${hex(guest)}::gpc`,
    address: guest,
    type: 'struct guest_pcore',
    icon: 'object',
  };
}

function* vmcsNodes(target: Target): Generator<TreeNode> {
  for (const each of knownVmcss(target)) yield vmcsNode(each);
}

/** A VMCS in use on a page that is free is what the kernel got wrong. */
function vmcsNode({ physical, state, active, isPageFree }: KnownVmcs): TreeNode {
  const where = active && active.cpu >= 0n ? ` on core ${active.cpu}` : '';
  const address = physical + kernbase;
  return {
    label: `VMCS ${hex(physical)}`,
    description: `${state ?? 'state unknown'}${where}${isPageFree ? ', page FREE' : ''}`,
    line: `${hex(address)}::print struct vmcs revision_id abort_code`,
    address,
    type: 'struct vmcs',
    icon: active && isPageFree ? 'warning' : 'register',
  };
}

function hex(value: bigint): string {
  return value.toString(16);
}
