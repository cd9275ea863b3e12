/** Which decoded instructions of a page belong together: straight stretches, and the branches between them. */
import type { CodePage, Op } from './cpu.ts';
import { stopAt } from './machine.ts';

/** Most instructions of a region. */
const longestRegion = 150;

/** Instructions that are only entered at the first one. */
export interface Stretch {
  /** Offset in the page. */
  readonly offset: number;
  readonly ops: readonly Op[];
  /** Address at which it goes on when no branch is taken. */
  readonly nextLow: number;
  readonly nextHigh: number;
}

/** What may be asked for in front of an instruction without going through it by memory access. */
const singleStops = stopAt.breakpoint | stopAt.schedulePoint | stopAt.pause;

/**
 * The stretches that are reached from an offset without leaving the page, ascending. Only what has been decoded counts: an instruction that
 * nobody has come to yet may be none. Empty when the first instruction has to be executed by itself.
 */
export function stretchesFrom(page: CodePage, offset: number): Stretch[] {
  const leaders = new Set<number>([offset]);
  const reached = new Map<number, Op>();
  const waiting = [offset];
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    for (let at = from; !reached.has(at) && reached.size < longestRegion;) {
      const op = page.ops[at];
      if (!op || !mayCompile(op)) break;
      reached.set(at, op);
      const next = offsetIn(page, op.nextLow, op.nextHigh);
      if (op.flow !== undefined) {
        for (const target of successors(page, op)) {
          leaders.add(target);
          waiting.push(target);
        }
        break;
      }
      if (next === undefined) break;
      at = next;
    }
  }
  return [...leaders]
    .sort((a, b) => a - b)
    .flatMap((leader) => stretchAt(page, leader, leaders, reached));
}

/** Offsets at which it may go on behind a branch, as far as they are known. */
function successors(page: CodePage, op: Op): number[] {
  const next = offsetIn(page, op.nextLow, op.nextHigh);
  const target = offsetIn(page, op.immLow, op.immHigh);
  const known = { branch: [next, target], jump: [target], call: [next], return: [], alone: [] };
  return (op.flow ? known[op.flow] : []).filter((each) => each !== undefined);
}

/** The offset of an address that is in the page. */
export function offsetIn(page: CodePage, low: number, high: number): number | undefined {
  return (low & -4096) === page.low && high === page.high ? low & 4095 : undefined;
}

function stretchAt(
  page: CodePage,
  leader: number,
  leaders: ReadonlySet<number>,
  reached: ReadonlyMap<number, Op>,
): Stretch[] {
  const ops: Op[] = [];
  for (let at: number | undefined = leader; at !== undefined;) {
    const op = reached.get(at);
    if (!op) break;
    ops.push(op);
    at = op.flow !== undefined ? undefined : offsetIn(page, op.nextLow, op.nextHigh);
    if (at !== undefined && leaders.has(at)) break;
  }
  const last = ops.at(-1);
  if (!last) return [];
  return [{ offset: leader, ops, nextLow: last.nextLow, nextHigh: last.nextHigh }];
}

function mayCompile(op: Op): boolean {
  return op.text !== undefined && op.flow !== 'alone' && (op.marks & singleStops) === 0;
}
