/** Names that a mistyped one may have meant. */

/** Edits by which a name may differ, and how many are offered. */
const maximumDistance = 2;
const maximumOffered = 3;

/**
 * The names nearest to `wanted`, nearest first, then by the alphabet: at most three, none that differs by more than two
 * edits (one for names of up to three letters), where swapped neighbours count once.
 */
export function nearestNames(wanted: string, names: Iterable<string>): readonly string[] {
  const reach = wanted.length <= 2 ? 1 : maximumDistance;
  const scored: { readonly name: string; readonly distance: number }[] = [];
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) > reach) continue;
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase());
    if (distance <= reach && distance < wanted.length) scored.push({ name, distance });
  }
  scored.sort((left, right) => left.distance - right.distance || (left.name < right.name ? -1 : 1));
  const best = scored[0]?.distance;
  return scored
    .filter((each) => each.distance === best)
    .slice(0, maximumOffered)
    .map((each) => each.name);
}

/** `did you mean ::list or ::dist?`, or undefined when nothing is near. */
export function didYouMean(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const last = names.at(-1) ?? '';
  const before = names.slice(0, -1).join(', ');
  return `did you mean ${before === '' ? last : `${before} or ${last}`}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1];
      if (isSwap) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
