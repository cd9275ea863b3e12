/** Linux's console messages: the ring buffer of printk since Linux 5.10. */
import { decodeText } from '../../../dump-format/byte-reader.ts';
import { LookupError } from '../../../dump-format/errors.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** Descriptors that a buffer may have; a kernel of 64 bits has 2^13 by default. */
export const descriptorLimit = 2n ** 24n;

export interface KernelMessage {
  readonly sequence: bigint;
  /** Nanoseconds since the kernel started. */
  readonly time: bigint;
  readonly level: number;
  readonly text: string;
}

/** States of a descriptor, its two highest bits. Source: linux, kernel/printk/printk_ringbuffer.h. */
const stateShift = 62n;
const committed = 1n;
const finalized = 2n;
const idMask = (1n << stateShift) - 1n;

/**
 * Messages, oldest first, as far as they are whole.
 *
 * @throws LookupError when the kernel keeps its messages otherwise
 */
export function* kernelMessages(target: Target): Generator<KernelMessage> {
  if (!target.hasGlobal('prb') || !target.findType('struct prb_desc'))
    throw new LookupError(
      'the kernel has no printk ring buffer: its messages are read from Linux 5.10 on',
    );
  const buffer = target.global('prb').dereference();
  const ring = buffer.member('desc_ring');
  const count = 1n << (ring.member('count_bits').unsigned() & 63n);
  if (count > descriptorLimit)
    throw new LookupError(
      `the printk ring buffer claims ${count} descriptors, over the limit of ${descriptorLimit} (descriptorLimit)`,
    );
  const head = ring.path('head_id.counter').unsigned() & idMask;
  const tail = ring.path('tail_id.counter').unsigned() & idMask;
  for (let step = 0n; step < count; step++) {
    const id = (tail + step) & idMask;
    const message = messageAt(target, buffer, id, count);
    if (message) yield message;
    if (id === head) return;
  }
}

function messageAt(
  target: Target,
  buffer: Value,
  id: bigint,
  count: bigint,
): KernelMessage | undefined {
  const place = id & (count - 1n);
  const descriptor = buffer.path('desc_ring.descs').index(place);
  const state = descriptor.path('state_var.counter').unsigned();
  const isWhole = state >> stateShift === committed || state >> stateShift === finalized;
  if (!isWhole || (state & idMask) !== id) return undefined;
  const information = buffer.path('desc_ring.infos').index(place);
  const length = Number(information.member('text_len').unsigned());
  return {
    sequence: information.member('seq').unsigned(),
    time: information.member('ts_nsec').unsigned(),
    level: Number(information.member('level').unsigned()),
    text: textAt(target, buffer.member('text_data_ring'), descriptor, length),
  };
}

/** A block begins with the id of its descriptor. One that does not fit at the end of the ring is at its beginning. */
function textAt(target: Target, data: Value, descriptor: Value, length: number): string {
  const begin = descriptor.path('text_blk_lpos.begin').unsigned();
  const next = descriptor.path('text_blk_lpos.next').unsigned();
  // Positions of blocks are even; odd ones say that there is none.
  if ((begin & 1n) === 1n || length === 0) return '';
  const bits = data.member('size_bits').unsigned() & 63n;
  const isWrapped = begin >> bits !== (next - 1n) >> bits;
  const offset = isWrapped ? 0n : begin & ((1n << bits) - 1n);
  const idBytes = 8n;
  const start = data.member('data').unsigned() + offset + idBytes;
  return decodeText(target.memory.read(start, length));
}

/** As `dmesg` shows it: `[   12.345678] text`. */
export function messageLine({ time, text }: KernelMessage): string {
  const seconds = (time / 1_000_000_000n).toString().padStart(5);
  const microseconds = ((time / 1000n) % 1_000_000n).toString().padStart(6, '0');
  return `[${seconds}.${microseconds}] ${text}`;
}
