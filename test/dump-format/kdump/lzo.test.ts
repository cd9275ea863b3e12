/** LZO1X, instruction by instruction, and what is no stream. The streams are written by hand after Documentation/staging/lzo.rst. */
import assert from 'node:assert/strict';
import { unpackLzo } from '../../../dump-format/kdump/lzo.ts';
import { FormatError } from '../../../dump-format/errors.ts';
import { randomNumbers } from '../elf-builder.ts';

const end = [17, 0, 0];

function unpack(...stream: readonly number[]): string {
  return String.fromCharCode(...unpackLzo(Uint8Array.from([...stream, ...end]), 100_000));
}

const text = (letters: string): number[] => [...letters].map((letter) => letter.charCodeAt(0));

describe('LZO1X', () => {
  it('has literals first, in a short and in a long count', () => {
    assert.equal(unpack(17 + 5, ...text('abcde')), 'abcde');
    assert.equal(unpack(17 + 2, ...text('ab')), 'ab');
    assert.equal(unpack(1, ...text('abcd')), 'abcd');
    assert.equal(unpack(0, 2, ...text('abcdefghijklmnopqrst')), 'abcdefghijklmnopqrst');
    const long = 'x'.repeat(3 + 15 + 255 + 1);
    assert.equal(unpack(0, 0, 1, ...text(long)), long);
  });

  it('copies from near, with literals behind', () => {
    // 64..: length 3, distance 1 + 3, one literal.
    assert.equal(unpack(17 + 4, ...text('abcd'), 64 | (3 << 2) | 1, 0, ...text('!')), 'abcdabc!');
    assert.equal(unpack(17 + 4, ...text('abcd'), 224, 0), `abcd${'d'.repeat(8)}`);
  });

  it('copies two bytes behind a few literals, and three behind a run', () => {
    // After one literal: two bytes from 1 + 1.
    const stream = [17 + 4, ...text('abcd'), 64 | (3 << 2) | 1, 0, ...text('!'), 4, 0];
    assert.equal(unpack(...stream), 'abcdabc!c!');
    const run = 'k'.repeat(0x801);
    const [zeros, rest] = [Math.floor((0x801 - 18) / 255), (0x801 - 18) % 255];
    const start = [0, ...Array<number>(zeros).fill(0), rest, ...text(run)];
    assert.equal(unpack(...start, 0, 0), `${run}kkk`);
  });

  it('copies long ones from 16 KiB and from further', () => {
    assert.equal(unpack(17 + 4, ...text('abcd'), 32 | 4, 3 << 2, 0), 'abcdabcdab');
    assert.equal(unpack(17 + 4, ...text('abcd'), 32, 1, 0, 0), `abcd${'d'.repeat(34)}`);
    const far = 0x4000 + 5;
    const [zeros, rest] = [Math.floor((far - 18) / 255), (far - 18) % 255];
    const run = `START${'z'.repeat(far - 5)}`;
    const start = [0, ...Array<number>(zeros).fill(0), rest, ...text(run)];
    assert.equal(unpack(...start, 16 | 3, 5 << 2, 0), `${run}START`);
  });

  it('says what is wrong with a stream', () => {
    assert.throws(() => unpackLzo(Uint8Array.of(17 + 5, 1, 2), 100), /it ends in the middle/);
    assert.throws(() => unpack(17 + 4, ...text('abcd'), 64, 1), /a copy from before its beginning/);
    assert.throws(
      () => unpackLzo(Uint8Array.of(17 + 5, 1, 2, 3, 4, 5, ...end), 4),
      /more than 4 bytes/,
    );
    assert.throws(() => unpackLzo(new Uint8Array(0), 4), FormatError);
  });

  it('may be random bytes', () => {
    for (let seed = 1; seed <= 5000; seed++) {
      const random = randomNumbers(seed);
      const bytes = Uint8Array.from({ length: 1 + random(60) }, () => random(256));
      try {
        assert.ok(unpackLzo(bytes, 4096).length <= 4096);
      } catch (error) {
        if (!(error instanceof FormatError)) throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
});
