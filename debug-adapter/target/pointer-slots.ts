/** Where the pointers are in a type: for "who points here". */
import { strip, type CType } from '../../dump-format/ctype.ts';

/** Slots of one object that are looked at; an object with more is cut, as only a damaged type has them. */
export const slotLimit = 4_000_000;

const nestingLimit = 64;

/** A pointer inside an object. */
export interface PointerSlot {
  /** Bytes from the start of the object. */
  readonly offset: number;
  /** The pointer's own type. */
  readonly type: CType;
}

/** What a type holds, arrays kept together, so that a table of a million elements is one entry. */
interface Shape {
  readonly slots: readonly PointerSlot[];
  readonly arrays: readonly {
    readonly offset: number;
    readonly count: number;
    readonly stride: number;
    readonly shape: Shape;
  }[];
}

const empty: Shape = { slots: [], arrays: [] };
const shapes = new WeakMap<CType, Shape>();

/** Every pointer in an object of a type, arrays and nested records included, in no particular order. */
export function* pointerSlots(type: CType): Generator<PointerSlot> {
  let count = 0;
  for (const slot of slotsOf(shapeOf(type, 0), 0)) {
    if (count++ >= slotLimit) return;
    yield slot;
  }
}

/** False for a type without a single pointer in it: its objects need not be read. */
export function holdsPointers(type: CType): boolean {
  const { slots, arrays } = shapeOf(type, 0);
  return slots.length > 0 || arrays.length > 0;
}

function* slotsOf(shape: Shape, base: number): Generator<PointerSlot> {
  for (const { offset, type } of shape.slots) yield { offset: base + offset, type };
  for (const { offset, count, stride, shape: element } of shape.arrays) {
    for (let index = 0; index < count; index++)
      yield* slotsOf(element, base + offset + index * stride);
  }
}

function shapeOf(type: CType, depth: number): Shape {
  const base = strip(type);
  if (depth > nestingLimit) return empty;
  switch (base.kind) {
    case 'pointer':
      return { slots: [{ offset: 0, type }], arrays: [] };
    case 'struct':
    case 'union':
    case 'array': {
      const known = shapes.get(base);
      if (known) return known;
      // Set first: a record that contains itself exists in damaged type information only, and must end.
      shapes.set(base, empty);
      const shape = base.kind === 'array' ? arrayShape(base, depth) : recordShape(base, depth);
      shapes.set(base, shape);
      return shape;
    }
    default:
      return empty;
  }
}

function arrayShape({ element, count }: Extract<CType, { kind: 'array' }>, depth: number): Shape {
  const shape = shapeOf(element, depth + 1);
  const isEmpty = shape.slots.length === 0 && shape.arrays.length === 0;
  if (isEmpty || count === undefined || count === 0 || element.size === 0) return empty;
  return { slots: [], arrays: [{ offset: 0, count, stride: element.size, shape }] };
}

function recordShape(
  { members }: Extract<CType, { kind: 'struct' | 'union' }>,
  depth: number,
): Shape {
  const slots: PointerSlot[] = [];
  const arrays: Shape['arrays'][number][] = [];
  for (const { type, offset, bitField } of members) {
    if (bitField) continue;
    const inner = shapeOf(type, depth + 1);
    for (const slot of inner.slots) slots.push({ ...slot, offset: slot.offset + offset });
    for (const array of inner.arrays) arrays.push({ ...array, offset: array.offset + offset });
  }
  return { slots, arrays };
}
