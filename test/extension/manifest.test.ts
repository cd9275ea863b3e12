/** package.json as VS Code reads it: no string untranslated, no file missing, every attribute of the adapter documented. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..', '..');
const manifestText = readFileSync(join(root, 'package.json'), 'utf8');
const manifest = fields(JSON.parse(manifestText));
const contributes = fields(manifest.get('contributes'));
const strings = fields(JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')));

describe('manifest', () => {
  it('has a text for every key, and uses every text', () => {
    const used = [...manifestText.matchAll(/%([\w.]+)%/g)].map(([, key]) => key);
    assert.deepEqual([...new Set(used)].sort(), [...strings.keys()].sort());
  });

  it('shows people no string that can not be translated', () => {
    const shown = JSON.stringify(Object.fromEntries(contributes), undefined, 1);
    const texts = shown.matchAll(
      /"(?:title|label|displayName|contents|markdownDescription)": "([^"]*)"/g,
    );
    const bare = [...texts].map(([, text]) => text).filter((text) => !text?.startsWith('%'));
    assert.deepEqual(bare, ['Corewalk']);
  });

  it('names files that exist', () => {
    const paths = [...manifestText.matchAll(/"(?:path|configuration|icon)": "(\.?\/?[\w/.-]+)"/g)];
    const missing = paths
      .map(([, path]) => path ?? '')
      .filter((path) => path.includes('/') && !existsSync(join(root, path)));
    assert.deepEqual(missing, []);
    assert.ok(paths.length >= 3);
  });

  it('puts only contributed commands into menus', () => {
    const commands = new Set(list(contributes.get('commands')).map((each) => each.get('command')));
    for (const [menu, entries] of fields(contributes.get('menus')))
      for (const entry of list(entries))
        assert.ok(commands.has(entry.get('command')), `${menu}: ${String(entry.get('command'))}`);
  });

  it('documents every launch attribute that the adapter reads, with completion', () => {
    const protocol = readFileSync(join(root, 'debug-adapter/dap/protocol.ts'), 'utf8');
    const body = /interface LaunchAttributes \{([^]*?)\n\}/.exec(protocol)?.[1] ?? '';
    const read = [...body.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name);
    assert.ok(read.includes('coreFile'));
    const [debuggerFields] = list(contributes.get('debuggers'));
    const kinds = fields(debuggerFields?.get('configurationAttributes'));
    // The setting stands for `allowShell`, so that a launch.json that somebody else wrote can't turn it on.
    for (const kind of ['launch', 'attach']) {
      const properties = fields(fields(kinds.get(kind)).get('properties'));
      for (const name of read.filter((each) => each !== 'allowShell'))
        assert.ok(
          fields(properties.get(name ?? '')).has('markdownDescription'),
          `${kind}: ${name}`,
        );
      assert.ok(!properties.has('allowShell'));
    }
  });

  it('wakes for nothing but its own things', () => {
    assert.deepEqual(manifest.get('activationEvents'), [
      'onDebugResolve:corewalk',
      'onDebugDynamicConfigurations:corewalk',
    ]);
  });
});

function fields(value: unknown): Map<string, unknown> {
  assert.ok(typeof value === 'object' && value !== null);
  return new Map(Object.entries(value));
}

function list(value: unknown): Map<string, unknown>[] {
  assert.ok(Array.isArray(value));
  return value.map(fields);
}
