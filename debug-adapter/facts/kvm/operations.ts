/** The operation of a vCPU that KVM still waits for. */
import type { Target } from '../../target/target.ts';
import type { Operation } from './operation.ts';
import { pendingPpc } from './operations-ppc.ts';
import { pendingX86 } from './operations-x86.ts';
import type { Vcpu } from './vcpus.ts';

/** What the next KVM_RUN would complete; undefined when nothing is pending. */
export function pendingOperation(target: Target, vcpu: Vcpu): Operation | undefined {
  return vcpu.architecture === 'ppc' ? pendingPpc(vcpu) : pendingX86(target, vcpu);
}
