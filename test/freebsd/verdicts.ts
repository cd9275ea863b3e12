/** What the checkers say about each dump of FreeBSD, in order: the reference's words, with allocator-chosen addresses left open. */
const dangling =
  /^curpmap BUG: cpu 1 curpmap [0-9a-f]{16} is a dangling implicit reference: item is free; current thread tid 100101 uses vmspace vmspace0$/;
const freedRoot =
  /^curpmap NOTE: cpu 1 also runs on cr3 0000000002400000, a freed page-table page$/;

export const verdicts: Readonly<Record<string, readonly RegExp[]>> = {
  'fb01-curpmap-uaf buggy': [
    /^uafpoison BUG: vmspace_zone item [0-9a-f]{16}: word \+296 is deadc0dc, poison deadc0de \(vm_pmap\.pm_active\) = bit 1 cleared: cpu 1 left this pmap after it was freed$/,
  ],
  'fb01-curpmap-uaf armed': [dangling, freedRoot],
  'fb01-curpmap-uaf fixed': [],
  'fb01-curpmap-uaf fixed-armed': [],
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
};
