/** Bodies of answers, read by tests. */
import assert from 'node:assert/strict';

export type Item = Record<string, unknown>;

/** The objects of a list in a body. */
export function lists(body: Item, name: string): Item[] {
  const list = body[name];
  assert.ok(Array.isArray(list), `${name} is a list`);
  return list.map((each: unknown) => {
    assert.ok(isItem(each));
    return each;
  });
}

export function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
