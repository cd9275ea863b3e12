/** Akaros's cores: `per_cpu_info[]`, per-core variables, and what hardware says about each core's VMCS. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** The direct map of all physical memory. Source: akaros, kern/arch/x86/ros/mmu64.h. */
export const kernbase = 0xffff800000000000n;

/** `owning_vcoreid` of a core that nobody owns. */
export const noVcore = 0xdeadbeefn;

/** A current-VMCS pointer that points nowhere. */
export const noVmcs = (1n << 64n) - 1n;

/** One core. Its fields are read when they are asked for, so that a hole in one spares the others. @throws FaultError from any of them */
export interface Core {
  readonly id: number;
  /** `struct per_cpu_info`. */
  readonly info: Value;
  readonly currentProc: bigint;
  readonly owningProc: bigint;
  /** `gpc_to_clear_to`: the guest core whose VMCS is still loaded here; 0 when none. */
  readonly lingeringGuest: bigint;
  /** Physical address of the VMCS that hardware has current; undefined without hardware state or when there is none. */
  readonly hardwareVmcs: bigint | undefined;
}

/** Every core. When memory does not tell how many there are, as many as the dump has registers of. */
export function cores(target: Target): readonly Core[] {
  const count = readOr(target.cpus.length, () => Number(target.global('num_cores').unsigned()));
  const array = target.global('per_cpu_info');
  const found: Core[] = [];
  for (let id = 0; id < count && id < 1024; id++) {
    const info = array.index(BigInt(id));
    found.push({
      id,
      info,
      get currentProc() {
        return info.member('cur_proc').unsigned();
      },
      get owningProc() {
        return info.member('owning_proc').unsigned();
      },
      get lingeringGuest() {
        return perCoreVariable(target, 'gpc_to_clear_to', id) ?? 0n;
      },
      get hardwareVmcs() {
        return hardwareVmcs(target, id);
      },
    });
  }
  return found;
}

/** What `read` gives, or `otherwise` where memory is missing. */
export function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FaultError) return otherwise;
    throw error;
  }
}

/** A pointer-sized per-core variable: its template's place in the section `__percpu`, in the core's own copy. */
export function perCoreVariable(target: Target, name: string, core: number): bigint | undefined {
  const template = target.symbols.byName(`__percpu_${name}`);
  if (!template || !target.hasGlobal('percpu_base')) return undefined;
  const start = target.symbolAddress('__start___percpu');
  const size = target.symbolAddress('__stop___percpu') - start;
  const base = target.global('percpu_base').unsigned();
  return base === 0n
    ? undefined
    : target.memory.readU64(base + BigInt(core) * size + (template.address - start));
}

function hardwareVmcs(target: Target, core: number): bigint | undefined {
  if (!target.hardware || core >= target.hardware.count) return undefined;
  const current = target.hardware.cpu(core).member('current_vmcs_pa').unsigned();
  return current === noVmcs ? undefined : current;
}

/** Names of the functions on a core's stack, innermost first. */
export function functionsOf(target: Target, core: number): readonly string[] {
  const names: string[] = [];
  if (!target.cpus.some((each) => each.index === core)) return names;
  for (const frame of target.stack({ kind: 'cpu', cpu: core })) {
    names.push((target.symbolize(frame.lookupAddress) ?? '').replace(/\+.*$/, ''));
    if (names.length >= 64) break;
  }
  return names;
}

/** The messages of a core's kernel trace ring, oldest first: code addresses of the handlers that ran. */
export function* kernelMessageTrace(target: Target, core: Core): Generator<bigint> {
  const ring = core.info.member('traces');
  const buffer = ring.member('tr_buf').unsigned();
  const size = ring.member('tr_max').unsigned();
  const next = ring.member('tr_next').unsigned();
  if (buffer === 0n || size === 0n || size > 1n << 20n) return;
  const eventSize = 1n << ring.member('tr_event_sz_shift').unsigned();
  for (let slot = next > size ? next - size : 0n; slot < next; slot++) {
    const event = target.value('struct pcpu_trace_event', buffer + (slot % size) * eventSize);
    if (event.member('type').unsigned() === 1n) yield event.member('arg1').unsigned();
  }
}
