/** Dumps for the tests, made by the packaged machine itself. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { withManyThreads } from '../../support/many-threads.ts';

const program = resolve(import.meta.dirname, '..', '..', '..', 'dist', 'corewalk.cjs');

let folder: string | undefined;

/** The dump of a scenario's variant; made once per process, removed when it ends. */
export function sampleDump(scenario: string, variant: string): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'corewalk-dumps-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  const path = join(folder, `${scenario.replaceAll('/', '-')}.${variant}.vmcore`);
  if (!existsSync(path)) {
    const words = ['simulate', scenario, '--variant', variant, '-o', path];
    execFileSync(process.execPath, [program, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  }
  return path;
}

/** The dump of the seed with so many threads more. */
export function manyThreadsDump(clones: number): string {
  const original = sampleDump('illumos/ctxop-panic-run', 'buggy');
  const path = `${original}.${clones}-threads.vmcore`;
  if (!existsSync(path)) writeFileSync(path, withManyThreads(readFileSync(original), clones));
  return path;
}
