/** What the checkers say about each dump of DragonFly, in order: the reference's words, with allocator-chosen addresses left open. */
const stale =
  /^tlb BUG: cpu 1 caches va 0000000801400000 -> pa 0000000001a35000 \(rw,dirty\) for pmap [0-9a-f]+, but the page table says not present; no invalidation pending; cpu set in pm_active; frame now: kernel slab zone$/;
const skippedOften = /^tlb NOTE: cpu 1 skipped \d+ cr3 load\(s\) on a thread switch$/;
const skipped = /^tlb NOTE: cpu 1 skipped 1 cr3 load\(s\) on a thread switch$/;

/** A page of the range that was not flushed. */
function bigmap(va: string, pa: string, owner: string): RegExp {
  return new RegExp(
    `^tlb BUG: cpu 1 caches va ${va} -> pa ${pa} \\(rw,dirty\\) for pmap [0-9a-f]+, but the page table says not present; ` +
      `no invalidation pending; cpu set in pm_active; frame now: ${owner}$`,
  );
}

const object = 'object [0-9a-f]+ pindex [0-9a-f]+ of pid 813';
const narrow = /^npgs NOTE: npgs is 32-bit; ranges of 16 TiB and more are truncated$/;

/** The five pages in the order in which CPU 1 has used them. */
const fivePages: readonly (readonly [va: string, pa: string])[] = [
  ['0000100000000000', '0000000001a04000'],
  ['0000100000001000', '0000000001a03000'],
  ['0000100000002000', '0000000001a02000'],
  ['0000100000005000', '0000000001a01000'],
  ['00001ffffffff000', '0000000001a00000'],
];

const writeableThrough814 =
  /^pgw BUG: page [0-9a-f]+ \(pa 0000000001b02000\) is writable through pid 814 va 0000000801600000 but PG_WRITEABLE is clear$/;
const idleFlush =
  /^tlb PENDING: cpu 0 va fffff80030000000: invalidation by cpu 0 in flight \(idle: flushes when it wakes up\)$/;

/** The recovery of a late command: it takes the request back, and nobody flushes. */
const slowTarget: readonly RegExp[] = [
  /^tlb BUG: cpu 2 caches va 0000000801800000 -> pa 0000000001a36000 \(rw,dirty\) for pmap [0-9a-f]+, but the page table says pte 0000000001a36425; no invalidation pending; cpu set in pm_active; frame now: object [0-9a-f]+ pindex 0 of pid 817$/,
  /^invwd NOTE: genuine slow target$/,
];

const lostBlock: readonly RegExp[] = [
  /^swmeta BUG: freed swblock [0-9a-f]+ was written after free \(slot 7 = 52\)$/,
  /^swmeta BUG: swap block 52 leaked$/,
];
const metaPending =
  /^swmeta PENDING: the books are being written \(cpu 0 is in swp_pager_meta_build\), or swap block 52 leaked$/;

function movedWindow(owner: string): RegExp {
  return new RegExp(
    '^tlb BUG: cpu 1 caches va fffff80030004000 -> pa 0000000001a00000 \\(rw,dirty\\) for pmap kernel_pmap, but the page table says ' +
      `pa 0000000001a01000; no invalidation pending; cpu set in pm_active; frame now: ${owner}$`,
  );
}

