/** The extension asks for shell pipes only in a trusted workspace whose user has turned them on; launch.json has no say. Nor do its lines run where nobody trusts it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../support/grammars.ts';

/** What of `vscode` the debug configurations look at. */
interface Editor {
  isTrusted: boolean;
  /** The value of `corewalk.allowShell`; undefined when nobody has set it. */
  allowShell: boolean | undefined;
}

interface Provider {
  resolveDebugConfigurationWithSubstitutedVariables(
    folder: undefined,
    configuration: Record<string, unknown>,
  ): Record<string, unknown>;
}

const editor: Editor = { isTrusted: false, allowShell: undefined };

/** A `vscode` that answers from `editor`. */
const standIn = `
  const editor = globalThis.corewalkTestEditor;
  const nothing = new Proxy(function () {}, { get: () => nothing, apply: () => nothing, construct: () => nothing });
  export const workspace = {
    get isTrusted() { return editor.isTrusted; },
    getConfiguration: (section) => ({
      get: (name, otherwise) =>
        section === 'corewalk' && name === 'allowShell' ? (editor.allowShell ?? otherwise) : otherwise,
    }),
  };
  export const window = nothing, commands = nothing, debug = nothing, Uri = nothing, env = nothing;
  export default { workspace, window, commands, debug, Uri, env };
`;

describe('extension: shell pipes', () => {
  let folder = '';
  let provider: Provider | undefined;

  before(async () => {
    mkdirSync(join(projectRoot, 'out'), { recursive: true });
    folder = mkdtempSync(join(projectRoot, 'out/allow-shell-'));
    const outfile = join(folder, 'configurations.cjs');
    await build({
      entryPoints: [join(projectRoot, 'extension/configurations.ts')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'silent',
      outfile,
      plugins: [
        {
          name: 'vscode',
          setup(builder) {
            builder.onResolve({ filter: /^vscode$/ }, () => ({
              path: 'vscode',
              namespace: 'stub',
            }));
            builder.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: standIn }));
          },
        },
      ],
    });
    Object.assign(globalThis, { corewalkTestEditor: editor });
    const loaded: { createConfigurationProvider(context: object): Provider } = createRequire(
      import.meta.url,
    )(outfile);
    provider = loaded.createConfigurationProvider({});
  });
  after(() => {
    Reflect.deleteProperty(globalThis, 'corewalkTestEditor');
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  for (const [isTrusted, allowShell, wanted] of [
    [false, undefined, false],
    [false, true, false],
    [true, undefined, false],
    [true, false, false],
    [true, true, true],
  ] as const)
    it(`${isTrusted ? 'trusted' : 'not trusted'}, setting ${String(allowShell)}: ${wanted}`, () => {
      Object.assign(editor, { isTrusted, allowShell });
      for (const given of [{}, { allowShell: true }, { allowShell: false }]) {
        const resolved = provider?.resolveDebugConfigurationWithSubstitutedVariables(undefined, {
          coreFile: '/x.vmcore',
          ...given,
        });
        assert.equal(resolved?.['allowShell'], wanted, JSON.stringify(given));
      }
    });

  it('leaves out what runs or reads by itself where nobody trusts the workspace', () => {
    const given = {
      coreFile: '/x.vmcore',
      program: '/unix',
      startup: ['::status'],
      headers: ['/etc/passwd'],
      sourceMap: { '/a': '/b' },
    };
    const resolve = (): Record<string, unknown> | undefined =>
      provider?.resolveDebugConfigurationWithSubstitutedVariables(undefined, given);
    Object.assign(editor, { isTrusted: true });
    assert.deepEqual(resolve(), { ...given, allowShell: true });
    Object.assign(editor, { isTrusted: false });
    const { startup: _lines, headers: _files, ...rest } = given;
    assert.deepEqual(resolve(), { ...rest, allowShell: false });
  });
});
