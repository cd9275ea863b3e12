/** Does an address space map pages that are not its own any more? */
import { isFree, mapEntries, pageOf } from '../facts/dragonfly/pages.ts';
import { leaves } from '../facts/dragonfly/page-tables.ts';
import { isLocked, offsetOfPmap, spaces, type Space } from '../facts/dragonfly/spaces.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'orphan';

const pageSize = 0x1000n;

export const orphan: Check = {
  name: check,
  summary: 'each valid PTE leads to a page that is in use, at an address that the map knows',
  source: 'DragonFly 95270b7e: pmap_scan must not wrap',
  applies: (target) =>
    target.findType('struct pv_entry') !== undefined &&
    target.hasGlobal('vm_page_array') &&
    target.hasGlobal('CPU_prvspace'),
  *run(target) {
    for (const space of spaces(target)) {
      const covered = ranges(target, space);
      if (covered) yield* judge(target, space, covered);
    }
  },
};

interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

/** What the map of a space covers; undefined for a pmap without a map. */
function ranges(target: Target, space: Space): readonly Range[] | undefined {
  if (!space.isKernel && space.process === undefined) return undefined;
  const map = space.isKernel
    ? target.global('kernel_vm_map')
    : target.value('struct vm_map', space.pmap - BigInt(offsetOfPmap(target)));
  return [...mapEntries(target, map)].map((entry) => ({
    start: entry.member('start').unsigned(),
    end: entry.member('end').unsigned(),
  }));
}

interface Run {
  readonly start: bigint;
  end: bigint;
  count: number;
  readonly what: string;
}

/** Runs of neighbours with the same fault. */
function* judge(target: Target, space: Space, covered: readonly Range[]): Generator<Finding> {
  let run: Run | undefined;
  for (const { address, physical } of leaves(target, space.root, space.isKernel)) {
    const page = pageOf(target, physical);
    if (!page) continue;
    const isCovered = covered.some(({ start, end }) => address >= start && address < end);
    if (isCovered && !isFree(page)) continue;
    const frames = isFree(page) ? 'free pages' : 'pages of others';
    const what = `${frames} and ${isCovered ? 'a map entry still covers them' : 'no map entry covers them'}`;
    if (run && run.end === address && run.what === what) {
      run.end += pageSize;
      run.count++;
      continue;
    }
    if (run) yield finding(space, run);
    run = { start: address, end: address + pageSize, count: 1, what };
  }
  if (run) yield finding(space, run);
}

function finding(space: Space, { start, end, count, what }: Run): Finding {
  const isPending = !space.isKernel && isLocked(space);
  const name = space.isKernel ? 'kernel_pmap' : space.pmap.toString(16);
  const hex = (value: bigint): string => value.toString(16).padStart(16, '0');
  return {
    check,
    severity: isPending ? 'PENDING' : 'BUG',
    verdict: `${count} valid PTE(s) ${hex(start)}-${hex(end)} in pmap ${name} point to ${what}`,
    evidence: [
      {
        spans: [{ kind: 'text', text: 'the first' }],
        line: `${start.toString(16)}::pte`,
        address: start,
      },
    ],
  };
}