export const verdicts: Readonly<Record<string, readonly RegExp[]>> = {
  'df01-stale-tlb buggy': [stale, skipped],
  'df01-stale-tlb fixed': [],
  'df01-stale-tlb keepbit': [],
  'df01-stale-tlb interlock': [
    /^tlb PENDING: cpu 1 va 0000000801400000: invalidation by cpu 0 in flight \(pm_active_lock is held\)$/,
  ],
  'df01-stale-tlb kernel-thread': [],
  'df01-stale-tlb in-the-window': [
    /^pmact PENDING: cpu 1 runs on pmap [0-9a-f]+ \(cr3 0000000001200000\) but its pm_active bit is clear$/,
  ],
  'df01-stale-tlb upgrade': [],
  'df01-stale-tlb random': [stale, skippedOften],
  'df01-stale-tlb random-fixed': [],
  'df02-npgs a': [
    ...fivePages.map(([va, pa]) => bigmap(va, pa, object)),
    narrow,
    /^npgs BUG: range 0000100000000000-0000200000000000 is 100000000 pages but 0 were requested \(cpu 0, slot invinfo\[0\]\)$/,
  ],
  'df02-npgs a-canary': fivePages.map(([va, pa], index) =>
    bigmap(va, pa, index === 0 ? 'kernel slab zone' : 'free page'),
  ),
  'df02-npgs b': [
    bigmap('0000100000005000', '0000000001a01000', object),
    bigmap('0000200000002000', '0000000001a00000', object),
    narrow,
    /^npgs BUG: range 0000100000000000-0000200000003000 is 100000003 pages but 3 were requested \(cpu 0, slot invinfo\[0\]\)$/,
  ],
  'df02-npgs c': [
    narrow,
    /^npgs BUG: range 0000100000000000-0000180000000000 is 80000000 pages but ffffffff80000000 were requested \(cpu 0, slot invinfo\[0\]\); cpu 0 loops, pmap [0-9a-f]+ stays locked$/,
  ],
  'df02-npgs d': [
    narrow,
    /^npgs BUG: range 0000100000000000-00001ffffffff000 is ffffffff pages but ffffffffffffffff were requested \(cpu 0, slot invinfo\[0\]\); cpu 0 loops, pmap [0-9a-f]+ stays locked$/,
  ],
  'df02-npgs fixed': [],
  'df02-npgs fixed-b': [],
  'df02-npgs fixed-c': [],
  'df03-tsc-target buggy': [
    /^invwd BUG: watchdog fired 60 ms after the command was published \(limit 2000 ms\): target armed too early$/,
  ],
  'df03-tsc-target fixed': [],
  'df03-tsc-target pause-buggy': slowTarget,
  'df03-tsc-target pause-fixed': slowTarget,
  'df04-fences weak-buggy': [
    /^invwd BUG: cpu 0 waits for cpu 2 which never saw the request \(lost IPI or missing fence\)$/,
  ],
  'df04-fences weak-fixed': [],
  'df04-fences tso-buggy': [],
  'df04-fences tso-fixed': [],
  'df05-scan-wrap buggy': [
    /^orphan BUG: 512 valid PTE\(s\) ffffffffc0200000-ffffffffc0400000 in pmap kernel_pmap point to free pages and no map entry covers them$/,
  ],
  'df05-scan-wrap buggy-scan': [],
  'df05-scan-wrap buggy-write': [
    /^orphan BUG: 16 valid PTE\(s\) ffffffffc0200000-ffffffffc0210000 in pmap kernel_pmap point to free pages and no map entry covers them$/,
    /^orphan BUG: 1 valid PTE\(s\) ffffffffc0210000-ffffffffc0211000 in pmap kernel_pmap point to pages of others and no map entry covers them$/,
    /^orphan BUG: 495 valid PTE\(s\) ffffffffc0211000-ffffffffc0400000 in pmap kernel_pmap point to free pages and no map entry covers them$/,
  ],
  'df05-scan-wrap fixed': [],
  'df06-invltlb-count buggy': [],
  'df06-invltlb-count fixed': [],
  'df07-pgwriteable buggy': [writeableThrough814],
  'df07-pgwriteable buggy-midway': [],
  'df07-pgwriteable fixed': [],
  'df07-pgwriteable fixed-midway': [],
  'df07-pgwriteable commit-literal': [],
  'df08-swap-crc detector': [
    writeableThrough814,
    /^swapcrc BUG: swap write bio [0-9a-f]+: crc was ed96b643, pages now d7866f19; page [0-9a-f]+ changed during the I\/O$/,
  ],
  'df08-swap-crc detector-done': [
    writeableThrough814,
    /^swapcrc BUG: swap write bio [0-9a-f]+: crc was ed96b643, pages now d7866f19; page [0-9a-f]+ changed during the I\/O$/,
  ],
  'df08-swap-crc fixed': [],
  'df08-swap-crc fixed-done': [idleFlush],
  'df08-swap-crc buggy-clean': [
    idleFlush,
    writeableThrough814,
    /^swapcrc BUG: page [0-9a-f]+ is clean but differs from swap block 40$/,
  ],
  // The page that was lost is no more: only the process knows.
  'df08-swap-crc buggy-lost': [],
  'df08-swap-crc fixed-kept': [],
  'df10-bulk-count buggy': [
    /^bulkcount NOTE: pmap_inval_bulk_count is 9, expected 18 \(lost update; nothing depends on it\)$/,
  ],
  'df10-bulk-count buggy-lucky': [],
  'df10-bulk-count fixed': [],
  'df11-meta-nolock buggy': lostBlock,
  'df11-meta-nolock buggy-window': [metaPending],
  'df11-meta-nolock buggy-lost': lostBlock,
  'df11-meta-nolock buggy-invariants': [metaPending],
  'df11-meta-nolock fixed': [],
  'df11-meta-nolock fixed-midway': [metaPending],
  'df11-meta-nolock fixed-read': [],
  'df12-swapinprog buggy': [
    /^swapio BUG: page [0-9a-f]+: PG_SWAPINPROG cleared before the I\/O finished \(busy 1\); cpu 0 is already freeing it$/,
  ],
  'df12-swapinprog fixed': [],
  'df12-swapinprog fixed-success': [
    /^swapio PENDING: page [0-9a-f]+: PG_SWAPINPROG is clear and cpu 1 is finishing its I\/O \(busy 1\)$/,
  ],
  'df13-growstack buggy': [],
  'df13-growstack buggy-no-stack': [],
  'df13-growstack fixed': [],
  'df14-generation buggy': [
    /^gen BUG: object [0-9a-f]+ generation 11, expected 12 \(lost update\); scan pmap_release missed pindex 2$/,
  ],
  'df14-generation fixed': [],
  'df15-knote-order buggy': [],
  'df15-knote-order fixed': [],
  'df15-knote-order fixed-user': [],
  'df16-kenter-quick quick': [movedWindow('kernel slab zone')],
  'df16-kenter-quick quick-before': [movedWindow('object [0-9a-f]+ pindex 0')],
  'df16-kenter-quick fixed': [],
  'df09-knobs none': [stale, skipped],
  'df09-knobs allcpus': [stale, skipped],
  'df09-knobs nonopt': [stale, skipped],
  'df09-knobs both': [],
};
