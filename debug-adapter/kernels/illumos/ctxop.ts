/** `::walk ctxop` (mdb's) and `::ctxop` (ours): a thread's context operators with the order of their stamps. */
import { LookupError, UsageError } from '../../../dump-format/errors.ts';
import {
  textRow,
  type Dcmd,
  type Invocation,
  type Row,
  type Span,
  type Walker,
} from '../../commands/command.ts';
import { hex } from '../../facts/illumos/chains.ts';
import {
  judgeStamps,
  readCtxOps,
  type CtxOp,
  type CtxOpChain,
  type StampOrder,
} from '../../facts/illumos/ctxop.ts';

export const ctxopWalker: Walker = {
  name: 'ctxop',
  summary: 'walk list of context ops on a thread',
  description:
    'Gives each struct ctxop from t_ctx, the most recent first. The list ends in NULL before illumos 12477 and is circular after it; ' +
    'which one it is, the types of the dump tell.',
  address: 'required',
  elementType: 'struct ctxop',
  origin: 'mdb',
  *walk(target, start) {
    if (start === undefined) throw new UsageError('must specify thread for ctxop walk');
    const { ops, problem } = readCtxOps(target, start);
    for (const op of ops) yield op.address;
    if (problem?.kind === 'absent') {
      throw new LookupError(`couldn't read ctxop at ${hex(problem.at)}: no mapping for address`);
    }
    if (problem?.kind === 'loop') {
      throw new LookupError(`ctxop list loops at ${hex(problem.at)} without passing the head`);
    }
  },
};

export const ctxop: Dcmd = {
  name: 'ctxop',
  address: 'optional',
  summary: 'context ops of a thread with the order in which they were saved and restored',
  description:
    'Without an address, the thread of the CPU that panicked. Ticks are those of the TSC, from one stamp to the next of the same round; the ' +
    'stamp is taken before the operator is called, so the last one of a round has no cost. Stack order means: saved from the most to the least recent, ' +
    'restored from the least to the most recent (illumos 12477).',
  origin: 'corewalk',
  examples: [
    { line: '<thread::ctxop', explains: 'the chain of the thread that panicked' },
    { line: '::walk thread | ::ctxop', explains: 'the chains of all threads' },
  ],
  *run(invocation) {
    const thread = invocation.hasAddress
      ? invocation.address
      : invocation.session.variables.get('thread');
    if (thread === undefined || thread === 0n)
      throw new UsageError('must specify thread for ctxop');
    const { layout, ops, problem } = readCtxOps(invocation.target, thread);
    if (invocation.isPiped && ops.length === 0) return;
    if (invocation.isPiped) yield textRow(`thread ${hex(thread)}`);
    if (invocation.isFirst) yield layoutRow(layout);
    yield* table(invocation, ops);
    if (problem) {
      const text = `ctxop list: ${problem.kind} at ${hex(problem.at)}`;
      yield { spans: [{ kind: 'error', text, address: problem.at }] };
    }
    yield* orderRows(ops);
  },
};

function layoutRow(layout: CtxOpChain['layout']): Row {
  return textRow(
    layout === 'circular'
      ? 'ctxop layout: circular, doubly linked (illumos 12477 or later)'
      : 'ctxop layout: singly linked, NULL-terminated (before 12477)',
  );
}

function* table({ target }: Invocation, ops: readonly CtxOp[]): Generator<Row> {
  const names = ops.map((op) => ({
    save: target.formatAddress(op.save),
    restore: target.formatAddress(op.restore),
  }));
  const saveWidth = Math.max(15, ...names.map((name) => name.save.length));
  const restoreWidth = Math.max(19, ...names.map((name) => name.restore.length));
  yield {
    spans: [
      {
        kind: 'heading',
        text: `${'ADDR'.padEnd(16)} ${'SAVE'.padEnd(saveWidth)} ${'RESTORE'.padEnd(restoreWidth)} ${'SAVE#'.padStart(5)} ${'+TICKS'.padStart(7)}  ${'RESTORE#'.padStart(8)} ${'+TICKS'.padStart(7)}`,
      },
    ],
  };
  const saves = ranks(ops.map((op) => op.saveStamp));
  const restores = ranks(ops.map((op) => op.restoreStamp));
  const type = target.type('struct ctxop');
  for (const [index, op] of ops.entries()) {
    const save = saves[index];
    const restore = restores[index];
    const spans: Span[] = [
      { kind: 'address', text: hex(op.address).padStart(16, '0'), address: op.address },
      { kind: 'text', text: ' ' },
      { kind: 'symbol', text: (names[index]?.save ?? '').padEnd(saveWidth), address: op.save },
      { kind: 'text', text: ' ' },
      {
        kind: 'symbol',
        text: (names[index]?.restore ?? '').padEnd(restoreWidth),
        address: op.restore,
      },
      {
        kind: 'number',
        text: ` ${cell(save?.rank, 5)} ${cell(save?.ticks, 7)}  ${cell(restore?.rank, 8)} ${cell(restore?.ticks, 7)}`,
      },
    ];
    const data = {
      address: op.address,
      save: names[index]?.save,
      restore: names[index]?.restore,
      saveStamp: op.saveStamp,
      restoreStamp: op.restoreStamp,
      saveRank: save?.rank,
      restoreRank: restore?.rank,
    };
    yield { spans, value: op.address, object: { address: op.address, type }, data };
  }
}

/** Rank of each stamp in time, 1 for the earliest, and the ticks to the next one; undefined where there is no stamp. */
function ranks(
  stamps: readonly bigint[],
): readonly ({ rank: number; ticks: bigint | undefined } | undefined)[] {
  const sorted = stamps
    .filter((each) => each !== 0n)
    .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return stamps.map((stamp) => {
    if (stamp === 0n) return undefined;
    const rank = sorted.indexOf(stamp);
    const next = sorted[rank + 1];
    return { rank: rank + 1, ticks: next === undefined ? undefined : next - stamp };
  });
}

function cell(value: number | bigint | undefined, width: number): string {
  return (value === undefined ? '-' : value.toString()).padStart(width);
}

function* orderRows(ops: readonly CtxOp[]): Generator<Row> {
  const { save, restore, partial } = judgeStamps(ops);
  yield textRow(`save order: ${describeSave(save)}`);
  yield textRow(`restore order: ${describeRestore(restore)}`);
  if (partial)
    yield textRow(`partial ${partial} round: the dump was taken while the operators ran`);
}

function describeSave(order: StampOrder): string {
  switch (order.kind) {
    case 'newest-first':
      return 'most -> least recent (ok)';
    case 'oldest-first':
      return 'least -> most recent (NOT newest-first)';
    case 'mixed':
      return `NOT newest-first at ${hex(order.at)}`;
    case 'not-enough-data':
      return 'not enough data';
  }
}

function describeRestore(order: StampOrder): string {
  switch (order.kind) {
    case 'newest-first':
      return 'most -> least recent (NOT stack order)';
    case 'oldest-first':
      return 'least -> most recent (stack order, ok)';
    case 'mixed':
      return `mixed, turns at ${hex(order.at)}`;
    case 'not-enough-data':
      return 'not enough data';
  }
}
