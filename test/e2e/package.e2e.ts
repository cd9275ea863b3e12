/** The package as a file: everything in it that it needs, and the same bytes each time it is made. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..', '..');
const vsix = join(root, 'corewalk.vsix');

describe('the package', () => {
  it('holds programs, grammars, pages, images and scenarios', () => {
    const names = zipNames(readFileSync(vsix));
    for (const name of [
      'dist/extension.cjs',
      'dist/adapter.cjs',
      'dist/adapter.program.cjs',
      'dist/corewalk.cjs',
      'dist/corewalk.program.cjs',
      'dist/tree-sitter-mdb.wasm',
      'dist/web-tree-sitter.wasm',
      'dist/webview/summary.js',
      'sample-dumps/kernels/illumos/images/buggy.elf',
      'sample-dumps/scenarios/illumos/ctxop-panic-run.scenario.json',
    ])
      assert.ok(names.includes(`extension/${name}`), name);
    assert.deepEqual(
      names.filter((name) => /node_modules|\.ts$|\.map$|\.cache$|\/test\//.test(name)),
      [],
    );
  });

  it('is the same when it is made again', () => {
    const before = digest();
    execFileSync(process.execPath, [join(root, 'scripts', 'package.mjs')], { stdio: 'ignore' });
    assert.equal(digest(), before);
  });
});

function digest(): string {
  return createHash('sha256').update(readFileSync(vsix)).digest('hex');
}

/** Names of the central directory (APPNOTE.TXT 4.3.12). */
function zipNames(bytes: Buffer): string[] {
  const names: string[] = [];
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let place = bytes.readUInt32LE(end + 16);
  while (bytes.readUInt32LE(place) === 0x02014b50) {
    const nameLength = bytes.readUInt16LE(place + 28);
    names.push(bytes.toString('utf8', place + 46, place + 46 + nameLength));
    place += 46 + nameLength + bytes.readUInt16LE(place + 30) + bytes.readUInt16LE(place + 32);
  }
  return names;
}
