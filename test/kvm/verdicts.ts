/** What the checkers say about each dump of KVM, in order and in the reference's words. */

const clobbered = (vcpu: number, what: string): string =>
  `kvmclob BUG: vcpu ${vcpu}: reset state overwritten by the pending ${what}`;
const armed = (vcpu: number, what: string): string => `kvmpend BUG: vcpu ${vcpu}: ${what}`;

const hypercall = clobbered(
  0,
  'hypercall: gpr3 is 0 (papr_hcall.ret), reset wanted 1ffe0000; also gpr4..gpr12 = papr_hcall.args[0..8]',
);
const skipped =
  'kvmclob BUG: vcpu 0: RIP is fff1 = reset fff0 + 1 (skipped instruction of a KVM_EXIT_IO completion)';

export const verdicts: Readonly<Record<string, readonly string[]>> = {
  'kv01-hcall-gpr3 buggy': [hypercall],
  'kv01-hcall-gpr3 traced': [hypercall],
  'kv01-hcall-gpr3 buggy-armed': [
    armed(
      0,
      'hypercall still pending after the reset: next KVM_RUN will overwrite gpr3=0 gpr4..gpr12',
    ),
  ],
  'kv01-hcall-gpr3 reenter': [],
  'kv01-hcall-gpr3 reenter-armed': [],
  'kv01-hcall-gpr3 abort': [],
  'kv01-hcall-gpr3 setregs': [],
  'kv01-hcall-gpr3 immediate': [],
  'kv01-hcall-gpr3 direct-sync': [hypercall],
  'kv02-mmio-read buggy': [clobbered(1, 'MMIO read: gpr3 is 11223344 (mmio.data), reset wanted 0')],
  'kv02-mmio-read buggy-armed': [
    armed(1, 'MMIO read still pending after the reset: next KVM_RUN will overwrite gpr3=11223344'),
  ],
  'kv02-mmio-read buggy-gpr5': [
    clobbered(1, 'MMIO read: gpr5 is 11223344 (mmio.data), reset wanted 0'),
  ],
  'kv02-mmio-read buggy-signed': [
    clobbered(1, 'MMIO read: gpr3 is ffffffffffff9122 (mmio.data), reset wanted 0'),
  ],
  'kv02-mmio-read reenter': [],
  'kv02-mmio-read abort': [],
  'kv06-osi buggy': [
    clobbered(
      0,
      'OSI call: gpr3 is 0 (osi.gprs[3]), reset wanted 1ffe0000; also gpr0..gpr31 = osi.gprs[0..31]',
    ),
  ],
  'kv06-osi buggy-armed': [
    armed(
      0,
      'OSI call still pending after the reset: next KVM_RUN will overwrite gpr3=0 gpr0..gpr31',
    ),
  ],
  'kv06-osi reenter': [],
  'kv07-complete-only before': [
    'kvmpend NOTE: vcpu 0: operation hcall pending (normal while user space handles the exit)',
  ],
  'kv07-complete-only after': [],
  'kv07-complete-only immediate': [],
  'kv08-savevm buggy': [
    armed(
      0,
      'state captured with an operation pending: hypercall; what goes on from it will not have gpr3=0 gpr4..gpr12',
    ),
  ],
  'kv08-savevm buggy-goes-on': [],
  'kv08-savevm buggy-restored': [],
  'kv08-savevm reenter': [],
  'kv08-savevm reenter-restored': [],
  'kv03-pio-out buggy2007': [skipped],
  'kv03-pio-out buggy2007-armed': [
    armed(0, 'port write still pending after the reset: next KVM_RUN will overwrite rip'),
  ],
  'kv03-pio-out decode': [],
  'kv03-pio-out guard': [],
  'kv03-pio-out reenter': [],
  // The blind spot of the guard, and of everybody who looks afterwards.
  'kv03-pio-out guard-same-address': [],
  'kv03-pio-out guard-same-address-armed': [
    armed(0, 'port write still pending after the reset: next KVM_RUN will overwrite rip'),
  ],
  'kv03-pio-out reenter-same-address': [],
  'kv04-pio-in buggy': [clobbered(0, 'port read: rax is 1c (pio data), reset wanted 0')],
  'kv04-pio-in buggy-armed': [
    armed(0, 'port read still pending after the reset: next KVM_RUN will overwrite rax=1c'),
  ],
  'kv04-pio-in buggy2007': [
    clobbered(0, 'port read: rax is 1c (pio data), reset wanted 0'),
    skipped,
  ],
  'kv04-pio-in guard': [],
  'kv04-pio-in reenter': [],
  'kv05-x86-mmio buggy': [
    clobbered(0, 'MMIO read: rax is 1000000 (mmio.data), reset wanted 0; also rip = ctxt._eip'),
  ],
  'kv05-x86-mmio buggy-armed': [
    armed(0, 'MMIO read still pending after the reset: next KVM_RUN will overwrite rax, rip'),
  ],
  'kv05-x86-mmio reenter': [],
  'kv05-x86-mmio abort': [],
};
