/** Sample dumps as files, for tests of programs: made by the simulator when a test first wants one. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFile } from '../../dump-format/file-sink.ts';
import { allScenarios, imageBytes } from '../../scripts/make-dumps.ts';
import { simulate } from '../../simulator/simulate.ts';
import { projectRoot } from './grammars.ts';

const made = new Map<string, string>();

/** The path of a dump of `illumos/ctxop-panic-run`. */
export function sampleDump(name: string, variant: string): string {
  const key = `${name}.${variant}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const scenario = allScenarios().get(name);
  if (!scenario) throw new Error(`no such scenario: ${name}`);
  const { complaint, core } = simulate(scenario, imageBytes(scenario, variant), { variant });
  if (complaint !== undefined) throw new Error(`${key}: ${complaint}`);
  const folder = join(projectRoot, 'out/dumps');
  mkdirSync(folder, { recursive: true });
  // Test processes that run at the same time keep out of each other's way.
  const path = join(folder, `${scenario.name}.${variant}.${process.pid}.vmcore`);
  writeFile(path, core());
  made.set(key, path);
  process.once('exit', () => rmSync(path, { force: true }));
  return path;
}
