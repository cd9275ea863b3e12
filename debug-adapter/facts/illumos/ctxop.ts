/** The context operators of an illumos thread: the chain, its integrity and the order of its stamps. */
import { FaultError } from '../../../dump-format/errors.ts';
import { strip } from '../../../dump-format/ctype.ts';
import type { Target } from '../../target/target.ts';
import { kmemBufferAt } from './kmem.ts';

/** Elements a chain may have before it is called broken; a real one has about five. */
export const ctxOpLimit = 64;

/** One `struct ctxop`. All values unsigned; the operators are code addresses, 0 when absent. */
export interface CtxOp {
  readonly address: bigint;
  readonly save: bigint;
  readonly restore: bigint;
  readonly argument: bigint;
  readonly next: bigint;
  /** Undefined in the layout before illumos 12477. */
  readonly previous: bigint | undefined;
  /** TSC ticks when `save_op` was about to be called; 0 when it never was. */
  readonly saveStamp: bigint;
  /** TSC ticks when `restore_op` was about to be called; 0 when it never was. */
  readonly restoreStamp: bigint;
}

export interface CtxOpChain {
  /** By the type information alone: a `prev` member means circular. Source: illumos 12477, thread.h. */
  readonly layout: 'null-terminated' | 'circular';
  /** Newest first, as `next` runs. */
  readonly ops: readonly CtxOp[];
  /** What is wrong with the list; undefined when it is whole. */
  readonly problem: ChainProblem | undefined;
}

export type ChainProblem =
  | { readonly kind: 'broken'; readonly at: bigint; readonly found: bigint }
  | { readonly kind: 'freed'; readonly at: bigint; readonly from: bigint | undefined }
  | { readonly kind: 'loop'; readonly at: bigint }
  | { readonly kind: 'absent'; readonly at: bigint; readonly from: bigint | undefined }
  | { readonly kind: 'too-long'; readonly at: bigint };

export function ctxOpLayout(target: Target): CtxOpChain['layout'] | undefined {
  const type = target.findType('struct ctxop');
  const record = type && strip(type);
  if (record?.kind !== 'struct') return undefined;
  return record.members.some((member) => member.name === 'prev') ? 'circular' : 'null-terminated';
}

/**
 * Reads a thread's chain from `t_ctx`, newest first; ends whatever the memory holds.
 *
 * @param thread address of a `kthread_t`
 * @throws FaultError when the thread itself can't be read
 * Source: illumos-gate, uts/common/sys/thread.h; illumos 12477.
 */
export function readCtxOps(target: Target, thread: bigint): CtxOpChain {
  const layout = ctxOpLayout(target) ?? 'null-terminated';
  const head = target.value('kthread_t', thread).member('t_ctx').unsigned();
  const ops: CtxOp[] = [];
  const seen = new Set<bigint>();
  let problem: ChainProblem | undefined;
  for (let address = head; address !== 0n; address = ops.at(-1)?.next ?? 0n) {
    if (ops.length > 0 && address === head && layout === 'circular') break;
    if (seen.has(address)) problem = { kind: 'loop', at: address };
    else if (ops.length >= ctxOpLimit) problem = { kind: 'too-long', at: address };
    if (problem) break;
    seen.add(address);
    if (kmemBufferAt(target, address)?.isFree) {
      problem = { kind: 'freed', at: address, from: ops.at(-1)?.address };
      break;
    }
    try {
      ops.push(readCtxOp(target, address));
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      problem = { kind: 'absent', at: address, from: ops.at(-1)?.address };
      break;
    }
  }
  return { layout, ops, problem: problem ?? (layout === 'circular' ? checkLinks(ops) : undefined) };
}

function readCtxOp(target: Target, address: bigint): CtxOp {
  const op = target.value('struct ctxop', address);
  const read = (member: string): bigint => op.member(member).unsigned();
  return {
    address,
    save: read('save_op'),
    restore: read('restore_op'),
    argument: read('arg'),
    next: read('next'),
    previous: op.hasMember('prev') ? read('prev') : undefined,
    saveStamp: read('save_ts'),
    restoreStamp: read('restore_ts'),
  };
}

