/** Whose state the FPU registers of DragonFly's CPUs hold: by the kernel's book, and by what is in them. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Cpu, Target } from '../../target/target.ts';
import {
  imageInMemory,
  imageInRegisters,
  isInitialImage,
  sameImage,
  type FpuImage,
} from '../fpu-image.ts';
import { functionsOf, lwpName, perCpus, threadAddresses, type PerCpu } from './processes.ts';
import { kernelHalf } from './spaces.ts';

/** Where the guest's state belongs into the registers: on the way to it and back. Source: DragonFly, platform/vkernel64, go_user. */
const guestDoors: ReadonlySet<string> = new Set([
  'go_user',
  'vmspace_ctl',
  'guest_enter',
  'guest_leave',
  'npxdna',
  'npxsave',
]);

/** Macros in life; our kernel is compiled without inlining. */
const accessors: ReadonlySet<string> = new Set(['curthread_get', 'mycpu_prv']);

/** Functions of libc that copy through the registers. */
const copies: ReadonlySet<string> = new Set(['bcopy', 'bzero', 'memcpy', 'memmove', 'memset']);

export interface SavedFpu {
  /** `struct thread`. */
  readonly thread: bigint;
  /** `40/1`. */
  readonly name: string;
  /** `td_savefpu`. */
  readonly area: bigint;
  /** undefined when it is not in the dump. */
  readonly image: FpuImage | undefined;
}

export interface CpuFpu {
  readonly cpu: number;
  readonly currentThread: bigint;
  /** `gd_npxthread`: whose state the registers hold; 0 for nobody's. */
  readonly owner: bigint;
  /** undefined when the dump has no FPU registers. */
  readonly registers: FpuImage | undefined;
  /** The CPU executes user code, or a guest's. */
  readonly isInUser: boolean;
  /** Functions on the CPU's stack, innermost first. */
  readonly functions: readonly string[];
}

/** The FPU of each CPU. */
export function* cpuFpus(target: Target): Generator<CpuFpu> {
  for (const each of perCpus(target)) {
    const cpu = target.cpus.find(({ index }) => index === each.id);
    if (cpu) yield cpuFpu(target, each, cpu);
  }
}

function cpuFpu(target: Target, { id, place, currentThread }: PerCpu, cpu: Cpu): CpuFpu {
  return {
    cpu: id,
    currentThread,
    owner: place.path('mdglobaldata.gd_npxthread').unsigned(),
    registers: imageInRegisters(cpu),
    isInUser: (cpu.registers.get('rip') ?? 0n) < kernelHalf,
    functions: functionsOf(target, id),
  };
}

/** Every thread that has a place for its FPU state. */
export function* savedFpus(target: Target): Generator<SavedFpu> {
  for (const thread of threadAddresses(target)) {
    const area = target.value('struct thread', thread).member('td_savefpu').unsigned();
    if (area !== 0n)
      yield { thread, name: lwpName(target, thread), area, image: savedImage(target, area) };
  }
}

function savedImage(target: Target, area: bigint): FpuImage | undefined {
  try {
    return imageInMemory(target, area);
  } catch (error) {
    if (error instanceof FaultError) return undefined;
    throw error;
  }
}

/** `current`: what the registers hold; `stale`: something else; `initial`: nothing was ever saved; `unknown`: one of both is absent. */
export function stateOfArea(
  registers: FpuImage | undefined,
  { image }: SavedFpu,
): 'current' | 'stale' | 'initial' | 'unknown' {
  if (!registers || !image) return 'unknown';
  if (sameImage(registers, image)) return 'current';
  return isInitialImage(image) ? 'initial' : 'stale';
}

/** The function that a CPU executes while its registers hold the state of the guest that it has left; undefined when they do not. */
export function executesWithGuestState(fpu: CpuFpu): string | undefined {
  const innermost = fpu.functions.find((name) => !accessors.has(name));
  if (fpu.owner === 0n || fpu.owner !== fpu.currentThread || fpu.isInUser) return undefined;
  if (!fpu.functions.includes('go_user') || fpu.functions.some(isDoorway)) return undefined;
  return innermost !== undefined && !guestDoors.has(innermost) ? innermost : undefined;
}

function isDoorway(name: string): boolean {
  return name !== 'go_user' && guestDoors.has(name);
}

/** A thread that copies through the registers, and the one that it interrupted doing the same, which has no place to save them in. */
export interface InterruptedCopy {
  readonly cpu: number;
  readonly thread: bigint;
  readonly interrupted: bigint;
  readonly function: string;
}

export function interruptedCopy(target: Target, fpu: CpuFpu): InterruptedCopy | undefined {
  const [innermost] = fpu.functions;
  if (fpu.currentThread === 0n) return undefined;
  const interrupted = target
    .value('struct thread', fpu.currentThread)
    .member('td_preempted')
    .unsigned();
  if (interrupted === 0n || innermost === undefined || !copies.has(innermost)) return undefined;
  if (target.value('struct thread', interrupted).member('td_savefpu').unsigned() !== 0n)
    return undefined;
  const start = [...target.threads()].find(({ address }) => address === interrupted)?.start;
  if (!start) return undefined;
  for (const frame of target.stack(start)) {
    const name = (target.symbolize(frame.lookupAddress) ?? '').replace(/\+.*$/, '');
    if (copies.has(name))
      return { cpu: fpu.cpu, thread: fpu.currentThread, interrupted, function: name };
  }
  return undefined;
}
