/** What the machine tree shows of DragonFly: whose a CPU is and whose translations it has, address spaces, invalidations, pages and swap. */
import { LookupError } from '../../../dump-format/errors.ts';
import {
  lwpName,
  perCpus,
  processName,
  vmspaceOf,
  type PerCpu,
} from '../../facts/dragonfly/processes.ts';
import { cpuFpus, executesWithGuestState } from '../../facts/dragonfly/fpu.ts';
import {
  guestSpaces,
  hasCpu,
  offsetOfPmap,
  pteFlags,
  spaces,
  type Space,
} from '../../facts/dragonfly/spaces.ts';
import { judgedEntries, type JudgedEntry } from '../../facts/dragonfly/tlb.ts';
import { tlbVerdict } from '../../facts/dragonfly/tlb-verdict.ts';
import { controlRegister } from '../../target/control-registers.ts';
import type { Target } from '../../target/target.ts';
import type { TreeNode, TreePlace } from '../kernel.ts';
import { guestNodes } from './vkernel.ts';
import { invalidationNodes, memoryNodes, processNodes, spaceNodes } from './tree-memory.ts';

export function* treeChildren(target: Target, place: TreePlace): Generator<TreeNode> {
  if (place.kind === 'machine') yield* machineNodes(target);
  else if (place.kind === 'cpu') {
    const cpu = perCpus(target).find(({ id }) => id === place.cpu.index);
    if (cpu) yield* cpuNodes(target, cpu);
  }
}

function* machineNodes(target: Target): Generator<TreeNode> {
  yield list('processes', '::ps', () => processNodes(target));
  yield list('address spaces', '::pmap', () => spaceNodes(target));
  if (target.hasGlobal('invinfo'))
    yield list('invalidations', '::inval_stats', () => invalidationNodes(target));
  if (target.hasGlobal('vm_object_hash'))
    yield list('pages and swap', '::walk vm_object', () => memoryNodes(target));
  if (guestSpaces(target).length > 0)
    yield list('guests’ pages', '::vpte', () => guestNodes(target));
}

function list(label: string, line: string, children: () => Iterable<TreeNode>): TreeNode {
  return { label, line, icon: 'list', children };
}

/** Two edges: the space of the thread, and the one that is loaded. They differ while a CPU switches, and after a mistake. */
function* cpuNodes(target: Target, cpu: PerCpu): Generator<TreeNode> {
  const all = spaces(target);
  yield ownerNode(target, cpu, all);
  yield loadedNode(target, cpu, all);
  yield* activeNodes(target, cpu, all);
  if (target.hardware && cpu.id < target.hardware.count) {
    yield tlbNode(target, cpu);
    yield storesNode(target, cpu);
  }
  yield fpuNode(target, cpu);
}

function fpuNode(target: Target, cpu: PerCpu): TreeNode {
  const npx = cpu.place.path('mdglobaldata.gd_npxthread').unsigned();
  if (npx === 0n)
    return { label: 'FPU', description: 'nobody’s state', line: '::fpu', icon: 'register' };
  const state = [...cpuFpus(target)].find((each) => each.cpu === cpu.id);
  const executing = state && executesWithGuestState(state);
  const owner = `state of ${lwpName(target, npx)} ${hex(npx)}`;
  return {
    label: 'FPU',
    description: executing === undefined ? owner : `${owner}, alive while ${executing} executes`,
    line: '::fpu',
    icon: executing === undefined ? 'register' : 'warning',
    address: npx,
    type: 'struct thread',
  };
}

function ownerNode(target: Target, { currentThread }: PerCpu, all: readonly Space[]): TreeNode {
  const vmspace = vmspaceOf(target, currentThread);
  const line = `${hex(currentThread)}::print struct thread td_proc td_lwp`;
  if (vmspace === 0n)
    return { label: 'owner', description: 'none: a kernel thread', line, icon: 'reference' };
  const pmap = vmspace + BigInt(offsetOfPmap(target));
  const process = all.find((space) => space.pmap === pmap)?.process;
  const name = process === undefined ? '' : ` ${processName(target, process)}`;
  return {
    label: 'owner',
    description: `${lwpName(target, currentThread)}${name}, vmspace ${hex(vmspace)}`,
    line,
    address: vmspace,
    type: 'struct vmspace',
    icon: 'reference',
  };
}

