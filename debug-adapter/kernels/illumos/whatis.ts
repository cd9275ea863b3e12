/** What lies at an address by illumos's own books: thread structures, kernel stacks, context operators. */
import type { Row } from '../../commands/command.ts';
import { hex } from '../../facts/illumos/chains.ts';
import { readCtxOps } from '../../facts/illumos/ctxop.ts';
import { allThreads, describeThread } from '../../facts/illumos/kernel.ts';
import { kmemBufferAt } from '../../facts/illumos/kmem.ts';
import { stackOf } from '../../facts/illumos/stacks.ts';
import type { Target } from '../../target/target.ts';

/** Most specific first. */
export function* whatis(target: Target, address: bigint): Generator<Row> {
  yield* kmemRow(target, address);
  const threadSize = BigInt(target.type('kthread_t').size);
  const operatorSize = BigInt(target.findType('struct ctxop')?.size ?? 0);
  for (const thread of allThreads(target)) {
    for (const op of readCtxOps(target, thread).ops) {
      if (address < op.address || address >= op.address + operatorSize) continue;
      yield row(address, `${place(address, op.address)}, a context op of thread ${hex(thread)}`);
    }
    if (address >= thread && address < thread + threadSize) {
      yield row(
        address,
        address === thread
          ? 'allocated as a thread structure'
          : `${place(address, thread)}, allocated as a thread structure`,
      );
    }
    const stack = stackOf(target, thread);
    if (stack && address >= stack.base && address < stack.top) {
      yield row(
        address,
        `in thread ${hex(thread)}'s stack${belowPointer(target, thread, address)}`,
      );
    }
  }
}

function* kmemRow(target: Target, address: bigint): Generator<Row> {
  const buffer = kmemBufferAt(target, address);
  if (!buffer) return;
  const what = `${buffer.isFree ? 'freed' : 'allocated'} from ${buffer.cache}`;
  yield row(
    address,
    address === buffer.address ? what : `${place(address, buffer.address)}, ${what}`,
  );
}

function belowPointer(target: Target, thread: bigint, address: bigint): string {
  const { start, cpu } = describeThread(target, thread);
  if (!start) return '';
  for (const frame of target.stack(start)) {
    if (frame.stackPointer === undefined || address >= frame.stackPointer) return '';
    return cpu === undefined ? ' (below sp)' : ' (possibly below sp)';
  }
  return '';
}

function place(address: bigint, base: bigint): string {
  return address === base ? hex(base) : `${hex(base)}+${hex(address - base)}`;
}

function row(address: bigint, what: string): Row {
  return {
    spans: [
      { kind: 'address', text: hex(address), address },
      { kind: 'text', text: ` is ${what}` },
    ],
    value: address,
    data: { address, what },
  };
}
