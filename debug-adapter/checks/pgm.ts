/** Has a mapping taken over the modified bit of the page that it showed before? The old page was written to and nobody knows; this one was not. */
import { usedPages } from '../facts/dragonfly/books.ts';
import { backingOf, contentsOf } from '../facts/dragonfly/backing.ts';
import { trace } from '../facts/dragonfly/ktr.ts';
import { mappingsOf } from '../facts/dragonfly/pages.ts';
import { mappingOf, spaces } from '../facts/dragonfly/spaces.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'pgm';

const modified = 0x40n;

export const pgm: Check = {
  name: check,
  summary: 'no page counts as modified because another was, at the same address',
  source: 'DragonFly 95270b7e: do not inherit PG_M when the physical address changes',
  applies: (target) =>
    target.findType('struct pv_entry') !== undefined &&
    target.hasGlobal('CPU_prvspace') &&
    target.hasGlobal('vm_page_array') &&
    target.hasGlobal('ktr_buf'),
  *run(target) {
    const earlier = earlierFrames(target);
    if (earlier.size === 0) {
      const verdict = 'no address showed two pages in the trace ring';
      yield { check, severity: 'SKIPPED', verdict, evidence: [] };
      return;
    }
    const roots = new Map(spaces(target).map(({ pmap, root }) => [pmap, root]));
    for (const page of usedPages(target)) {
      if (page.member('dirty').unsigned() !== 0n) continue;
      for (const { pmap, address } of mappingsOf(target, page)) {
        const from = earlier.get(key(pmap, address));
        const root = roots.get(pmap);
        if (from === undefined || root === undefined) continue;
        if ((mappingOf(target, root, address).entry & modified) === 0n) continue;
        const [backing, contents] = [backingOf(target, page), contentsOf(target, page)];
        if (!backing || !contents || Buffer.compare(backing, contents) !== 0) continue;
        yield finding(page.address ?? 0n, address, from);
      }
    }
  },
};

function key(pmap: bigint, address: bigint): string {
  return `${pmap.toString(16)} ${address.toString(16)}`;
}

/** Physical address that each mapping had before the one it has, by space and address. */
function earlierFrames(target: Target): ReadonlyMap<string, bigint> {
  const now = new Map<string, bigint>();
  const earlier = new Map<string, bigint>();
  for (const { what, data } of trace(target)) {
    if (what !== 'pmap_enter') continue;
    const [pmap = 0n, address = 0n, frame = 0n] = data;
    const at = key(pmap, address);
    const before = now.get(at);
    if (before !== undefined && before !== frame) earlier.set(at, before);
    now.set(at, frame);
  }
  return earlier;
}

function finding(page: bigint, address: bigint, from: bigint): Finding {
  const [at, va, pa] = [page.toString(16), hex16(address), hex16(from)];
  return {
    check,
    severity: 'BUG',
    verdict: `M on va ${va} was inherited from pa ${pa}`,
    evidence: [
      {
        spans: [
          { kind: 'text', text: 'the page that is not modified: ' },
          { kind: 'address', text: at, address: page },
        ],
        line: `${at}::page`,
        address: page,
      },
      { spans: [{ kind: 'text', text: 'the page that is' }], line: `${from.toString(16)}::page` },
      { spans: [{ kind: 'text', text: 'the two entries' }], line: '::ktr' },
    ],
  };
}

function hex16(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
