/** What the checkers say about each dump of KVM, in order and in the reference's words. */

const clobbered = (vcpu: number, what: string): string =>
  `kvmclob BUG: vcpu ${vcpu}: reset state overwritten by the pending ${what}`;
const armed = (vcpu: number, what: string): string => `kvmpend BUG: vcpu ${vcpu}: ${what}`;

const hypercall = clobbered(
  0,
  'hypercall: gpr3 is 0 (papr_hcall.ret), reset wanted 1ffe0000; also gpr4..gpr12 = papr_hcall.args[0..8]',
);

export const verdicts: Readonly<Record<string, readonly string[]>> = {
  'kv01-hcall-gpr3 buggy': [hypercall],
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
};
