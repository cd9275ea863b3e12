/** Do the flags of each page say what its mappings allow? Who trusts PG_WRITEABLE stops no writer that it does not know of. */
import { argument, cpuFrames, cpuWorkingOn } from '../facts/dragonfly/frames.ts';
import {
  isFree,
  mappingsOf,
  pageTableObjectOf,
  pageTableObjects,
} from '../facts/dragonfly/pages.ts';
import { mappingOf, spaces, type Space } from '../facts/dragonfly/spaces.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';
import type { Check, Finding } from './check.ts';

const check = 'pgw';

const writeable = 0x10n;
const mapped = 0x20n;
const pteWritable = 0x2n;
const pteModified = 0x40n;

/** While one of these works on a page, its flags and its mappings may differ. */
const atWork: ReadonlySet<string> = new Set([
  'pmap_enter',
  'pmap_clearbit',
  'pmap_page_protect',
  'pv_free_entry',
  'pv_insert',
]);

export const pgw: Check = {
  name: check,
  summary: 'PG_WRITEABLE and PG_MAPPED of each page agree with its mappings',
  source: 'DragonFly 95270b7e: test PG_RW after locking the pv_entry',
  applies: (target) =>
    target.findType('struct pv_entry') !== undefined &&
    target.hasGlobal('vm_page_array') &&
    target.hasGlobal('CPU_prvspace'),
  *run(target) {
    const all = spaces(target);
    const pages = target.global('vm_page_array');
    const count = target.global('vm_page_array_size').unsigned();
    const tables = new Set([...pageTableObjects(target), ...unlistedTables(target)]);
    for (let index = 0n; index < count; index++) {
      const page = pages.index(index);
      if (tables.has(page.member('object').unsigned())) continue;
      if (!isFree(page) || page.path('md.pv_list.tqh_first').unsigned() !== 0n)
        yield* judge(target, all, page);
    }
  },
};

/** Objects with the page tables of pmaps that are being made or given back: they are on no list. */
function* unlistedTables(target: Target): Generator<bigint> {
  for (const frame of cpuFrames(target)) {
    if (frame.function !== 'pmap_pinit' && frame.function !== 'pmap_release') continue;
    const pmap = argument(target, frame, 'pmap') ?? 0n;
    const object = pmap === 0n ? undefined : pageTableObjectOf(target.value('struct pmap', pmap));
    if (object !== undefined) yield object;
  }
}

function* judge(target: Target, all: readonly Space[], page: Value): Generator<Finding> {
  const flags = page.member('flags').unsigned();
  const at = page.address ?? 0n;
  const name = `page ${at.toString(16)} (pa ${hex(page.member('phys_addr').unsigned())})`;
  let count = 0;
  for (const { pmap, address } of mappingsOf(target, page)) {
    count++;
    const space = all.find((each) => each.pmap === pmap);
    if (!space) continue;
    const { entry } = mappingOf(target, space.root, address);
    if ((entry & pteWritable) !== 0n && (flags & writeable) === 0n)
      yield finding(
        target,
        at,
        `${name} is writable through ${space.owner} va ${hex(address)} but PG_WRITEABLE is clear`,
      );
    if ((entry & pteModified) !== 0n && (entry & pteWritable) === 0n)
      yield finding(
        target,
        at,
        `va ${hex(address)} in pmap ${space.isKernel ? 'kernel_pmap' : pmap.toString(16)} is modified but not writable`,
      );
  }
  if (count > 0 && (flags & mapped) === 0n)
    yield finding(target, at, `${name} has ${count} mapping(s) but PG_MAPPED is clear`);
  if (count === 0 && (flags & mapped) !== 0n)
    yield finding(target, at, `${name} has no mapping but PG_MAPPED is set`);
}

function finding(target: Target, page: bigint, verdict: string): Finding {
  const worker = cpuWorkingOn(target, page, atWork);
  return {
    check,
    severity: worker === undefined ? 'BUG' : 'PENDING',
    verdict:
      worker === undefined ? verdict : `${verdict}; cpu ${worker.cpu} is in ${worker.function}`,
    evidence: [
      {
        spans: [
          { kind: 'text', text: 'page ' },
          { kind: 'address', text: page.toString(16), address: page },
        ],
        line: `${page.toString(16)}::page`,
        address: page,
      },
    ],
  };
}

function hex(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
