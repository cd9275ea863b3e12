/** Has a guest's saved FPU image become a copy of a host thread's? */
import { FaultError } from '../../dump-format/errors.ts';
import { hex } from '../facts/illumos/chains.ts';
import { imageInMemory, isInitialImage, sameImage } from '../facts/fpu-image.ts';
import { hasFpu, readThreadFpu, type ThreadFpu } from '../facts/illumos/fpu.ts';
import type { Target } from '../target/target.ts';
import type { Check } from './check.ts';

export const guestFpuPollution: Check = {
  name: 'guest_fpu_pollution',
  summary: 'no guest FPU image equals its host thread’s',
  source:
    'illumos 12477: the host image restored over the guest is saved as the guest’s at the next switch',
  applies: (target) => hasFpu(target) && target.findType('vm_thread_ctx_t') !== undefined,
  *run(target) {
    for (const thread of target.threads()) {
      const fpu = thread.type === 'kthread_t' ? readThreadFpu(target, thread) : undefined;
      if (!fpu?.guest || !isPolluted(target, fpu)) continue;
      yield {
        check: 'guest_fpu_pollution',
        severity: 'ERROR',
        verdict: `guest FPU image of vcpu ${fpu.guest.vcpuId} equals host thread ${hex(thread.address)}'s FPU image`,
        evidence: [fpu.guest.context, fpu.host].map((context) => ({
          spans: [
            { kind: 'text', text: `${context.kind} save area ` },
            { kind: 'address', text: hex(context.saveArea), address: context.saveArea },
          ],
          line: `${hex(context.saveArea)}::dump -l 200`,
          address: context.saveArea,
        })),
      };
    }
  },
};

function isPolluted(target: Target, fpu: ThreadFpu): boolean {
  if (!fpu.guest || fpu.host.saveArea === 0n || fpu.guest.context.saveArea === 0n) return false;
  try {
    const guest = imageInMemory(target, fpu.guest.context.saveArea);
    const host = imageInMemory(target, fpu.host.saveArea);
    return sameImage(guest, host) && !isInitialImage(guest);
  } catch (error) {
    if (error instanceof FaultError) return false;
    throw error;
  }
}
