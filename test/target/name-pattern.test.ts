/** Patterns over names: they match what JavaScript's do, and take their time from the name alone. */
import assert from 'node:assert/strict';
import { UsageError } from '../../dump-format/errors.ts';
import { namePattern } from '../../debug-adapter/target/name-pattern.ts';
import { randomFrom, type Random } from '../language/generator.ts';

const atoms = [
  'a',
  'b',
  'c',
  '.',
  '[ab]',
  '[^a]',
  '[a-b_]',
  '\\w',
  '\\W',
  '\\d',
  '\\b',
  '^',
  '$',
  '',
];
const repeats = ['', '', '', '*', '+', '?', '*?', '{2}', '{1,2}', '{0,3}', '{2,}'];

function randomPattern(random: Random, depth: number): string {
  const count = 1 + random.next(3);
  const items = Array.from({ length: count }, () => {
    const isGroup = depth > 0 && random.next(3) === 0;
    const atom = isGroup ? `(${randomPattern(random, depth - 1)})` : random.pick(atoms);
    // A place is not repeated, and nothing is nothing.
    return ['^', '$', '\\b', ''].includes(atom) ? atom : atom + random.pick(repeats);
  });
  return random.next(4) === 0
    ? `${items.join('')}|${randomPattern(random, depth - 1 > 0 ? depth - 1 : 0)}`
    : items.join('');
}

describe('patterns over names', () => {
  it('match what JavaScript says: 4,000 patterns', () => {
    const random = randomFrom(77);
    for (let count = 0; count < 4000; count++) {
      const pattern = randomPattern(random, 2);
      if (pattern.length > 150) continue;
      const [ours, theirs] = [namePattern(pattern), new RegExp(pattern)];
      for (let each = 0; each < 8; each++) {
        const name = Array.from({ length: random.next(8) }, () => random.pick([...'abc_ 1'])).join(
          '',
        );
        assert.equal(ours.test(name), theirs.test(name), `/${pattern}/ on '${name}'`);
      }
    }
  });

  it('take no time for patterns that try everything twice', () => {
    const name = `${'a'.repeat(4000)}!`;
    for (const pattern of [
      '(a+)+$',
      '^(a|a)*$',
      '(a*)*b',
      '^a*a*a*a*a*a*a*a*$',
      '^(a{0,30}){0,30}$',
      '^(([a-z])+.)+[A-Z]([a-z])+$',
    ])
      assert.equal(namePattern(pattern).test(name), false, pattern);
  });

  it('are refused in words when they are none, look around or look back', () => {
    for (const pattern of [
      '(',
      ')',
      '[a',
      'a{3,2}',
      '*a',
      'a**',
      '\\',
      '(?=a)',
      '(?<!a)',
      '(a)\\1',
      '[b-a]',
      'a{9999}',
      '(((a{99}){99}){99})',
      '('.repeat(60),
    ])
      assert.throws(() => namePattern(pattern), UsageError, pattern);
    assert.throws(() => namePattern('a'.repeat(1000)), UsageError);
  });
});
