/** The kernel's own record of context operators: a ring of entries with time, CPU and thread. */
import type { Target } from '../../target/target.ts';

export interface TraceEntry {
  readonly address: bigint;
  readonly tsc: bigint;
  readonly thread: bigint;
  readonly operator: bigint;
  readonly function: bigint;
  readonly argument: bigint;
  readonly cpu: bigint;
  /** The enumerator's name without its prefix: `save`, `restore`, `fork`. */
  readonly kind: string;
}

export function hasTrace(target: Target): boolean {
  return target.hasGlobal('ctxtrace_buf') && target.hasGlobal('ctxtrace_next');
}

/** Entries from the oldest that is still in the ring. */
export function* traceEntries(target: Target): Generator<TraceEntry> {
  const ring = target.global('ctxtrace_buf');
  if (ring.type.kind !== 'array' || ring.type.count === undefined || ring.type.count === 0) return;
  const size = BigInt(ring.type.count);
  const next = target.global('ctxtrace_next').unsigned();
  for (let slot = next > size ? next - size : 0n; slot < next; slot++) {
    const entry = ring.index(slot % size);
    const read = (member: string): bigint => entry.member(member).unsigned();
    yield {
      address: entry.address ?? 0n,
      tsc: read('ct_tsc'),
      thread: read('ct_thread'),
      operator: read('ct_ctxop'),
      function: read('ct_op'),
      argument: read('ct_arg'),
      cpu: read('ct_cpu'),
      kind: kindName(target, read('ct_kind')),
    };
  }
}

function kindName(target: Target, value: bigint): string {
  let type = target.findType('ctxtrace_kind_t');
  while (type?.kind === 'typedef') type = type.target;
  const name =
    type?.kind === 'enum' ? type.enumerators.find((each) => each.value === value)?.name : undefined;
  return (name ?? value.toString()).replace(/^[A-Z]+_/, '').toLowerCase();
}
