/** Which object lies where: tells whether a pointer leads to something new, to a part of something known, or nowhere sensible. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { isTypeAt } from '../target/members.ts';

/** What a place in memory is taken by. */
export interface Occupant {
  readonly address: bigint;
  readonly size: bigint;
  readonly type: CType;
}

const pageBits = 12n;
/** Objects over more pages are kept in a list of their own. */
const bucketedPages = 64n;

/**
 * Takes places for objects. What is found first has the better claim: a damaged pointer into the middle of a known object
 * of another type is no object, and what it would lead to is not looked at.
 */
export class Occupancy {
  private readonly pages = new Map<bigint, Occupant[]>();
  private readonly large: Occupant[] = [];

  /** Takes the place without a question: for what is known better than by a pointer. Plain storage takes none. */
  take(object: Occupant): void {
    if (isStorage(object.type)) return;
    const first = object.address >> pageBits;
    const last = (object.address + object.size - 1n) >> pageBits;
    if (last - first >= bucketedPages) {
      this.large.push(object);
      return;
    }
    for (let page = first; page <= last; page++) {
      const bucket = this.pages.get(page);
      if (bucket) bucket.push(object);
      else this.pages.set(page, [object]);
    }
  }

  /** Takes the place when it is free, or when what is there is a part of the object. False otherwise. */
  claim(object: Occupant): boolean {
    const first = object.address >> pageBits;
    const last = (object.address + object.size - 1n) >> pageBits;
    if (last - first >= bucketedPages) return false;
    for (let page = first; page <= last; page++)
      for (const other of this.pages.get(page) ?? []) if (!canJoin(object, other)) return false;
    for (const other of this.large) if (!canJoin(object, other)) return false;
    this.take(object);
    return true;
  }
}

/** True when two objects do not overlap, or the second is a part of the first and not all of it. */
function canJoin(object: Occupant, other: Occupant): boolean {
  const isApart =
    other.address >= object.address + object.size || object.address >= other.address + other.size;
  if (isApart) return true;
  if (other.address < object.address || other.size > object.size) return false;
  if (isSameType(object.type, other.type)) return false;
  const offset = Number(other.address - object.address);
  return isTypeAt(object.type, offset, (type) => isSameType(type, other.type));
}

/** The same type, also when two units of a program each describe it. */
export function isSameType(first: CType, second: CType): boolean {
  const a = strip(first);
  const b = strip(second);
  if (a === b) return true;
  const isNamed = (a.kind === 'struct' || a.kind === 'union') && a.name !== undefined;
  return isNamed && a.kind === b.kind && a.name === b.name && a.size === b.size;
}

/** Arrays of plain numbers are where allocators keep anything. */
function isStorage(type: CType): boolean {
  const base = strip(type);
  return base.kind === 'array' && ['base', 'void'].includes(strip(base.element).kind);
}
