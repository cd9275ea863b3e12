/** The layout of a struct as `pahole` shows it: offsets, sizes, holes, and where cache lines begin. */
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';

/** Bytes of a cache line on the machines whose dumps are read. */
export const cacheLineSize = 64;

export interface LayoutMember {
  /** Empty for an anonymous struct or union. */
  readonly name: string;
  readonly type: string;
  /** Bytes from the start of the outermost struct. */
  readonly offset: number;
  /** Bytes to the next member or to the end; the members of a union share theirs. */
  readonly size: number;
  readonly isHole: boolean;
  /** First of its level to begin in this cache line. */
  readonly startsCacheLine: boolean;
  readonly members: readonly LayoutMember[];
}

/** What `::print -h` calls bytes that belong to no member. */
const holeName = '<<HOLE>>';

interface Line {
  readonly depth: number;
  readonly name: string;
  readonly type: string;
  readonly offset: number;
}

/**
 * Reads the rows of `::print -ath TYPE`.
 *
 * @param size bytes of the type
 */
export function layoutOf(rows: readonly RowItem[], size: number): LayoutMember[] {
  const lines = rows.map(lineOf).filter((line) => line !== undefined);
  return level(lines, 0, lines.length, 1, size);
}

/** Bytes that belong to no member, at every level. */
export function holeBytes(members: readonly LayoutMember[]): number {
  return members.reduce(
    (total, each) => total + (each.isHole ? each.size : holeBytes(each.members)),
    0,
  );
}

/** The lines of one depth between two places, with what is nested in each. */
function level(
  lines: readonly Line[],
  first: number,
  last: number,
  depth: number,
  end: number,
): LayoutMember[] {
  const places: number[] = [];
  for (let place = first; place < last; place++)
    if (lines[place]?.depth === depth) places.push(place);
  let cacheLine = -1;
  return places.flatMap((place, index) => {
    const line = lines[place];
    if (line === undefined) return [];
    const next = places.slice(index + 1).find((each) => offsetOf(lines[each]) > line.offset);
    const memberEnd = Math.max(line.offset, next === undefined ? end : offsetOf(lines[next]));
    const inside = places[index + 1] ?? last;
    const startsIn = Math.floor(line.offset / cacheLineSize);
    const startsCacheLine = startsIn > cacheLine && line.offset > 0;
    cacheLine = Math.max(cacheLine, startsIn);
    return [
      {
        name: line.name,
        type: line.type,
        offset: line.offset,
        size: memberEnd - line.offset,
        isHole: line.name === holeName,
        startsCacheLine: startsCacheLine && startsIn > 0,
        members: level(lines, place + 1, inside, depth + 1, memberEnd),
      },
    ];
  });
}

function offsetOf(line: Line | undefined): number {
  return line?.offset ?? 0;
}

function lineOf(row: RowItem): Line | undefined {
  if (typeof row.data !== 'object' || row.data === null) return undefined;
  const data = new Map<string, unknown>(Object.entries(row.data));
  const depth = data.get('depth');
  const address = data.get('address');
  if (typeof depth !== 'number' || depth === 0 || typeof address !== 'string') return undefined;
  const text = (name: string): string => String(data.get(name) ?? '').trim();
  return { depth, name: text('name'), type: text('type'), offset: Number(address) };
}
