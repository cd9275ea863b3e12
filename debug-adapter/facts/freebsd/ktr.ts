/** The kernel's trace: a ring of events, each a format and the words for it. */
import type { Target } from '../../target/target.ts';
import { traceText } from '../trace-text.ts';

/** Entries that a ring may have. */
const entryLimit = 1 << 20;

export interface TraceEntry {
  /** Of the `struct ktr_entry`. */
  readonly at: bigint;
  readonly cpu: number;
  /** Ticks of the time stamp counter. */
  readonly tsc: bigint;
  /** `struct thread` that ran. */
  readonly thread: bigint;
  /** `pmap_activate_sw: fffff80000003758 to ffffffff8014f0d8`. */
  readonly text: string;
}

/**
 * Entries, oldest first; none when no class of events was recorded.
 *
 * @throws FaultError where the ring can't be read
 * Source: FreeBSD, sys/ktr.h; kern/kern_ktr.c, ktr_tracepoint: ktr_idx is the place of the next entry, which wraps.
 */
export function* trace(target: Target): Generator<TraceEntry> {
  if (!target.hasGlobal('ktr_buf') || !target.hasGlobal('ktr_idx')) return;
  const ring = target.global('ktr_buf');
  const count = Math.min(Number(target.global('ktr_entries').unsigned()), entryLimit);
  const next = Number(target.global('ktr_idx').unsigned());
  const isInside = next < count;
  for (let step = 0; step < count; step++) {
    const entry = ring.index(BigInt(isInside ? (next + step) % count : step));
    if (entry.member('ktr_desc').unsigned() === 0n) continue;
    yield {
      at: entry.address ?? 0n,
      cpu: Number(entry.member('ktr_cpu').unsigned()),
      tsc: entry.member('ktr_timestamp').unsigned(),
      thread: entry.member('ktr_thread').unsigned(),
      text: traceText(target, entry.member('ktr_desc'), entry.member('ktr_parms')),
    };
  }
}
