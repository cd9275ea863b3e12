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

/** The first CPU that is inside one of the functions with `page` as its argument, or its variable, `m`. */
export function cpuWorkingOn(
  target: Target,
  page: bigint,
  functions: ReadonlySet<string>,
): CpuFrame | undefined {
  for (const each of cpuFrames(target))
    if (functions.has(each.function) && pageOfFrame(target, each) === page) return each;
  return undefined;
}

function pageOfFrame(target: Target, frame: CpuFrame): bigint | undefined {
  return argument(target, frame, 'm') ?? local(target, frame, 'm')?.unsigned();
}

/** Functions that change entries of page tables and tell the CPUs at their end. */
const lateFlushes: ReadonlySet<string> = new Set([
  'pmap_inval_bulk',
  'pmap_inval_bulk_flush',
  // A vkernel's: the kernel below is asked when the entry is changed.
  'pmap_inval_loadandclear',
  'pmap_qremove',
  'pmap_remove_bigmap',
  'pmap_scan',
  'pmap_setro_pte',
]);

/** The CPU that has taken entries out of a pmap and will have them flushed. */
export function cpuFlushingLater(
  target: Target,
  pmap: bigint,
  isKernel: boolean,
): CpuFrame | undefined {
  const done = new Set<number>();
  for (const each of cpuFrames(target)) {
    if (each.function === 'pmap_inval_done') done.add(each.cpu);
    if (!lateFlushes.has(each.function) || done.has(each.cpu)) continue;
    if (pmapOfFrame(target, each, isKernel ? pmap : undefined) === pmap) return each;
  }
  return undefined;
}

/** `pmap_qremove` is about the kernel's; the others say which. */
function pmapOfFrame(
  target: Target,
  frame: CpuFrame,
  kernel: bigint | undefined,
): bigint | undefined {
  if (frame.function === 'pmap_qremove') return kernel;
  const own = argument(target, frame, 'pmap');
  if (own !== undefined) return own;
  const bulk = argument(target, frame, 'bulk');
  if (bulk !== undefined && bulk !== 0n)
    return target.value('struct pmap_inval_bulk', bulk).member('pmap').unsigned();
  const info = argument(target, frame, 'info');
  return info === undefined || info === 0n
    ? undefined
    : target.value('struct pmap_scan_info', info).member('pmap').unsigned();
}
