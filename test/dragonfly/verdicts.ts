/** What the checkers say about each dump of DragonFly, in order: the reference's words, with allocator-chosen addresses left open. */
const stale =
  /^tlb BUG: cpu 1 caches va 0000000801400000 -> pa 0000000001a35000 \(rw,dirty\) for pmap [0-9a-f]+, but the page table says not present; no invalidation pending; cpu set in pm_active; frame now: kernel slab zone$/;
const skippedOften = /^tlb NOTE: cpu 1 skipped \d+ cr3 load\(s\) on a thread switch$/;
const skipped = /^tlb NOTE: cpu 1 skipped 1 cr3 load\(s\) on a thread switch$/;

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
  'df01-stale-tlb random': [stale, skippedOften],
  'df01-stale-tlb random-fixed': [],
  'df09-knobs none': [stale, skipped],
  'df09-knobs allcpus': [stale, skipped],
  'df09-knobs nonopt': [stale, skipped],
  'df09-knobs both': [],
};