/** `e.next.prev == e` all the way round; a chain that ends in NULL is broken in this layout. */
function checkLinks(ops: readonly CtxOp[]): ChainProblem | undefined {
  for (const [index, op] of ops.entries()) {
    const next = ops[(index + 1) % ops.length];
    if (next && op.next !== next.address) return { kind: 'broken', at: op.address, found: op.next };
    if (next && next.previous !== op.address) {
      return { kind: 'broken', at: op.address, found: next.previous ?? 0n };
    }
  }
  return undefined;
}

/** How one direction of stamps runs along `next`. */
export type StampOrder =
  | { readonly kind: 'newest-first' }
  | { readonly kind: 'oldest-first' }
  | { readonly kind: 'mixed'; readonly at: bigint }
  | { readonly kind: 'not-enough-data' };

export interface StampJudgement {
  readonly save: StampOrder;
  readonly restore: StampOrder;
  /** Set when the dump was taken in the middle of a round: only the complete part is judged. */
  readonly partial: 'save' | 'restore' | undefined;
}

/**
 * Judges the order of the last complete save and restore rounds by their stamps.
 *
 * All restores newer than all saves: a complete pair. All saves newer: the thread is off its CPU. Otherwise a round was
 * under way: its stamps are set apart at the largest gap, and only the others are judged.
 */
export function judgeStamps(ops: readonly CtxOp[]): StampJudgement {
  const stamped = ops.filter((op) => op.saveStamp !== 0n && op.restoreStamp !== 0n);
  const saves = stamped.map((op) => op.saveStamp);
  const restores = stamped.map((op) => op.restoreStamp);
  const isWhole =
    stamped.length < 2 || maximum(saves) < minimum(restores) || minimum(saves) > maximum(restores);
  if (isWhole) {
    return {
      save: order(stamped, 'saveStamp'),
      restore: order(stamped, 'restoreStamp'),
      partial: undefined,
    };
  }
  const partial = maximum(saves) > maximum(restores) ? 'save' : 'restore';
  const key = partial === 'save' ? 'saveStamp' : 'restoreStamp';
  const boundary = largestGap(stamped.map((op) => op[key]));
  const settled = stamped.filter((op) => op[key] < boundary);
  return {
    save: order(partial === 'save' ? settled : stamped, 'saveStamp'),
    restore: order(partial === 'restore' ? settled : stamped, 'restoreStamp'),
    partial,
  };
}

function order(ops: readonly CtxOp[], key: 'saveStamp' | 'restoreStamp'): StampOrder {
  let rises = 0;
  let falls = 0;
  let turn: bigint | undefined;
  for (const [index, op] of ops.entries()) {
    const next = ops[index + 1];
    if (!next || next[key] === op[key]) continue;
    if (next[key] > op[key]) rises++;
    else falls++;
    if (rises > 0 && falls > 0) turn ??= next.address;
  }
  if (rises + falls === 0) return { kind: 'not-enough-data' };
  if (turn !== undefined) return { kind: 'mixed', at: turn };
  return { kind: rises > 0 ? 'newest-first' : 'oldest-first' };
}

/** The stamp above the widest gap: where a new round begins. */
function largestGap(stamps: readonly bigint[]): bigint {
  const sorted = stamps.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  let widest = -1n;
  let boundary = sorted[0] ?? 0n;
  for (const [index, stamp] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next !== undefined && next - stamp > widest) {
      widest = next - stamp;
      boundary = next;
    }
  }
  return boundary;
}

function maximum(values: readonly bigint[]): bigint {
  return values.reduce((most, value) => (value > most ? value : most), 0n);
}

function minimum(values: readonly bigint[]): bigint {
  return values.reduce((least, value) => (value < least ? value : least), values[0] ?? 0n);
}

/** What an operator pair manages, by the names of its functions. */
export function ctxOpSubject(target: Target, op: CtxOp): 'thread-fpu' | 'guest-fpu' | 'other' {
  const name = target.symbolize(op.save) ?? '';
  if (/^(vmm_savectx|kvm_ctx_save)\b/.test(name)) return 'guest-fpu';
  if (/^(fpsave|fpxsave|fxsave|xsave|xsaveopt|fpnsave)\w*/.test(name)) return 'thread-fpu';
  return 'other';
}
