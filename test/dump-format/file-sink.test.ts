/** Files that are written whole or not at all. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError, UsageError } from '../../dump-format/errors.ts';
import { writeFile } from '../../dump-format/file-sink.ts';
import { join as joinBytes } from './elf-builder.ts';
import { temporaryDirectory } from './kernel-fixture.ts';

describe('file sink', () => {
  it('writes holes for zeros, and leaves no temporary file', () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'vmcore');
    const chunks = [new Uint8Array(2 ** 20), Uint8Array.of(1, 2, 3), new Uint8Array(2 ** 20)];
    assert.equal(writeFile(path, chunks), 2 ** 21 + 3);
    assert.ok(readFileSync(path).equals(joinBytes(chunks)));
    assert.ok(statSync(path).blocks * 512 < 2 ** 18);
    assert.deepEqual(readdirSync(directory), ['vmcore']);
  });

  it('leaves what was there when the chunks fail', () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'vmcore');
    writeFileSync(path, 'old');
    const failing = function* (): Generator<Uint8Array> {
      yield Uint8Array.of(1);
      throw new FormatError('no more');
    };
    assert.throws(() => writeFile(path, failing()), /no more/);
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assert.deepEqual(readdirSync(directory), ['vmcore']);
  });

  it('says in one line that a place can not be written', () => {
    const path = join(temporaryDirectory(), 'nowhere', 'vmcore');
    assert.throws(
      () => writeFile(path, []),
      (error) => error instanceof UsageError && error.message.includes(path),
    );
    assert.ok(!existsSync(path));
  });
});
