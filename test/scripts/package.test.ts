/** What gets into the package: the product and nothing else. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { listFiles, PackageManager } from '@vscode/vsce';

const root = resolve(import.meta.dirname, '..', '..');

const allowed = [
  /^package(\.nls)?\.json$/,
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^dist\/(extension|(adapter|corewalk)(\.program)?|mcp-server|iced-x86|markdown-it)\.cjs$/,
  /^dist\/[\w-]+\.wasm$/,
  /^dist\/webview\/[\w-]+\.(js|css)$/,
  /^extension\/language\/[\w.-]+\.json$/,
  /^extension\/walkthrough\/[\w-]+\.md$/,
  /^media\/[\w-]+\.(svg|png|md)$/,
  /^sample-dumps\/kernels\/[\w-]+\/images\/[\w-]+\.elf$/,
  /^sample-dumps\/kernels\/common\/[\w.-]+$/,
  /^cli\/templates\/[\w.-]+$/,
  /^sample-dumps\/scenarios\/([\w-]+\/)?[\w.-]+\.json$/,
];

const needed = [
  'package.json',
  'package.nls.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'extension/language/mdb.tmLanguage.json',
  'media/crash-dump.svg',
  'extension/walkthrough/open.md',
  'sample-dumps/kernels/illumos/images/buggy.elf',
  'sample-dumps/scenarios/scenario.schema.json',
  'sample-dumps/kernels/common/boot.S',
  'cli/templates/kernel.c',
];

describe('package', () => {
  it('holds the product and nothing else', async () => {
    const files = await listFiles({ cwd: root, packageManager: PackageManager.None });
    assert.deepEqual(
      files.filter((file) => !allowed.some((pattern) => pattern.test(file))),
      [],
    );
    assert.deepEqual(
      needed.filter((file) => !files.includes(file)),
      [],
    );
  });
});
