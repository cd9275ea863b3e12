/** When each context operator saved and restored, as arcs over time: in stack order arcs nest, in any other they cross. */
import type { RowItem } from '../dap/protocol.ts';

export interface OperatorStamps {
  /** `struct ctxop`, `0x` hexadecimal. */
  readonly address: string;
  /** Symbols of its functions. */
  readonly save: string;
  readonly restore: string;
  /** TSC ticks; undefined where it never ran. */
  readonly saveStamp: bigint | undefined;
  readonly restoreStamp: bigint | undefined;
}

export interface StampEvent {
  /** Index of the operator in the chain, head first. */
  readonly operator: number;
  readonly kind: 'save' | 'restore';
  readonly stamp: bigint;
  /** Ticks since the first event. */
  readonly ticks: bigint;
}

/** An operator with both stamps: from the earlier event to the later one, by their places in time order. */
export interface Arc {
  readonly operator: number;
  readonly from: number;
  readonly to: number;
  /** It crosses another one. */
  readonly isCrossing: boolean;
}

export interface ArcDiagram {
  readonly operators: readonly OperatorStamps[];
  /** In time order. */
  readonly events: readonly StampEvent[];
  readonly arcs: readonly Arc[];
  /** Pairs of arcs that cross, of all pairs. */
  readonly crossings: number;
  readonly pairs: number;
}

/** Reads the rows of `THREAD::ctxop`. */
export function arcsOf(rows: readonly RowItem[]): ArcDiagram {
  const operators = rows.map(operatorOf).filter((each) => each !== undefined);
  const events = eventsOf(operators);
  const spans = operators.flatMap((_, operator) => {
    const places = events.flatMap((event, place) => (event.operator === operator ? [place] : []));
    const [from, to] = places;
    return from === undefined || to === undefined ? [] : [{ operator, from, to }];
  });
  const arcs = spans.map((span) => ({
    ...span,
    isCrossing: spans.some((other) => cross(span, other)),
  }));
  const crossings = spans.flatMap((one, index) =>
    spans.slice(index + 1).filter((other) => cross(one, other)),
  ).length;
  return { operators, events, arcs, crossings, pairs: (spans.length * (spans.length - 1)) / 2 };
}

function eventsOf(operators: readonly OperatorStamps[]): StampEvent[] {
  const stamped = operators.flatMap(({ saveStamp, restoreStamp }, operator) => [
    { operator, kind: 'save' as const, stamp: saveStamp },
    { operator, kind: 'restore' as const, stamp: restoreStamp },
  ]);
  const known = stamped.flatMap(({ operator, kind, stamp }) =>
    stamp === undefined ? [] : [{ operator, kind, stamp }],
  );
  const sorted = known.sort((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0));
  const first = sorted[0]?.stamp ?? 0n;
  return sorted.map((event) => ({ ...event, ticks: event.stamp - first }));
}

/** One begins inside the other and ends outside. */
function cross(
  one: { readonly from: number; readonly to: number },
  other: { readonly from: number; readonly to: number },
): boolean {
  const [left, right] = one.from < other.from ? [one, other] : [other, one];
  return left.from < right.from && right.from < left.to && left.to < right.to;
}

function operatorOf(row: RowItem): OperatorStamps | undefined {
  if (typeof row.data !== 'object' || row.data === null) return undefined;
  const data = new Map<string, unknown>(Object.entries(row.data));
  const address = data.get('address');
  if (typeof address !== 'string' || !data.has('saveStamp')) return undefined;
  return {
    address,
    save: String(data.get('save') ?? ''),
    restore: String(data.get('restore') ?? ''),
    saveStamp: stampOf(data.get('saveStamp')),
    restoreStamp: stampOf(data.get('restoreStamp')),
  };
}

/** Zero is a stamp that was never taken. */
function stampOf(value: unknown): bigint | undefined {
  if (typeof value !== 'string' || !/^(0x)?[0-9a-f]+$/i.test(value)) return undefined;
  const stamp = BigInt(value);
  return stamp === 0n ? undefined : stamp;
}
