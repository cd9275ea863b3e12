/** What an illumos kernel said: the queue of recent log messages, and the panic buffer. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Kernel } from '../../kernels/kernel.ts';
import type { Target } from '../../target/target.ts';

/** Messages read at most. */
export const messageLimit = 100_000;

/** Characters of one message. */
const messageLength = 4096;

export interface LogMessage {
  /** Address of the message's first `mblk_t`. */
  readonly address: bigint;
  /** Seconds since 1970, of its `log_ctl_t`. */
  readonly time: bigint;
  readonly text: string;
}

/**
 * Messages in the order in which they were logged; ends at a fault after what could be read.
 *
 * Source: illumos-gate, usr/src/uts/common/os/log.c (`log_recentq`), usr/src/uts/common/sys/stream.h, strlog.h.
 */
export function* logMessages(target: Target): Generator<LogMessage> {
  if (!target.hasGlobal('log_recentq')) return;
  const queue = target.global('log_recentq').unsigned();
  if (queue === 0n) return;
  let address = target.value('queue_t', queue).member('q_first').unsigned();
  const seen = new Set<bigint>();
  while (address !== 0n && !seen.has(address) && seen.size < messageLimit) {
    seen.add(address);
    const control = target.value('mblk_t', address);
    const time = target
      .value('log_ctl_t', control.member('b_rptr').unsigned())
      .member('ttime')
      .signed();
    const text = control.member('b_cont').dereference().member('b_rptr').text(messageLength) ?? '';
    yield { address, time, text };
    address = control.member('b_next').unsigned();
  }
}

/**
 * The panic message, formatted: behind `panicbuf`'s header when there is one, else the format that `panicstr` points to.
 *
 * Source: illumos-gate, usr/src/uts/common/sys/panic.h, `panic_data_t`.
 */
export function panicReport(target: Target): Pick<Kernel, 'panicMessage' | 'panicFault'> {
  try {
    return { panicMessage: panicText(target) };
  } catch (error) {
    if (error instanceof FaultError) return { panicMessage: undefined, panicFault: error.message };
    throw error;
  }
}

function panicText(target: Target): string | undefined {
  if (!target.hasGlobal('panicstr') || target.global('panicstr').unsigned() === 0n)
    return undefined;
  const buffer = target.hasGlobal('panicbuf') ? target.global('panicbuf') : undefined;
  if (buffer?.address === undefined || !target.findType('panic_data_t'))
    return target.global('panicstr').text(512);
  const offset = target.value('panic_data_t', buffer.address).member('pd_msgoff').unsigned();
  return target.value(`char [512]`, buffer.address + offset).text(512);
}