function loadedNode(target: Target, { id }: PerCpu, all: readonly Space[]): TreeNode {
  const registers = target.cpus.find((each) => each.index === id);
  const cr3 = registers && controlRegister(target, registers, 'cr3');
  const label = 'address space';
  if (cr3 === undefined) return { label, description: 'cr3 is not in the dump', line: '::cpuinfo' };
  const space = all.find((each) => each.cr3 === cr3);
  return {
    label,
    description: `${space?.owner ?? 'of nobody'}, cr3 ${cr3.toString(16).padStart(16, '0')}`,
    line: space ? `${hex(space.pmap)}::pmap` : '::cpuinfo',
    ...(space ? { address: space.pmap, type: 'struct pmap' } : {}),
    icon: space ? 'reference' : 'warning',
  };
}

/** A bit in pm_active counts nothing: it asks for messages. A CPU without it that uses the space hears none. */
function* activeNodes(target: Target, cpu: PerCpu, all: readonly Space[]): Generator<TreeNode> {
  const registers = target.cpus.find((each) => each.index === cpu.id);
  const cr3 = registers && controlRegister(target, registers, 'cr3');
  for (const space of all) {
    if (space.isKernel) continue;
    const isActive = hasCpu(space.value.member('pm_active'), cpu.id);
    // A vkernel's CPU leaves the space of its guest whenever the guest stops.
    const isOwnGuest = space.cr3 !== space.root && isOwn(target, cpu, space);
    const isLoaded = cr3 === space.cr3 || isOwnGuest;
    if (!isActive && !isLoaded) continue;
    const isRight = isActive && isLoaded;
    yield {
      label: `pm_active of ${space.owner}`,
      description: isRight ? 'set' : isActive ? 'set, but not loaded' : 'clear, but loaded',
      line: `${hex(space.pmap)}::print struct pmap pm_active`,
      address: space.pmap,
      type: 'struct pmap',
      icon: isRight ? 'weak-reference' : 'warning',
    };
  }
}

function isOwn(target: Target, { currentThread }: PerCpu, space: Space): boolean {
  const vmspace = vmspaceOf(target, currentThread);
  return vmspace !== 0n && vmspace + BigInt(offsetOfPmap(target)) === space.pmap;
}

function tlbNode(target: Target, { id }: PerCpu): TreeNode {
  const entries = [...judgedEntries(target, id)];
  const wrong = entries.filter(({ state }) => state.kind === 'stale' || state.kind === 'dead');
  const pending = entries.filter(({ state }) => state.kind === 'pending');
  const counts = [
    `${entries.length} entries`,
    ...(wrong.length === 0 ? [] : [`${wrong.length} STALE`]),
    ...(pending.length === 0 ? [] : [`${pending.length} PENDING`]),
  ];
  return {
    label: 'TLB',
    description: counts.join(', '),
    line: `::tlb -c ${hex(BigInt(id))}`,
    icon: wrong.length > 0 ? 'warning' : 'list',
    *children() {
      for (const judged of entries) yield entryNode(target, judged);
    },
  };
}

function entryNode(target: Target, judged: JudgedEntry): TreeNode {
  const { entry, now, state } = judged;
  const said = tlbVerdict(target, judged);
  const isWrong = state.kind === 'stale' || state.kind === 'dead';
  const label = `${hex(entry.address)} -> ${hex(entry.physical)}`;
  return {
    label: isWrong ? `STALE ${label}` : state.kind === 'pending' ? `PENDING ${label}` : label,
    description: said ?? (now === undefined ? '' : pteFlags(now.entry)),
    line: `${hex(entry.address)}::tlb -c ${hex(BigInt(entry.cpu))}`,
    address: entry.at,
    type: 'struct sim_tlbent',
    icon: isWrong ? 'warning' : 'memory',
  };
}

function storesNode(target: Target, { id }: PerCpu): TreeNode {
  const state = target.hardware?.cpu(id);
  if (!state) throw new LookupError(`no hardware state for cpu ${id}`);
  const count = state.member('sb_n').unsigned();
  return {
    label: 'store buffer',
    description: count === 0n ? 'empty' : `${count} store(s) that memory does not have`,
    line: `${hex(state.address ?? 0n)}::print struct sim_cpu sb_n`,
    ...(state.address === undefined ? {} : { address: state.address, type: 'struct sim_cpu' }),
    icon: count === 0n ? 'memory' : 'warning',
  };
}

function hex(value: bigint): string {
  return value.toString(16);
}
