/** Is the page table page that a vkernel's pmap remembers still one of its own? */
import { argument, cpuFrames, type CpuFrame } from '../facts/dragonfly/frames.ts';
import { pageTableObjectOf } from '../facts/dragonfly/pages.ts';
import { spaces } from '../facts/dragonfly/spaces.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';
import type { Check, Finding } from './check.ts';

const check = 'hint';

/** While a CPU makes or frees a page of the tables, the hint may name one that is half made. */
const atWork: ReadonlySet<string> = new Set([
  'pgtable_get',
  'pmap_allocpte',
  'pmap_release',
  'pmap_unwire_pgtable',
]);

/** `PG_MAPPED`. */
const mapped = 0x20n;

export const hint: Check = {
  name: check,
  summary: 'pm_ptphint of each pmap is a page of its own page tables, in use',
  source: 'DragonFly 95270b7e: pm_ptphint is tested by its index alone',
  applies: (target) =>
    target.hasGlobal('pmap_list') &&
    target.hasGlobal('kernel_pmap') &&
    target.global('kernel_pmap').hasMember('pm_ptphint'),
  *run(target) {
    for (const { pmap, value, isKernel } of spaces(target)) {
      const pointer = value.member('pm_ptphint');
      if (isKernel || pointer.unsigned() === 0n) continue;
      const page = pointer.dereference();
      const tables = pageTableObjectOf(value);
      if (isOwn(page, tables)) continue;
      const object = page.member('object').unsigned();
      // A page of another object is nobody's work in progress.
      const worker = object === tables || object === 0n ? workerOn(target, pmap) : undefined;
      yield finding(pmap, page, worker);
    }
  },
};

function workerOn(target: Target, pmap: bigint): CpuFrame | undefined {
  for (const each of cpuFrames(target))
    if (atWork.has(each.function) && argument(target, each, 'pmap') === pmap) return each;
  return undefined;
}

/** A page of a higher level is as good as one of the lowest. */
function isOwn(page: Value, tables: bigint | undefined): boolean {
  return (
    page.member('object').unsigned() === tables &&
    (page.member('flags').unsigned() & mapped) !== 0n &&
    page.member('wire_count').unsigned() !== 0n
  );
}

function finding(pmap: bigint, page: Value, worker: CpuFrame | undefined): Finding {
  const at = (page.address ?? 0n).toString(16);
  const object = page.member('object').unsigned();
  const pindex = page.member('pindex').unsigned().toString(16);
  return {
    check,
    severity: worker ? 'PENDING' : 'BUG',
    verdict:
      `pmap ${pmap.toString(16)} hint page ${at} belongs to object ${object.toString(16)} pindex ${pindex}` +
      (worker ? `; cpu ${worker.cpu} is in ${worker.function}` : ''),
    evidence: [
      {
        spans: [
          { kind: 'text', text: 'pmap ' },
          { kind: 'address', text: pmap.toString(16), address: pmap },
        ],
        line: `${pmap.toString(16)}::print struct pmap pm_ptphint pm_pteobj`,
        address: pmap,
      },
      { spans: [{ kind: 'text', text: `page ${at}` }], line: `${at}::page` },
    ],
  };
}
