/** What the checkers say about each dump of KVM, in order and in the reference's words. */

const hypercallClobbered =
  'kvmclob BUG: vcpu 0: reset state overwritten by the pending hypercall: gpr3 is 0 (papr_hcall.ret), reset wanted 1ffe0000; also gpr4..gpr12 = papr_hcall.args[0..8]';
const hypercallArmed =
  'kvmpend BUG: vcpu 0: hypercall still pending after the reset: next KVM_RUN will overwrite gpr3=0 gpr4..gpr12';

export const verdicts: Readonly<Record<string, readonly string[]>> = {
  'kv01-hcall-gpr3 buggy': [hypercallClobbered],
  'kv01-hcall-gpr3 buggy-armed': [hypercallArmed],
  'kv01-hcall-gpr3 reenter': [],
  'kv01-hcall-gpr3 reenter-armed': [],
  'kv01-hcall-gpr3 abort': [],
  'kv01-hcall-gpr3 setregs': [],
  'kv01-hcall-gpr3 immediate': [],
};
