/** Where the kernel image lies, by its symbols. */
import type { Target } from '../target/target.ts';

export interface ImageRange {
  readonly base: bigint;
  /** One past the last byte. */
  readonly limit: bigint;
}

const ranges = new WeakMap<Target, { readonly range: ImageRange | undefined }>();

/** From the lowest function or object to the end of the highest; undefined without symbols. */
export function imageRange(target: Target): ImageRange | undefined {
  let known = ranges.get(target);
  if (!known) {
    known = { range: findRange(target) };
    ranges.set(target, known);
  }
  return known.range;
}

/** Section numbers from here on are no sections. Source: System V gABI, SHN_LORESERVE. */
const firstReservedSection = 0xff00;

function findRange({ symbols }: Target): ImageRange | undefined {
  let base: bigint | undefined;
  let limit = 0n;
  for (const { address, size, type, sectionIndex } of symbols.all()) {
    const isPlaced = sectionIndex !== 0 && sectionIndex < firstReservedSection;
    if (!isPlaced || (type !== 'function' && type !== 'object' && type !== 'notype')) continue;
    if (base === undefined || address < base) base = address;
    if (address + size > limit) limit = address + size;
  }
  return base === undefined ? undefined : { base, limit };
}
