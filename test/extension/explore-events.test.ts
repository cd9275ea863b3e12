/** The lines of `corewalk explore --json`, as the program itself writes them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readExploreEvent } from '../../extension/explore-events.ts';
import { builtPrograms } from '../support/built-programs.ts';

describe('explore events', function () {
  this.timeout(120_000);

  it('are what the program says', async () => {
    const program = join(await builtPrograms(), 'corewalk.cjs');
    const folder = mkdtempSync(join(tmpdir(), 'corewalk-explore-'));
    try {
      const words = ['explore', 'df01-stale-tlb', '--strategy', 'random', '--seeds', '20'];
      const lines = run(program, [...words, '--json', '-o', folder]).split('\n');
      const events = lines.flatMap((line) => readExploreEvent(line) ?? []);
      const found = events.filter((event) => event.kind === 'found');
      assert.ok(found.length > 0);
      for (const { failure, count, dump } of found) {
        assert.ok(failure !== '' && count > 0);
        assert.ok(dump !== undefined && existsSync(dump));
      }
      const end = events.at(-1);
      assert.deepEqual(end?.kind === 'end' && [end.seen, end.isComplete], [20, true]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are nothing in other lines', () => {
    for (const line of ['', 'null', '7', '{', '[]', '{"kind":"begin"}'])
      assert.equal(readExploreEvent(line), undefined);
  });
});

/** Standard output; status 3 means that a schedule failed, which is wanted. */
function run(program: string, words: readonly string[]): string {
  try {
    return execFileSync(process.execPath, [program, ...words], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    assert.ok(error instanceof Error && 'status' in error && 'stdout' in error);
    assert.equal(error.status, 3);
    return String(error.stdout);
  }
}
