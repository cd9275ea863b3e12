/** Who claims the FPU registers of an illumos CPU: the thread's own context, a guest's, and what the register file holds. */
import { FaultError, LookupError } from '../../../dump-format/errors.ts';
import type { Cpu, KernelThread, Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';
import { imageInMemory, imageInRegisters, sameImage } from '../fpu-image.ts';
import { functionsOnCpu } from './chains.ts';
import { ctxOpSubject, readCtxOps, type CtxOp } from './ctxop.ts';

/** `fpu_flags`. Source: illumos-gate, usr/src/uts/intel/sys/fp.h. */
export const fpuFlags = { enabled: 1n, valid: 2n, modified: 4n } as const;

/** `vtc_status`. Source: illumos-gate, usr/src/uts/i86pc/io/vmm. */
export const vtcStatus = { restored: 1n, critical: 2n } as const;

/** An `fpu_ctx_t` of a thread or of a guest. */
export interface FpuContext {
  readonly kind: 'host' | 'guest';
  /** Address of the `fpu_ctx_t`. */
  readonly address: bigint;
  readonly flags: bigint;
  /** The context says that the registers, not memory, hold its state. */
  readonly claimsRegisters: boolean;
  /** Address of the xsave area; 0 when there is none. */
  readonly saveArea: bigint;
}

/** A bhyve vCPU that a thread runs, found through its vmm context operator. */
export interface GuestFpu {
  readonly context: FpuContext;
  readonly vcpu: bigint;
  readonly vcpuId: number;
  /** `vtc_status` of the thread's `vm_thread_ctx_t`. */
  readonly status: bigint;
  readonly isInGuest: boolean;
  readonly operator: CtxOp;
}

export interface ThreadFpu {
  readonly thread: KernelThread;
  readonly host: FpuContext;
  readonly guest: GuestFpu | undefined;
}

export function hasFpu(target: Target): boolean {
  return ['fpu_ctx_t', 'klwp_t', 'kthread_t'].every((name) => target.findType(name) !== undefined);
}

/** The FPU contexts of a thread with an lwp; undefined for a kernel thread, or when its structures are absent. */
export function readThreadFpu(target: Target, thread: KernelThread): ThreadFpu | undefined {
  try {
    const lwp = target.value('kthread_t', thread.address).member('t_lwp').unsigned();
    if (lwp === 0n) return undefined;
    const host = readContext('host', target.value('klwp_t', lwp).path('lwp_pcb.pcb_fpu'));
    if ((host.flags & fpuFlags.enabled) === 0n) return undefined;
    return { thread, host, guest: readGuest(target, thread) };
  } catch (error) {
    if (error instanceof FaultError || error instanceof LookupError) return undefined;
    throw error;
  }
}

/** The thread that each CPU runs, with its FPU contexts. */
export function* cpuFpus(
  target: Target,
): Generator<{ readonly cpu: Cpu; readonly fpu: ThreadFpu }> {
  const threads = [...target.threads()].filter((thread) => thread.cpu !== undefined);
  for (const cpu of target.cpus.toSorted((a, b) => a.index - b.index)) {
    const thread = threads.find((each) => each.cpu === cpu.index);
    const fpu = thread && readThreadFpu(target, thread);
    if (fpu) yield { cpu, fpu };
  }
}

function readContext(kind: FpuContext['kind'], value: Value): FpuContext {
  const flags = value.member('fpu_flags').unsigned();
  const isValidInMemory = (flags & fpuFlags.valid) !== 0n;
  return {
    kind,
    address: value.address ?? 0n,
    flags,
    claimsRegisters: (flags & fpuFlags.enabled) !== 0n && !isValidInMemory,
    saveArea: value.path('fpu_regs.kfpu_u').unsigned(),
  };
}

function readGuest(target: Target, thread: KernelThread): GuestFpu | undefined {
  const operator = readCtxOps(target, thread.address).ops.find(
    (op) => ctxOpSubject(target, op) === 'guest-fpu',
  );
  if (!operator || !target.findType('vm_thread_ctx_t')) return undefined;
  const context = target.value('vm_thread_ctx_t', operator.argument);
  const vcpuId = Number(context.member('vtc_vcpuid').unsigned());
  const vcpu = context.path(`vtc_vm->vcpu[0t${vcpuId}]`);
  const guest = vcpu.member('guestfpu').dereference();
  const isInGuest = guest.member('hf_inguest').unsigned() !== 0n;
  const isOurs = isInGuest && guest.member('hf_curthread').unsigned() === thread.address;
  const fpu = readContext('guest', guest.member('hf_guest_fpu'));
  return {
    context: { ...fpu, claimsRegisters: isOurs && (fpu.flags & fpuFlags.valid) === 0n },
    vcpu: vcpu.address ?? 0n,
    vcpuId,
    status: context.member('vtc_status').unsigned(),
    isInGuest,
    operator,
  };
}

/** Control register 0's task-switched bit; undefined when the dump has no hardware state. */
export function taskSwitched(target: Target, cpu: number): boolean | undefined {
  const hardware = target.hardware?.cpu(cpu);
  return hardware?.hasMember('cr0') ? (hardware.member('cr0').unsigned() & 8n) !== 0n : undefined;
}

/** Functions that move FPU state: between two of their instructions any combination of claims is legal. */
const movers = new Set([
  'hma_fpu_start_guest',
  'hma_fpu_stop_guest',
  'fp_save',
  'fp_restore',
  'fpsave_ctxt',
  'fprestore_ctxt',
  'xsave_ctxt',
  'xsaveopt_ctxt',
  'xrestore_ctxt',
]);

export function isMovingFpuState(target: Target, thread: KernelThread): boolean {
  return functionsOnCpu(target, thread).some((name) => movers.has(name));
}

/** Which of a thread's memory images the registers of its CPU equal. */
export function registersMatch(target: Target, cpu: Cpu, fpu: ThreadFpu): readonly FpuContext[] {
  const registers = imageInRegisters(cpu);
  if (!registers) return [];
  const contexts = fpu.guest ? [fpu.host, fpu.guest.context] : [fpu.host];
  return contexts.filter((context) => {
    if (context.saveArea === 0n) return false;
    try {
      return sameImage(registers, imageInMemory(target, context.saveArea));
    } catch (error) {
      if (error instanceof FaultError) return false;
      throw error;
    }
  });
}
