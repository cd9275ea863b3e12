/** What the checkers say about each dump of FreeBSD, in order: the reference's words, with allocator-chosen addresses left open. */
const clearedBit =
  /^uafpoison BUG: vmspace_zone item [0-9a-f]{16}: word \+296 is deadc0dc, poison deadc0de \(vm_pmap\.pm_active\) = bit 1 cleared: cpu 1 left this pmap after it was freed$/;
const dangling =
  /^curpmap BUG: cpu 1 curpmap [0-9a-f]{16} is a dangling implicit reference: item is free; current thread tid 100101 uses vmspace vmspace0$/;
const freedRoot =
  /^curpmap NOTE: cpu 1 also runs on cr3 0000000002400000, a freed page-table page$/;
/** A CPU that uses an address space and is not told about its changes. */
const blind =
  /^curpmap BUG: cpu 1 runs on pmap [0-9a-f]{16} \(cr3 0000000002400000\) but its pm_active bit is clear$/;
/** The fault came between the change of an entry and the flush. */
const beingTold =
  /^staletlb PENDING: cpu 1 va 0000000000400000: invalidation in flight \(the pmap lock is held\)$/;
const onePerExit = /^actcount NOTE: 1\.00 pmap_activate per exit$/;

export const verdicts: Readonly<Record<string, readonly RegExp[]>> = {
  'fb01-curpmap-uaf buggy': [clearedBit],
  'fb01-curpmap-uaf traced': [clearedBit],
  'fb01-curpmap-uaf armed': [dangling, freedRoot],
  'fb01-curpmap-uaf fixed': [],
  'fb01-curpmap-uaf fixed-armed': [],
  'fb01-curpmap-uaf recycled': [
    blind,
    /^staletlb BUG: cpu 1 caches va 0000000801000000 -> pa [0-9a-f]{16} \(rw,dirty\) for pmap [0-9a-f]{16}, but the page table says not present; no invalidation pending; cpu clear in pm_active; frame now: page-table page$/,
  ],
  'fb01-curpmap-uaf recycled-armed': [blind],
  'fb01-curpmap-uaf fixed-recycled': [],
  'fb01-curpmap-uaf invariants': [
    /^curpmap BUG: cpu 1 curpmap [0-9a-f]{16} is a dangling implicit reference: it belongs to pid 102; current thread tid 100101 uses vmspace vmspace0$/,
    /^kassert NOTE: assertion holds: pm_active of [0-9a-f]{16} has cpu 1$/,
  ],
  'fb02-one-to-zero fixed': [],
  'fb02-one-to-zero fixed-acquire': [],
  'fb03-fences orig': [],
  'fb03-fences armed': [
    /^fences BUG: cpu 1 still holds its store to vm_shm of vmspace [0-9a-f]{16}, and tid 100111 \(aiod1\) has given its reference back: no lock guards vm_shm and no fence stands before the count; what the pmap lock or the map lock guards needs none$/,
  ],
  'fb03-fences fenced': [],
  'fb03-fences landed': [],
  'fb03-fences orig-sc': [],
  'fb03-fences fenced-sc': [],
  'fb03-fences landed-sc': [],
  'fb03-fences orig-locked': [],
  'fb03-fences fenced-locked': [],
  'fb03-fences landed-locked': [],
  'fb04-reload buggy': [],
  'fb04-reload resurrected': [
    /^ref BUG: vmspace [0-9a-f]{16} was resurrected: freed but refcnt 1$/,
  ],
  'fb04-reload orig': [],
  'fb04-reload fixed': [],
  'fb05-pcpu-get buggy': [
    /^kassert BUG: the assertion is false: cpu 1 curpmap is [0-9a-f]{16}; the checker read pcpu of cpu 0 \(r12=[0-9a-f]{16}\) - thread migrated between reading %gs and loading curpmap$/,
  ],
  'fb05-pcpu-get fixed': [],
  'fb06-uncond uncond': [
    /^actcount NOTE: 3\.00 pmap_activate per exit$/,
    /^actcount NOTE: unconditional deactivation \(expected 1 for sole owners\)$/,
  ],
  'fb06-uncond fixed': [onePerExit],
  'fb07-anypmap anypmap': [onePerExit],
  'fb07-anypmap fixed': [onePerExit],
  'fb08-nested-panic buggy': [
    beingTold,
    /^ref NOTE: vmspace vmspace0: 1 hidden reference\(s\): refcnt 3, 2 found$/,
    /^ref NOTE: vmspace [0-9a-f]{16} has refcnt 0 and 0 thread\(s\) take it down; the stack of tid 100105 does not unwind: what it holds is not known$/,
    /^stack NOTE: unwind stopped after 5 frame\(s\); try ::stackscan$/,
  ],
  'fb08-nested-panic aligned': [beingTold],
  'fb09-deferred fixed': [],
  'fb09-deferred fixed-done': [],
};
