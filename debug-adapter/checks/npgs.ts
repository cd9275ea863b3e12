/** Was a range cut short because its number of pages went through an int? */
import { argument, cpuFrames, type CpuFrame } from '../facts/dragonfly/frames.ts';
import { isLocked, spaces } from '../facts/dragonfly/spaces.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'npgs';

/** The largest count that an int holds. */
const largest = 0x7fff_ffffn;

export const npgs: Check = {
  name: check,
  summary:
    'every range that is being invalidated is as long as the count of pages that was asked for',
  source: 'DragonFly 95270b7e: npgs is a vm_pindex_t, processes may map more than 16 TiB',
  applies: (target) =>
    target.findType('struct pmap_inval_info') !== undefined && target.hasGlobal('CPU_prvspace'),
  *run(target) {
    const type = target.type('struct pmap_inval_info');
    if (type.kind !== 'struct') return;
    const bytes = target.member(type, 'npgs').type.size;
    if (bytes >= 8) return;
    let isNoted = false;
    for (const frame of cpuFrames(target)) {
      const finding = judge(target, frame, bytes);
      if (!finding) continue;
      if (!isNoted)
        yield {
          check,
          severity: 'NOTE',
          verdict: `npgs is ${bytes * 8}-bit; ranges of 16 TiB and more are truncated`,
          evidence: [
            {
              spans: [{ kind: 'text', text: 'its type' }],
              line: '::offsetof struct pmap_inval_info npgs',
            },
          ],
        };
      isNoted = true;
      yield finding;
    }
  },
};

function judge(target: Target, frame: CpuFrame, bytes: number): Finding | undefined {
  if (frame.function !== 'pmap_invalidate_range') return undefined;
  const start = argument(target, frame, 'sva');
  const end = argument(target, frame, 'eva');
  if (start === undefined || end === undefined) return undefined;
  const pages = BigInt.asUintN(64, end - start) >> 12n;
  const narrow = BigInt.asIntN(bytes * 8, pages);
  if (pages <= largest || narrow === pages) return undefined;
  const { cpu } = frame;
  const pmap = argument(target, frame, 'pmap');
  const space = spaces(target).find((each) => each.pmap === pmap);
  const loops =
    narrow < 0n && space !== undefined && isLocked(space)
      ? `; cpu ${cpu} loops, pmap ${space.pmap.toString(16)} stays locked`
      : '';
  const hex = (value: bigint): string => value.toString(16).padStart(16, '0');
  const asked = BigInt.asUintN(64, narrow).toString(16);
  return {
    check,
    severity: 'BUG',
    verdict: `range ${hex(start)}-${hex(end)} is ${pages.toString(16)} pages but ${asked} were requested (cpu ${cpu}, slot invinfo[${cpu}])${loops}`,
    evidence: [
      {
        spans: [{ kind: 'text', text: `the call on cpu ${cpu}` }],
        line: `::stacks -c pmap_invalidate_range`,
      },
      { spans: [{ kind: 'text', text: 'the slots' }], line: '::inval_stats' },
    ],
  };
}
