/** Which checkers call which sample dumps wrong: the one table of what may be found, for all kernels. */

/**
 * By scenario and checker: the variants in whose dumps the checker says BUG, ERROR or WARNING. Every other pair of a dump and a
 * checker must be silent; a scenario that is not here is silent in all its variants.
 */
export const accusations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'akaros/vmcs-core-regranted': {
    vmcs_owner: 'buggy yields',
    invept: 'buggy yields',
    kmsg_order: 'buggy yields',
  },
  'akaros/vmcs-ctrl-c': {
    vmcs_owner: 'buggy at-free',
    invept: 'buggy',
    kmsg_order: 'buggy at-free',
    vmcs_hw: 'at-free silent',
  },
  'akaros/vmcs-death-race': { vmcs_owner: 'buggy random', invept: 'buggy random' },
  'akaros/vmcs-kill': { vmcs_owner: 'buggy', invept: 'buggy', kmsg_order: 'buggy' },
  'akaros/vmcs-page-reused': {
    vmcs_owner: 'before buggy',
    invept: 'buggy',
    kmsg_order: 'before buggy',
    vmcs_hw: 'silent before',
    vcores: 'silent buggy',
  },
  'akaros/vmcs-preempted': {
    vmcs_owner: 'buggy lingering freed',
    invept: 'buggy',
    vmcs_hw: 'freed',
  },
  'akaros/vmcs-two-references': { vmcs_owner: 'buggy', invept: 'buggy', kmsg_order: 'buggy' },
  'akaros/vmcs-waiter-any': { vmcs_owner: 'buggy', invept: 'buggy', kmsg_order: 'buggy' },
  'akaros/vmcs-waiter-pid': { vmcs_owner: 'buggy', invept: 'buggy', kmsg_order: 'buggy' },
  'dragonfly/df01-stale-tlb': { tlb: 'buggy random' },
  'dragonfly/df02-npgs': { tlb: 'a a-canary b', npgs: 'a b c d' },
  'dragonfly/df03-tsc-target': { invwd: 'buggy', tlb: 'pause-buggy pause-fixed' },
  'dragonfly/df04-fences': { invwd: 'weak-buggy' },
  'dragonfly/df05-scan-wrap': { orphan: 'buggy buggy-write' },
  'dragonfly/df07-pgwriteable': { pgw: 'buggy' },
  'dragonfly/df08-swap-crc': {
    pgw: 'detector detector-done buggy-clean',
    swapcrc: 'detector detector-done buggy-clean',
  },
  'dragonfly/df09-knobs': { tlb: 'none allcpus nonopt' },
  'dragonfly/df11-meta-nolock': { swmeta: 'buggy buggy-lost' },
  'dragonfly/df12-swapinprog': { swapio: 'buggy' },
  'dragonfly/df14-generation': { gen: 'buggy' },
  'dragonfly/df16-kenter-quick': { tlb: 'quick quick-before' },
  'dragonfly/dfv1-fp': { fpu: 'buggy buggy-write' },
  'dragonfly/dfv10-vpte-m': { vpte: 'buggy' },
  'dragonfly/dfv11-replacevm': { pmact: 'buggy' },
  'dragonfly/dfv13-usermode': { usermode: 'buggy' },
  'dragonfly/dfv3-pgwriteable': { pgw: 'buggy' },
  'dragonfly/dfv5-token': { ptetoken: 'buggy' },
  'dragonfly/dfv6-swapu': { swapcrc: 'buggy buggy-done' },
  'dragonfly/dfv8-ptphint': {
    hint: 'buggy buggy-freed',
    orphan: 'buggy-freed',
    pgw: 'buggy-freed',
  },
  'dragonfly/dfv9-inherit-m': { pgw: 'buggy recorded', pgm: 'recorded' },
  'freebsd/fb01-curpmap-uaf': {
    uafpoison: 'buggy traced',
    curpmap: 'armed recycled recycled-armed invariants',
    staletlb: 'recycled',
  },
  'freebsd/fb03-fences': { fences: 'armed' },
  'freebsd/fb04-reload': { ref: 'resurrected' },
  'freebsd/fb05-pcpu-get': { kassert: 'buggy' },
  'illumos/ctxop-damaged': {
    ctxop_list: 'old-unmapped old-freed old-loop new-unmapped new-freed new-loop new-prev',
  },
  'illumos/ctxop-install-race': { ctxop_unbalanced: 'nopreempt' },
  'illumos/ctxop-install-race-linked': { ctxop_order: 'nopreempt' },
  'illumos/ctxop-panic-run': { ctxop_order: 'buggy', fpu_owner: 'buggy', fpu_ts: 'buggy' },
  'illumos/ctxop-panic-switch': { ctxop_order: 'buggy', fpu_owner: 'buggy', fpu_ts: 'buggy' },
  'illumos/ctxop-seeded': { ctxop_order: 'buggy', fpu_owner: 'buggy', fpu_ts: 'buggy' },
  'illumos/ctxop-silent': { ctxop_order: 'buggy', guest_fpu_pollution: 'buggy' },
  'kvm/kv01-hcall-gpr3': { kvmclob: 'buggy traced direct-sync', kvmpend: 'buggy-armed' },
  'kvm/kv02-mmio-read': { kvmclob: 'buggy buggy-gpr5 buggy-signed', kvmpend: 'buggy-armed' },
  'kvm/kv03-pio-out': { kvmclob: 'buggy2007', kvmpend: 'buggy2007-armed guard-same-address-armed' },
  'kvm/kv04-pio-in': { kvmclob: 'buggy buggy2007', kvmpend: 'buggy-armed' },
  'kvm/kv05-x86-mmio': { kvmclob: 'buggy', kvmpend: 'buggy-armed' },
  'kvm/kv06-osi': { kvmclob: 'buggy', kvmpend: 'buggy-armed' },
  'kvm/kv08-savevm': { kvmpend: 'buggy' },
};

/** Names of the checkers that call a dump wrong, sorted. */
export function accusersOf(path: string, variant: string): readonly string[] {
  return Object.entries(accusations[path] ?? {})
    .filter(([, variants]) => variants.split(' ').includes(variant))
    .map(([check]) => check)
    .toSorted();
}
