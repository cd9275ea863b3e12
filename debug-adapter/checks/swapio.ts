/** Does a page under swap I/O carry the flag and the count that keep others off it? */
import { cpuFrames, cpuWorkingOn } from '../facts/dragonfly/frames.ts';
import { busyBuffers, pagesOfBuffer } from '../facts/dragonfly/swap.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';
import type { Check, Finding } from './check.ts';

const check = 'swapio';

const swapInProgress = 0x200n;

/** What others may not do to such a page, and how to say it. */
const intruders: ReadonlyMap<string, string> = new Map([
  ['vm_page_free_toq', 'freeing'],
  ['vm_page_io_start', 'starting I/O on'],
]);

export const swapio: Check = {
  name: check,
  summary:
    'pages listed in a swap request are busy as often as they are listed, and PG_SWAPINPROG until it is over',
  source: 'DragonFly 95270b7e: clear PG_SWAPINPROG after the I/O is finished',
  applies: (target) => target.findType('struct swblock') !== undefined && target.hasGlobal('swbuf'),
  *run(target) {
    const listed = new Map<bigint, { readonly page: Value; count: bigint }>();
    for (const buffer of busyBuffers(target)) {
      for (const page of pagesOfBuffer(target, buffer)) {
        const known = listed.get(page.address ?? 0n);
        if (known) known.count++;
        else listed.set(page.address ?? 0n, { page, count: 1n });
      }
    }
    for (const { page, count } of listed.values()) {
      const found = judge(target, page, count);
      if (found) yield found;
    }
  },
};

function judge(target: Target, page: Value, count: bigint): Finding | undefined {
  const at = page.address ?? 0n;
  const busy = page.member('busy').unsigned();
  const name = `page ${at.toString(16)}`;
  const isFlagged = (page.member('flags').unsigned() & swapInProgress) !== 0n;
  const finisher = [...cpuFrames(target)].find(
    (each) => each.function === 'swp_pager_async_iodone',
  );
  if (!isFlagged && busy > 0n) {
    const intruder = cpuWorkingOn(target, at, new Set(intruders.keys()));
    if (intruder)
      return finding(
        at,
        'BUG',
        `${name}: PG_SWAPINPROG cleared before the I/O finished (busy ${busy}); cpu ${intruder.cpu} is already ${intruders.get(intruder.function) ?? '?'} it`,
      );
    if (finisher)
      return finding(
        at,
        'PENDING',
        `${name}: PG_SWAPINPROG is clear and cpu ${finisher.cpu} is finishing its I/O (busy ${busy})`,
      );
  }
  if (busy !== count && !finisher)
    return finding(at, 'BUG', `${name}: busy is ${busy}, but ${count} request(s) list it`);
  return undefined;
}

function finding(page: bigint, severity: 'BUG' | 'PENDING', verdict: string): Finding {
  const spans = [
    { kind: 'text' as const, text: 'page ' },
    { kind: 'address' as const, text: page.toString(16), address: page },
  ];
  return {
    check,
    severity,
    verdict,
    evidence: [{ spans, line: `${page.toString(16)}::page`, address: page }],
  };
}
