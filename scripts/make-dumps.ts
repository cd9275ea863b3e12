/** Makes the dumps of all scenarios: `npm run dumps [-- --os NAME]... [-- --only TEXT]`. They go to sample-dumps/dumps, with a manifest. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeFile } from '../dump-format/file-sink.ts';
import { readScenario, type Scenario } from '../simulator/scenario.ts';
import { simulate, variantNamed } from '../simulator/simulate.ts';

const samples = resolve(import.meta.dirname, '../sample-dumps');
const ending = '.scenario.json';

/** One line of `dumps/manifest.json`. */
export interface DumpEntry {
  readonly end: string;
  readonly steps: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Scenarios of all kernels, by `os/name`, sorted. */
export function allScenarios(): ReadonlyMap<string, Scenario> {
  const scenarios = new Map<string, Scenario>();
  const files = readdirSync(join(samples, 'scenarios'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((each) => each.endsWith(ending)).sort()) {
    const path = file.replaceAll('\\', '/').slice(0, -ending.length);
    const json: unknown = JSON.parse(readFileSync(join(samples, 'scenarios', file), 'utf8'));
    scenarios.set(path, readScenario(json, path.slice(path.lastIndexOf('/') + 1)));
  }
  return scenarios;
}

export function imageBytes(scenario: Scenario, variant: string): Uint8Array {
  const { image } = variantNamed(scenario, variant);
  const path = join(samples, 'kernels', scenario.os, 'images', `${image}.elf`);
  return new Uint8Array(readFileSync(path));
}

/** Where a dump goes: `dumps/illumos/ctxop-panic-run.buggy.vmcore`. */
export function dumpPath(scenario: Scenario, variant: string): string {
  return join(samples, 'dumps', scenario.os, `${scenario.name}.${variant}.vmcore`);
}

/**
 * Runs one variant and writes its dump.
 *
 * @throws Error when it does not end as the scenario says
 */
export function makeDump(scenario: Scenario, variant: string): DumpEntry {
  const simulation = simulate(scenario, imageBytes(scenario, variant), { variant });
  if (simulation.complaint !== undefined)
    throw new Error(`${scenario.os}/${scenario.name} ${variant}: ${simulation.complaint}`);
  const path = dumpPath(scenario, variant);
  mkdirSync(join(path, '..'), { recursive: true });
  const hash = createHash('sha256');
  const sizeBytes = writeFile(path, hashed(simulation.core(), hash));
  const { end, steps } = simulation.truth;
  return { end, steps, sizeBytes, sha256: hash.digest('hex') };
}

function* hashed(
  chunks: Iterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): Generator<Uint8Array> {
  for (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

function main(words: readonly string[]): void {
  const systems: string[] = [];
  const parts: string[] = [];
  for (let index = 0; index < words.length; index += 2) {
    const value = words[index + 1];
    const list = words[index] === '--os' ? systems : words[index] === '--only' ? parts : undefined;
    if (!list || value === undefined)
      throw new Error('usage: make-dumps [--os NAME] [--only TEXT]');
    list.push(value);
  }
  const manifest: Record<string, DumpEntry> = {};
  let failures = 0;
  for (const [path, scenario] of allScenarios()) {
    if (systems.length > 0 && !systems.includes(scenario.os)) continue;
    if (parts.length > 0 && !parts.some((part) => path.includes(part))) continue;
    for (const variant of scenario.variants.keys()) {
      const name = `${path}.${variant}`;
      try {
        const entry = makeDump(scenario, variant);
        manifest[name] = entry;
        console.log(`${name}: ${entry.end} after ${entry.steps} steps, ${entry.sizeBytes} bytes`);
      } catch (error) {
        failures++;
        rmSync(dumpPath(scenario, variant), { force: true });
        console.error(error instanceof Error ? error.message : String(error));
      }
    }
  }
  if (systems.length === 0 && parts.length === 0) {
    mkdirSync(join(samples, 'dumps'), { recursive: true });
    const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
    writeFileSync(join(samples, 'dumps/manifest.json'), text);
  }
  if (failures > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
