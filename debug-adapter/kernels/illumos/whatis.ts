/** What lies at an address by illumos's own books: thread structures, kernel stacks, context operators. */
import { FaultError, LookupError } from '../../../dump-format/errors.ts';
import type { Row } from '../../commands/command.ts';
import { hex } from '../../facts/illumos/chains.ts';
import { readCtxOps } from '../../facts/illumos/ctxop.ts';
import { allThreads, describeThread } from '../../facts/illumos/kernel.ts';
import { kmemBufferAt } from '../../facts/illumos/kmem.ts';
import { stackOf } from '../../facts/illumos/stacks.ts';
import { Intervals, type Interval } from '../../target/intervals.ts';
import type { Target } from '../../target/target.ts';

/** Most specific first. */
export function* whatis(target: Target, address: bigint): Generator<Row> {
  yield* kmemRow(target, address);
  const { operators, threads, stacks, damage } = booksOf(target);
  for (const { start, thread } of operators.at(address))
    yield row(address, `${place(address, start)}, a context op of thread ${hex(thread)}`);
  for (const { start } of threads.at(address)) {
    const what = 'allocated as a thread structure';
    yield row(address, address === start ? what : `${place(address, start)}, ${what}`);
  }
  for (const { thread } of stacks.at(address)) {
    const where = belowPointer(target, thread, address);
    yield row(address, `in thread ${hex(thread)}'s stack${where}`);
  }
  if (damage) throw damage;
}

interface OfThread extends Interval {
  readonly thread: bigint;
}

/** Where things lie, read once: a pipe asks for thousands of addresses. */
interface Books {
  readonly operators: Intervals<OfThread>;
  readonly threads: Intervals<OfThread>;
  readonly stacks: Intervals<OfThread>;
  /** Why there is no more; told behind what there is. */
  readonly damage: Error | undefined;
}

const known = new WeakMap<Target, Books>();

/** What of a damaged list of threads can be read. */
function booksOf(target: Target): Books {
  const found = known.get(target);
  if (found) return found;
  const operators: OfThread[] = [];
  const threads: OfThread[] = [];
  const stacks: OfThread[] = [];
  let damage: Error | undefined;
  const threadSize = BigInt(target.type('kthread_t').size);
  const operatorSize = BigInt(target.findType('struct ctxop')?.size ?? 0);
  try {
    for (const thread of allThreads(target)) {
      threads.push({ start: thread, end: thread + threadSize, thread });
      for (const { address: start } of readCtxOps(target, thread).ops)
        operators.push({ start, end: start + operatorSize, thread });
      const stack = stackOf(target, thread);
      if (stack) stacks.push({ start: stack.base, end: stack.top, thread });
    }
  } catch (error) {
    if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
    damage = error;
  }
  const books = {
    operators: new Intervals(operators),
    threads: new Intervals(threads),
    stacks: new Intervals(stacks),
    damage,
  };
  known.set(target, books);
  return books;
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
