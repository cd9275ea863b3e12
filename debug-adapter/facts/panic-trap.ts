/** The exception that a BSD kernel panics for: the trap frame that its `trap_fatal` was given. */
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import type { PanicTrap } from '../kernels/kernel.ts';
import { frameArguments } from '../target/locals.ts';
import type { Frame, Target } from '../target/target.ts';
import { unwind } from '../target/unwind.ts';
import type { Value } from '../target/value.ts';

/** Frames between the code that takes the dump and `trap_fatal`. */
const frameLimit = 16;

/** The processor's exceptions, by number. Source: Intel SDM 3, 6.15. */
export const trapNames: ReadonlyMap<bigint, string> = new Map([
  [0n, 'Divide Error'],
  [2n, 'Non-Maskable Interrupt'],
  [3n, 'Breakpoint'],
  [6n, 'Invalid Opcode'],
  [7n, 'Device Not Available'],
  [8n, 'Double Fault'],
  [13n, 'General Protection'],
  [14n, 'Page Fault'],
]);

/** Members of a trap frame that are not named as the register, without `tf_`. */
const otherNames: Readonly<Record<string, string>> = { vector: 'trapno', error: 'err' };

const known = new WeakMap<Target, { readonly trap: PanicTrap | undefined }>();

/**
 * The innermost trap on the panicking CPU's stack, if the panic is that of `trap_fatal`.
 *
 * Read when it is first asked for, once for each dump.
 *
 * @returns undefined when the kernel panicked for another reason, or the frame can't be read
 * Source: FreeBSD, amd64/amd64/trap.c; DragonFly, platform/pc64/x86_64/trap.c: trap_fatal(frame, eva).
 */
export function panicTrap(target: Target, panicCpu: number | undefined): PanicTrap | undefined {
  const before = known.get(target);
  if (before) return before.trap;
  const trap = readPanicTrap(target, panicCpu);
  known.set(target, { trap });
  return trap;
}

function readPanicTrap(target: Target, panicCpu: number | undefined): PanicTrap | undefined {
  if (target.cpus.every(({ index }) => index !== panicCpu)) return undefined;
  try {
    const fatal = panicCpu === undefined ? undefined : trapFatal(target, panicCpu);
    const argument = fatal && frameArguments(target, fatal).find(({ name }) => name === 'frame');
    return argument?.value && fromTrapFrame(argument.value.dereference());
  } catch (error) {
    if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
    return undefined;
  }
}

function trapFatal(target: Target, cpu: number): Frame | undefined {
  let count = 0;
  for (const frame of unwind(target, { kind: 'cpu', cpu })) {
    if (/^trap_fatal\b/.test(target.symbolize(frame.lookupAddress) ?? '')) return frame;
    if (frame.isTrap || ++count === frameLimit) return undefined;
  }
  return undefined;
}

function fromTrapFrame(frame: Value): PanicTrap | undefined {
  if (frame.type.kind !== 'struct') return undefined;
  const registers = new Map<string, bigint>();
  for (const { name = '' } of frame.type.members) {
    const register = name.replace(/^tf_/, '');
    registers.set(otherNames[register] ?? register, frame.member(name).unsigned());
  }
  const number = registers.get('trapno');
  if (number === undefined) return undefined;
  const name = trapNames.get(number);
  return { number, ...(name !== undefined && { name }), registers };
}
