/** Is CR0.TS set while bhyve believes that the guest's FPU state is in the registers? */
import { hex } from '../facts/illumos/chains.ts';
import {
  cpuFpus,
  hasFpu,
  isMovingFpuState,
  taskSwitched,
  vtcStatus,
} from '../facts/illumos/fpu.ts';
import type { Check } from './check.ts';

export const fpuTs: Check = {
  name: 'fpu_ts',
  summary: 'CR0.TS is set while a guest FPU is loaded outside the guest',
  source: 'illumos-gate, bhyve save_guest_fpustate: panics when CR0.TS is clear',
  applies: (target) => hasFpu(target) && target.findType('vm_thread_ctx_t') !== undefined,
  *run(target) {
    if (!target.hardware) {
      yield {
        check: 'fpu_ts',
        severity: 'SKIPPED',
        verdict: 'SKIPPED: no control registers in this dump',
        evidence: [],
      };
      return;
    }
    for (const { cpu, fpu } of cpuFpus(target)) {
      if (!fpu.guest || (fpu.guest.status & vtcStatus.restored) === 0n) continue;
      if (isMovingFpuState(target, fpu.thread)) continue;
      const isSet = taskSwitched(target, cpu.index);
      if (isSet === undefined) continue;
      yield {
        check: 'fpu_ts',
        severity: isSet ? 'OK' : 'ERROR',
        verdict: isSet
          ? `CPU ${cpu.index}: guest FPU marked restored and CR0.TS is set`
          : 'guest FPU marked restored but CR0.TS is clear: next save_guest_fpustate will panic',
        evidence: [
          {
            spans: [
              { kind: 'text', text: `CPU ${cpu.index}, vm_thread_ctx_t ` },
              {
                kind: 'address',
                text: hex(fpu.guest.operator.argument),
                address: fpu.guest.operator.argument,
              },
              { kind: 'text', text: ` vtc_status 0x${hex(fpu.guest.status)}` },
            ],
            line: `${hex(fpu.guest.operator.argument)}::print vm_thread_ctx_t`,
            address: fpu.guest.operator.argument,
          },
          {
            spans: [{ kind: 'text', text: `CR0 of CPU ${cpu.index}` }],
            line: `${hex(fpu.thread.address)}::fpu`,
          },
        ],
      };
    }
  },
};
