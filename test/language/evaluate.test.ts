/** Expressions against a second evaluator: a random tree is written down with few parentheses, and worked out on its own. */
import assert from 'node:assert/strict';
import { openSession } from './session.ts';
import { randomFrom, type Random } from './generator.ts';

interface Written {
  readonly text: string;
  /** How tightly the outermost operator binds; 9 for what needs no parentheses. */
  readonly level: number;
  readonly value: bigint;
}

const bits = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

/** Level and meaning, written apart from the code under test. */
const binary: readonly (readonly [string, number, (a: bigint, b: bigint) => bigint | undefined])[] =
  [
    ['|', 1, (a, b) => a | b],
    ['^', 2, (a, b) => a ^ b],
    ['&', 3, (a, b) => a & b],
    ['==', 4, (a, b) => (a === b ? 1n : 0n)],
    ['!=', 4, (a, b) => (a === b ? 0n : 1n)],
    ['<<', 5, (a, b) => (b > 63n ? 0n : bits(a << b))],
    ['>>', 5, (a, b) => (b > 63n ? 0n : a >> b)],
    ['+', 6, (a, b) => bits(a + b)],
    ['-', 6, (a, b) => bits(a - b)],
    ['*', 7, (a, b) => bits(a * b)],
    ['%', 7, (a, b) => (b === 0n ? undefined : bits(signed(a) / signed(b)))],
    ['#', 7, (a, b) => (b === 0n ? undefined : bits((signed(bits(a + b - 1n)) / signed(b)) * b))],
    ['%%', 8, (a, b) => (b === 0n ? undefined : a % b)],
  ];

function tree(random: Random, depth: number): Written {
  if (depth === 0 || random.next(6) === 0) return literal(random);
  if (random.next(4) === 0) {
    const operand = tree(random, depth - 1);
    const inner = operand.level < 9 ? `(${operand.text})` : operand.text;
    const [sign, value] = random.pick([
      ['-', bits(-operand.value)],
      ['~', bits(~operand.value)],
      ['#', operand.value === 0n ? 1n : 0n],
    ] as const);
    return { text: `${sign}${inner}`, level: 9, value };
  }
  const [sign, level, work] = random.pick(binary);
  const left = tree(random, depth - 1);
  const right = tree(random, depth - 1);
  const value = work(left.value, right.value);
  if (value === undefined) return literal(random);
  // Equal levels associate to the left, so only the right side needs parentheses then.
  const leftText = left.level < level ? `(${left.text})` : left.text;
  const rightText = right.level <= level ? `(${right.text})` : right.text;
  const gap = random.pick(['', ' ']);
  return { text: `${leftText}${gap}${sign}${gap || ' '}${rightText}`, level, value };
}

function literal(random: Random): Written {
  const value = random.pick([
    BigInt(random.next(16)),
    BigInt(random.next(100_000)),
    bits(-BigInt(random.next(100))),
    1n << BigInt(random.next(64)),
  ]);
  const text = random.pick([
    `0x${value.toString(16)}`,
    `0t${value.toString(10)}`,
    `0i${value.toString(2)}`,
    `0o${value.toString(8)}`,
    `0${value.toString(16)}`,
  ]);
  return { text, level: 9, value };
}

describe('language: expressions', () => {
  it('have the value that a second evaluator gives, 5,000 times', function () {
    const session = openSession(this);
    const seed = 20_240_607;
    const random = randomFrom(seed);
    for (let count = 0; count < 5000; count++) {
      const { text, value } = tree(random, 4);
      assert.equal(session.evaluate(text), value, `seed ${seed}: ${text}`);
    }
  });

  it('are refused when they nest deeper than the limit, not by a stack overflow', function () {
    const session = openSession(this);
    const deep = `${'('.repeat(5000)}1${')'.repeat(5000)}`;
    assert.throws(() => session.evaluate(deep), /nested deeper than 500 levels/);
    assert.throws(() => session.evaluate(`${'-'.repeat(20_000)}1`), /nested deeper/);
    assert.throws(() => session.evaluate('1+'.repeat(20_000) + '1'), /nested deeper/);
    assert.equal(session.evaluate(`${'('.repeat(400)}1${')'.repeat(400)}`), 1n);
  });
});
