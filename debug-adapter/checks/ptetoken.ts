/** Does a CPU change page table entries of a vkernel's guest that another may be changing? Their token says who may. */
import { argument, cpuFrames, type CpuFrame } from '../facts/dragonfly/frames.ts';
import { pageTableObjectOf } from '../facts/dragonfly/pages.ts';
import { perCpus } from '../facts/dragonfly/processes.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'ptetoken';

/** Functions that change an entry, by the argument that leads to its pmap. */
const writers: ReadonlyMap<string, 'pmap' | 'pv'> = new Map([
  ['pmap_pte_writer', 'pmap'],
  ['pmap_setro_pte', 'pmap'],
  ['pmap_clean_pte', 'pmap'],
  ['pmap_remove_pte', 'pmap'],
  ['pmap_enter_page', 'pmap'],
  ['clear_one', 'pv'],
]);

export const ptetoken: Check = {
  name: check,
  summary: 'who changes entries of a guest’s page tables holds their token',
  source: 'DragonFly 95270b7e: pmap_clearbit takes the token of the pmap’s object',
  applies: (target) =>
    target.hasGlobal('kernel_pmap') &&
    target.hasGlobal('CPU_prvspace') &&
    target.global('kernel_pmap').hasMember('pm_pteobj'),
  *run(target) {
    const seen = new Set<string>();
    const frames = [...cpuFrames(target)];
    for (const [index, frame] of frames.entries()) {
      const pmap = pmapOf(target, frame);
      if (pmap === undefined || seen.has(`${frame.cpu} ${pmap}`)) continue;
      seen.add(`${frame.cpu} ${pmap}`);
      const found = judge(target, entryPoint(frames.slice(index)) ?? frame, pmap);
      if (found) yield found;
    }
  },
};

function pmapOf(target: Target, frame: CpuFrame): bigint | undefined {
  const name = writers.get(frame.function);
  const value = name === undefined ? undefined : argument(target, frame, name);
  if (value === undefined || value === 0n || name === 'pmap') return value;
  return target.value('struct pv_entry', value).member('pv_pmap').unsigned();
}

/** The function of the pmap that others call, for whose sake the entry changes. */
function entryPoint(frames: readonly CpuFrame[]): CpuFrame | undefined {
  const cpu = frames[0]?.cpu;
  return frames.find(
    (each) => each.cpu === cpu && each.function.startsWith('pmap_') && !writers.has(each.function),
  );
}

function judge(
  target: Target,
  { cpu, function: name }: CpuFrame,
  pmap: bigint,
): Finding | undefined {
  const object = pageTableObjectOf(target.value('struct pmap', pmap));
  if (object === undefined) return undefined;
  const holder = target.value('struct vm_object', object).path('token.t_ref').unsigned();
  const own = perCpus(target).find(({ id }) => id === cpu)?.currentThread;
  if (holder === own) return undefined;
  const other = perCpus(target).find(({ currentThread }) => currentThread === holder);
  const who = `thread ${holder.toString(16)}${other ? ` on cpu ${other.id}` : ''} has it`;
  return {
    check,
    severity: 'BUG',
    verdict: `cpu ${cpu} changes entries of pmap ${pmap.toString(16)} in ${name} without the token of its page tables; ${holder === 0n ? 'nobody has it' : who}`,
    evidence: [
      {
        spans: [
          { kind: 'text', text: 'the object of the page tables ' },
          { kind: 'address', text: object.toString(16), address: object },
        ],
        line: `${object.toString(16)}::print struct vm_object token`,
        address: object,
      },
    ],
  };
}
