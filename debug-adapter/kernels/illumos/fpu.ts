/** `::fpu` for illumos: the register file of each CPU against every context that could be in it. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd, Row, Span } from '../../commands/command.ts';
import { hex } from '../../facts/illumos/chains.ts';
import {
  cpuFpus,
  fpuFlags,
  registersMatch,
  taskSwitched,
  vtcStatus,
  type FpuContext,
  type ThreadFpu,
} from '../../facts/illumos/fpu.ts';
import type { Cpu, Target } from '../../target/target.ts';

export const fpu: Dcmd = {
  name: 'fpu',
  address: 'optional',
  summary: 'who claims the FPU registers of a CPU, and whose state they hold',
  description:
    'For the thread given, or for the thread that each CPU runs. A context without FPU_VALID says that the registers hold its state; two such contexts on one CPU can’t both ' +
    'be right. Which one the registers really hold is told by comparing mxcsr and xmm0-15 with the save areas in memory.',
  origin: 'corewalk',
  examples: [{ line: '<thread::fpu', explains: 'the FPU of the thread that panicked' }],
  *run({ target, hasAddress, address }) {
    let count = 0;
    for (const { cpu, fpu: state } of cpuFpus(target)) {
      if (hasAddress && state.thread.address !== address) continue;
      count++;
      yield* rows(target, cpu, state);
    }
    if (count === 0 && hasAddress)
      throw new LookupError(`thread ${hex(address)} runs on no CPU or has no FPU context`);
  },
};

function* rows(target: Target, cpu: Cpu, state: ThreadFpu): Generator<Row> {
  const ts = taskSwitched(target, cpu.index);
  const matches = registersMatch(target, cpu, state).map((context) =>
    context.kind === 'host' ? 'HOST pcb' : 'GUEST',
  );
  const holds = cpu.fxsave ? matches.join(' and ') || 'no save area' : 'not in this dump';
  const spans: Span[] = [
    { kind: 'heading', text: `CPU ${cpu.index}: ` },
    {
      kind: 'text',
      text: `CR0.TS=${ts === undefined ? '?' : ts ? 1 : 0}${xcr0(target, cpu, state)}   registers match: ${holds}`,
    },
  ];
  yield { spans, data: { cpu: cpu.index, ts, matches } };
  const parts: Span[] = [...contextSpans(target, 'host pcb_fpu ', state.host)];
  if (state.guest) {
    parts.push(...contextSpans(target, '   guest hma_fpu ', state.guest.context));
    parts.push({
      kind: 'text',
      text: ` inguest=${state.guest.isInGuest ? 1 : 0}   vtc_status = ${statusNames(state.guest.status)}`,
    });
  }
  yield { spans: parts, value: state.host.address };
}

function contextSpans(_target: Target, label: string, context: FpuContext): Span[] {
  return [
    { kind: 'text', text: label },
    { kind: 'address', text: hex(context.address), address: context.address },
    { kind: 'text', text: ` flags ${flagNames(context.flags)}` },
  ];
}

function xcr0(target: Target, cpu: Cpu, state: ThreadFpu): string {
  const hardware = target.hardware?.cpu(cpu.index);
  if (!hardware?.hasMember('xcr0')) return '';
  const value = hardware.member('xcr0').unsigned();
  if (!state.guest) return ` XCR0=0x${hex(value)}`;
  const vcpu = target.value('struct vcpu', state.guest.vcpu);
  const isGuest = vcpu.hasMember('guest_xcr0') && vcpu.member('guest_xcr0').unsigned() === value;
  return ` XCR0=0x${hex(value)}${isGuest ? ' (guest’s)' : ''}`;
}

function flagNames(flags: bigint): string {
  const names: string[] = [];
  if ((flags & fpuFlags.enabled) !== 0n) names.push('EN');
  if ((flags & fpuFlags.valid) !== 0n) names.push('VALID');
  if ((flags & fpuFlags.modified) !== 0n) names.push('MODIFIED');
  return names.join('|') || '0';
}

function statusNames(status: bigint): string {
  const names: string[] = [];
  if ((status & vtcStatus.restored) !== 0n) names.push('RESTORED');
  if ((status & vtcStatus.critical) !== 0n) names.push('CRITICAL');
  return names.join('|') || '0';
}
