/** Changes of JSON that leave it JSON: a value becomes another, a member goes, comes twice, or moves. */
import type { Random } from '../language/generator.ts';

/** Places of a document that are looked at. */
const placeLimit = 4096;

/** Values that a reader of JSON may not expect. */
const values: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1,
  2,
  0.5,
  4294967296,
  2 ** 53,
  -(2 ** 31),
  1e308,
  '',
  'x',
  '0',
  '-1',
  '0x10',
  '0xffffffffffffffff',
  '__proto__',
  'constructor',
  '\u0000\u001b[2J\u202e',
  '<b>[a](command:b)',
  'y'.repeat(5000),
  [],
  {},
  [[]],
  [null],
  { a: {} },
];

/** A place: the thing that holds it, and its key or index there. */
interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string;
}

/** The document, changed at one place; as it was when it has no place. The argument is changed. */
export function changeJson(document: unknown, random: Random): unknown {
  const root = { document };
  const places = placesIn(root);
  const { holder, key } = random.pick(places);
  const from = random.pick(places);
  const change = random.next(9);
  if (change === 0 && holder !== root) remove(holder, key);
  else if (change === 1) set(holder, key, structuredClone(get(from)));
  else if (change === 2) set(holder, from.key, structuredClone(get({ holder, key })));
  else if (change === 3) set(holder, key, [get({ holder, key })]);
  else if (change === 4) repeat(get({ holder, key }), random);
  else if (change === 5) set(holder, key, respell(get({ holder, key }), get(from), random));
  else set(holder, key, structuredClone(random.pick(values)));
  return root.document;
}

function placesIn(root: Record<string, unknown>): Place[] {
  const places: Place[] = [];
  const open: (Record<string, unknown> | unknown[])[] = [root];
  for (let holder = open.pop(); holder && places.length < placeLimit; holder = open.pop())
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      const value = get({ holder, key });
      if (isHolder(value)) open.push(value);
    }
  return places;
}

function get({ holder, key }: Place): unknown {
  return Array.isArray(holder) ? holder[Number(key)] : holder[key];
}

function set(holder: Place['holder'], key: string, value: unknown): void {
  if (!Array.isArray(holder)) Object.defineProperty(holder, key, { ...plain, value });
  else if (Number.isSafeInteger(Number(key))) holder[Number(key) % (holder.length + 1)] = value;
}

/** As `JSON.parse` makes members: `__proto__` is one like the others. */
const plain = { writable: true, enumerable: true, configurable: true };

function remove(holder: Place['holder'], key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

/** An array has its elements several times. */
function repeat(value: unknown, random: Random): void {
  if (!Array.isArray(value) || value.length > 64) return;
  const elements = Array.from(value, (each: unknown) => structuredClone(each));
  for (let count = random.next(8); count > 0; count--) value.push(...elements);
}

/** A text with a piece taken out, or one of another put in. */
function respell(value: unknown, other: unknown, random: Random): unknown {
  if (typeof value !== 'string') return value;
  const at = random.next(value.length + 1);
  const put = typeof other === 'string' ? other.slice(random.next(other.length + 1)) : '';
  return value.slice(0, at) + put.slice(0, 64) + value.slice(at + random.next(6));
}

function isHolder(value: unknown): value is Record<string, unknown> | unknown[] {
  return typeof value === 'object' && value !== null;
}

/** A change of bytes that are a JSON document; undefined when they are none. */
export function changeJsonBytes(bytes: Uint8Array, random: Random): Uint8Array | undefined {
  const document = parse(new TextDecoder().decode(bytes));
  if (document === undefined) return undefined;
  return new TextEncoder().encode(JSON.stringify(changeJson(document, random)) ?? '');
}

/** Undefined for what is no JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
