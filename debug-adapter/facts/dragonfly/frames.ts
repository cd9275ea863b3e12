/** Which CPUs are inside which functions, with what arguments: what is in progress when a dump is taken. */
import { frameArguments, frameScopes } from '../../target/locals.ts';
import type { Frame, Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';
import { perCpus } from './processes.ts';

const frameLimit = 64;

export interface CpuFrame {
  readonly cpu: number;
  readonly function: string;
  readonly frame: Frame;
}

/** Frames of all CPUs, innermost first. */
export function* cpuFrames(target: Target): Generator<CpuFrame> {
  for (const { id: cpu } of perCpus(target)) {
    if (!target.cpus.some((each) => each.index === cpu)) continue;
    let count = 0;
    for (const frame of target.stack({ kind: 'cpu', cpu })) {
      if (count++ >= frameLimit) break;
      const name = (target.symbolize(frame.lookupAddress) ?? '').replace(/\+.*$/, '');
      yield { cpu, function: name, frame };
    }
  }
}

/** An argument of a frame's function as a number; undefined when it is not known. */
export function argument(target: Target, { frame }: CpuFrame, name: string): bigint | undefined {
  return frameArguments(target, frame)
    .find((each) => each.name === name)
    ?.value?.unsigned();
}

/** A variable of a frame's function; undefined when it is not known. */
export function local(target: Target, { frame }: CpuFrame, name: string): Value | undefined {
  for (const scope of frameScopes(target, frame))
    for (const variable of scope.variables) if (variable.name === name) return variable.value;
  return undefined;
}

/** The first CPU that is inside one of the functions with `page` as its argument `m`. */
export function cpuWorkingOn(
  target: Target,
  page: bigint,
  functions: ReadonlySet<string>,
): CpuFrame | undefined {
  for (const each of cpuFrames(target))
    if (functions.has(each.function) && argument(target, each, 'm') === page) return each;
  return undefined;
}
