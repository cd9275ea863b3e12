/** Is the page table page that a vkernel's pmap remembers still one of its own? */
import { pageTableObjectOf } from '../facts/dragonfly/pages.ts';
import { spaces } from '../facts/dragonfly/spaces.ts';
import type { Value } from '../target/value.ts';
import type { Check, Finding } from './check.ts';

const check = 'hint';

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
      if (!isOwn(page, pageTableObjectOf(value))) yield finding(pmap, page);
    }
  },
};

/** A page of a higher level is as good as one of the lowest. */
function isOwn(page: Value, tables: bigint | undefined): boolean {
  return (
    page.member('object').unsigned() === tables &&
    (page.member('flags').unsigned() & mapped) !== 0n &&
    page.member('wire_count').unsigned() !== 0n
  );
}

function finding(pmap: bigint, page: Value): Finding {
  const at = (page.address ?? 0n).toString(16);
  const object = page.member('object').unsigned();
  const pindex = page.member('pindex').unsigned().toString(16);
  return {
    check,
    severity: 'BUG',
    verdict: `pmap ${pmap.toString(16)} hint page ${at} belongs to object ${object.toString(16)} pindex ${pindex}`,
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
