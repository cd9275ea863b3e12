/** A comparison as lines: each object that differs with its members side by side, and at the end what was folded. */
import type { Row, Span } from '../commands/command.ts';
import { typeName } from '../target/type-names.ts';
import type { MemberDifference, ObjectDifference } from './compare.ts';
import type { Noise } from './noise.ts';

/** Columns of a member's path and of its left value, at most. */
const columnLimit = 40;

export interface RowOptions {
  /** Also stamps, counters, registers, hardware. */
  readonly showsNoise: boolean;
}

/** What was seen in all, told by the generator's return value. */
export interface Totals {
  readonly objects: number;
  readonly members: number;
  readonly folded: number;
}

export function* comparisonRows(
  differences: Iterable<ObjectDifference>,
  { showsNoise }: RowOptions,
): Generator<Row, Totals> {
  const folded = new Map<Noise, number>();
  let objects = 0;
  let members = 0;
  for (const each of differences) {
    const told = each.members.filter(({ noise }) => showsNoise || noise === undefined);
    if (!showsNoise)
      for (const { noise } of each.members)
        if (noise !== undefined) folded.set(noise, (folded.get(noise) ?? 0) + 1);
    const isWhole = each.members.length === 0;
    if (told.length === 0 && !isWhole) continue;
    objects++;
    members += told.length;
    yield* objectRows(each, told);
  }
  yield { spans: [{ kind: 'comment', text: summary(objects, members, folded) }] };
  return { objects, members, folded: [...folded.values()].reduce((sum, each) => sum + each, 0) };
}

function* objectRows(
  object: ObjectDifference,
  members: readonly MemberDifference[],
): Generator<Row> {
  yield { spans: headline(object), data: dataOf(object, members) };
  const width = (texts: readonly string[]): number =>
    Math.min(columnLimit, Math.max(0, ...texts.map((text) => text.length)));
  const paths = width(members.map(({ path }) => path));
  const values = width(members.map(({ left }) => left));
  for (const { path, left, right, noise } of members) {
    const spans: Span[] = [
      { kind: 'text', text: '  ' },
      { kind: 'member', text: path.padEnd(paths) },
      { kind: 'text', text: paths === 0 ? '' : '  ' },
      { kind: 'number', text: left.padEnd(values) },
      { kind: 'text', text: '  ' },
      { kind: 'number', text: right },
    ];
    if (noise !== undefined) spans.push({ kind: 'comment', text: `  (${noise})` });
    yield { spans };
  }
  if (object.omitted > 0)
    yield { spans: [{ kind: 'comment', text: `  and ${object.omitted} more members` }] };
}

function headline({ name, type, left, right, members }: ObjectDifference): Span[] {
  const spans: Span[] = [{ kind: 'heading', text: name }];
  const place = (address: bigint): Span => ({
    kind: 'address',
    text: ` ${address.toString(16)}`,
    address,
  });
  if (left !== undefined) spans.push(place(left));
  if (right !== undefined && right !== left) spans.push(place(right));
  if (left === undefined && right === undefined) return spans;
  spans.push({ kind: 'type', text: ` ${typeName(type)}` });
  if (members.length === 0)
    spans.push({
      kind: 'text',
      text: left === undefined ? ': only in the second' : ': only in the first',
    });
  return spans;
}

function dataOf(
  { name, type, left, right, omitted }: ObjectDifference,
  members: readonly MemberDifference[],
): Record<string, unknown> {
  return { object: name, type: typeName(type), left, right, members, omitted };
}

function summary(objects: number, members: number, folded: ReadonlyMap<Noise, number>): string {
  const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
  const told =
    objects === 0
      ? 'no differences'
      : `${many(objects, 'object')} differ${objects === 1 ? 's' : ''} in ${many(members, 'member')}`;
  const kinds = [...folded].map(([noise, count]) => `${count} ${noise}`).toSorted();
  return kinds.length === 0 ? told : `${told}; folded: ${kinds.join(', ')} (--all shows them)`;
}
