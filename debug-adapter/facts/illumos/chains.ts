/** Threads of an illumos dump that have context operators, with what a verdict about them needs. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Evidence } from '../../checks/check.ts';
import type { KernelThread, Target } from '../../target/target.ts';
import { readCtxOps, type CtxOp, type CtxOpChain } from './ctxop.ts';

export interface ThreadChain {
  readonly thread: KernelThread;
  readonly chain: CtxOpChain;
}

/** Every thread with at least one operator, or with a list that can't be read at all. */
export function* threadChains(target: Target): Generator<ThreadChain> {
  for (const thread of target.threads()) {
    if (thread.type !== 'kthread_t') continue;
    try {
      const chain = readCtxOps(target, thread.address);
      if (chain.ops.length > 0 || chain.problem) yield { thread, chain };
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
    }
  }
}

/** Hexadecimal without prefix, as mdb prints a pointer (`%p`). */
export function hex(value: bigint): string {
  return value.toString(16);
}

/** Names of the functions on the stack of the CPU that runs a thread, innermost first; empty when it runs nowhere. */
export function functionsOnCpu(target: Target, thread: KernelThread): readonly string[] {
  if (thread.cpu === undefined) return [];
  const names: string[] = [];
  for (const frame of target.stack({ kind: 'cpu', cpu: thread.cpu })) {
    names.push((target.symbolize(frame.lookupAddress) ?? '').replace(/\+.*$/, ''));
    if (names.length >= 64) break;
  }
  return names;
}

/** The evidence that every verdict about a chain shares: the operators with both stamps. */
export function chainEvidence(target: Target, thread: bigint, ops: readonly CtxOp[]): Evidence[] {
  const lines: Evidence[] = ops.map((op) => ({
    spans: [
      { kind: 'address', text: hex(op.address), address: op.address },
      { kind: 'text', text: ' ' },
      { kind: 'symbol', text: target.formatAddress(op.save), address: op.save },
      { kind: 'text', text: ` saved at ${stamp(op.saveStamp)}, ` },
      { kind: 'symbol', text: target.formatAddress(op.restore), address: op.restore },
      { kind: 'text', text: ` restored at ${stamp(op.restoreStamp)}` },
    ],
    line: `${hex(op.address)}::print "struct ctxop"`,
    address: op.address,
  }));
  lines.push({
    spans: [{ kind: 'text', text: 'the whole chain, with the order of both directions' }],
    line: `${hex(thread)}::ctxop`,
    address: thread,
  });
  return lines;
}

function stamp(value: bigint): string {
  return value === 0n ? 'never' : `0x${hex(value)}`;
}
