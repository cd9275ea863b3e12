/** The kernel's trace ring. */
import type { Target } from '../../target/target.ts';

export interface TraceEntry {
  /** Of the `struct ktr_entry`. */
  readonly at: bigint;
  readonly seq: bigint;
  readonly cpu: number;
  /** Ticks. */
  readonly tsc: bigint;
  readonly what: string;
  readonly data: readonly bigint[];
}

/** Entries, oldest first; none when the ring was off. */
export function* trace(target: Target): Generator<TraceEntry> {
  if (!target.hasGlobal('ktr_buf') || !target.hasGlobal('ktr_idx')) return;
  const ring = target.global('ktr_buf');
  const size = ring.type.kind === 'array' ? BigInt(ring.type.count ?? 0) : 0n;
  const next = target.global('ktr_idx').unsigned();
  for (let seq = next > size ? next - size : 0n; seq < next; seq++) {
    const entry = ring.index(seq % size);
    const data = entry.member('ktr_data');
    yield {
      at: entry.address ?? 0n,
      seq: entry.member('ktr_seq').unsigned(),
      cpu: Number(entry.member('ktr_cpu').unsigned()),
      tsc: entry.member('ktr_timestamp').unsigned(),
      what: entry.member('ktr_info').text(40) ?? '?',
      data: [0n, 1n, 2n, 3n].map((index) => data.index(index).unsigned()),
    };
  }
}
