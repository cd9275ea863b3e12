/** Does pm_active name the CPUs that use an address space? Those without a bit hear of no invalidation. */
import { functionsOf, lwpName, perCpus, vmspaceOf } from '../facts/dragonfly/processes.ts';
import { hasCpu, offsetOfPmap, spaces, type Space } from '../facts/dragonfly/spaces.ts';
import { controlRegister } from '../target/control-registers.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding, Severity } from './check.ts';

const check = 'pmact';

/** Between these functions' steps the bit and CR3 may disagree. */
const switching: ReadonlySet<string> = new Set([
  'cpu_heavy_switch',
  'cpu_heavy_restore',
  'cpu_exit_switch',
  'pmap_setlwpvm',
  'pmap_interlock_wait',
  'cpu_lwkt_restore',
]);

export const pmact: Check = {
  name: check,
  summary: 'each CPU has its bit in the pm_active of the address space it runs in, and in no other',
  source: 'DragonFly, platform/pc64/x86_64/swtch.s and pmap.c (pmap_setlwpvm)',
  applies: (target) =>
    target.findType('struct pmap') !== undefined &&
    target.hasGlobal('pmap_list') &&
    target.hasGlobal('CPU_prvspace'),
  *run(target) {
    const offset = BigInt(offsetOfPmap(target));
    const users = spaces(target).filter((space) => !space.isKernel);
    for (const { id, currentThread } of perCpus(target)) {
      const cpu = target.cpus.find((each) => each.index === id);
      const cr3 = cpu && controlRegister(target, cpu, 'cr3');
      if (cr3 === undefined) {
        yield {
          check,
          severity: 'SKIPPED',
          verdict: 'no control registers in this dump',
          evidence: [],
        };
        return;
      }
      const vmspace = vmspaceOf(target, currentThread);
      for (const space of users) {
        const isOwn = vmspace !== 0n && vmspace + offset === space.pmap;
        const finding = judge(target, { id, cr3, currentThread, space, isOwn });
        if (finding) yield finding;
      }
    }
  },
};

interface Use {
  readonly id: number;
  readonly cr3: bigint;
  readonly currentThread: bigint;
  readonly space: Space;
  /** The CPU's thread runs in this space. */
  readonly isOwn: boolean;
}

function judge(target: Target, use: Use): Finding | undefined {
  const { id, cr3, currentThread, space, isOwn } = use;
  const hasBit = hasCpu(space.value.member('pm_active'), id);
  const pmap = space.pmap.toString(16);
  const root = cr3.toString(16).padStart(16, '0');
  const pid = lwpName(target, currentThread).replace(/\/.*$/, '');
  const isIn = functionsOf(target, id).some((name) => switching.has(name));
  const severity: Severity = isIn ? 'PENDING' : 'BUG';
  let verdict: string | undefined;
  if (isOwn && !hasBit && cr3 === space.cr3)
    verdict = `cpu ${id} runs on pmap ${pmap} (cr3 ${root}) but its pm_active bit is clear`;
  if (!isOwn && hasBit && cr3 !== space.cr3)
    verdict = `pm_active of pmap ${pmap} has cpu ${id} but that cpu runs pid ${pid} on cr3 ${root} (leaked bit)`;
  if (verdict === undefined) return undefined;
  const evidence = [
    {
      spans: [
        { kind: 'text' as const, text: 'pmap ' },
        { kind: 'address' as const, text: pmap, address: space.pmap },
      ],
      line: `${pmap}::print struct pmap pm_active`,
      address: space.pmap,
    },
  ];
  return { check, severity, verdict, evidence };
}
