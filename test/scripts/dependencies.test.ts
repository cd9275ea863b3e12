/** Packages that users run: pinned, without scripts, and reviewed in the version that is installed (SECURITY.md). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../../debug-adapter/dap/fields.ts';
import { projectRoot } from '../support/grammars.ts';

const read = (file: string): string => readFileSync(join(projectRoot, file), 'utf8');

/** Entries of an object in a JSON file, each an object or a text. */
function entriesOf(value: unknown): [string, unknown][] {
  assert.ok(isObject(value));
  return Object.entries(value);
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}

const manifest: unknown = JSON.parse(read('package.json'));
const locked = entriesOf(member(JSON.parse(read('package-lock.json')), 'packages')).filter(
  ([path]) => path !== '',
);

/** Name and version of each package that is no tool of development. */
const shipped = locked
  .filter(([, entry]) => member(entry, 'dev') !== true)
  .map(([path, entry]) => `${path.replace(/^.*node_modules\//, '')} ${member(entry, 'version')}`)
  .sort();

/** The same by SECURITY.md: names and versions of a row, one after the other, or one version for all. */
function reviewed(): readonly string[] {
  const section = read('SECURITY.md').split('## Packages')[1]?.split('\n## ')[0] ?? '';
  const found: string[] = [];
  for (const line of section.split('\n').filter((each) => each.startsWith('| `'))) {
    const [, packages = '', versions = ''] = line.split('|').map((cell) => cell.trim());
    const list = versions.split(', ');
    for (const [index, name] of packages.split(', ').entries())
      found.push(`${name.replaceAll('`', '')} ${list[index] ?? list[0]}`);
  }
  return found.sort();
}

describe('packages', () => {
  it('that are shipped are reviewed in this version', () => {
    assert.ok(shipped.length > 5);
    assert.deepEqual(reviewed(), shipped);
  });

  it('are pinned, the direct ones to a version and all to a digest', () => {
    for (const kind of ['dependencies', 'devDependencies'])
      for (const [name, version] of entriesOf(member(manifest, kind)))
        assert.match(String(version), /^\d+\.\d+\.\d+(-[\w.-]+)?$/, name);
    for (const [path, entry] of locked)
      assert.match(String(member(entry, 'integrity')), /^sha512-/, path);
  });

  it('run nothing when they are installed', () => {
    assert.match(read('.npmrc'), /^ignore-scripts=true$/m);
    for (const [path, entry] of locked)
      if (member(entry, 'dev') !== true)
        assert.equal(member(entry, 'hasInstallScript'), undefined, path);
  });
});
