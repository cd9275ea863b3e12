/** Scenarios as files: those that come with Corewalk, and those of the user. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FormatError, LookupError } from '../dump-format/errors.ts';
import { didYouMean, nearestNames } from '../debug-adapter/language/nearest.ts';
import { readScenario, type Scenario } from '../simulator/scenario.ts';
import { variantNamed } from '../simulator/simulate.ts';

const ending = '.scenario.json';

/** Beside cli/ in a checkout, beside dist/ in a package. */
export const sampleFolder = join(import.meta.dirname, '../sample-dumps');

export interface ScenarioFile {
  /** `illumos/ctxop-panic-run`. */
  readonly name: string;
  readonly path: string;
}

/** Every scenario that comes with Corewalk, sorted by name. */
export function listScenarioFiles(): readonly ScenarioFile[] {
  const folder = join(sampleFolder, 'scenarios');
  const found: ScenarioFile[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    for (const file of readdirSync(join(folder, entry.name))) {
      if (!file.endsWith(ending)) continue;
      const name = `${entry.name}/${file.slice(0, -ending.length)}`;
      found.push({ name, path: join(folder, entry.name, file) });
    }
  }
  return found.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * A scenario by its name, by the part after the slash where only one has it, or by the path of a file or of the folder that holds it.
 *
 * @throws LookupError with the nearest names
 */
export function findScenarioFile(wanted: string): ScenarioFile {
  if (wanted.endsWith('.json')) return { name: basename(wanted).replace(ending, ''), path: wanted };
  const held = scenarioIn(wanted);
  if (held !== undefined) return { name: basename(held, ending), path: held };
  const all = listScenarioFiles();
  const matching = all.filter(({ name }) => name === wanted || name.endsWith(`/${wanted}`));
  const [only, other] = matching;
  if (only && !other) return only;
  if (only) {
    const names = matching.map(({ name }) => name).join(', ');
    throw new LookupError(`several scenarios are called '${wanted}': ${names}`);
  }
  const names = all.flatMap(({ name }) => [name, name.slice(name.indexOf('/') + 1)]);
  const hint = didYouMean(nearestNames(wanted, names)) ?? '`corewalk scenarios` lists them';
  throw new LookupError(`no scenario '${wanted}': ${hint}`);
}

/** The scenario file of a user's folder; undefined when it is no folder, or has none. @throws LookupError when it has several */
function scenarioIn(folder: string): string | undefined {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const [only, other] = readdirSync(folder).filter((file) => file.endsWith(ending));
  if (only !== undefined && other !== undefined)
    throw new LookupError(`${folder}: several scenarios: name the file`);
  return only === undefined ? undefined : join(folder, only);
}

/** @throws LookupError when the file can't be read, FormatError when it is no scenario */
export function loadScenario({ path }: ScenarioFile): Scenario {
  return readScenario(readJson(path), basename(path, ending));
}

/** @throws LookupError when there is no such file, FormatError when it is no JSON */
export function readJson(path: string): unknown {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new LookupError(`${path}: no such file`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new FormatError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The folder that holds the images of a scenario's kernel: our own, or `images` beside a user's scenario. */
export function imageFolder({ path }: ScenarioFile, { os }: Scenario): string {
  const isOurs = dirname(dirname(path)) === join(sampleFolder, 'scenarios');
  return isOurs ? join(sampleFolder, 'kernels', os, 'images') : join(dirname(path), 'images');
}

/** The kernel image of a variant. @throws LookupError when it is not there; it says how images are made */
export function readImage(file: ScenarioFile, scenario: Scenario, variant: string): Uint8Array {
  const { image } = variantNamed(scenario, variant);
  const path = join(imageFolder(file, scenario), `${image}.elf`);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new LookupError(
      `${path}: no such kernel image; \`corewalk build\` makes those of a folder, \`npm run kernels\` ours`,
    );
  return new Uint8Array(readFileSync(path));
}
