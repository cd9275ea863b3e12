/** The layers of ARCHITECTURE.md and the habits of DESIGN.md that a program can check. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { builtinModules } from 'node:module';

const root = resolve(import.meta.dirname, '..');

/** First folder that matches holds; `*` in a package list allows every node module. */
interface Layer {
  readonly folder: string;
  readonly ours: readonly string[];
  readonly packages: readonly string[];
  /** Packages that only these files may import. */
  readonly only?: Readonly<Record<string, readonly string[]>>;
}

const commandContracts = [
  'debug-adapter/commands/command.ts',
  'debug-adapter/checks/check.ts',
  'debug-adapter/kernels/kernel.ts',
];

const layers: readonly Layer[] = [
  {
    folder: 'dump-format',
    ours: [],
    packages: [
      'node:fs',
      'node:os',
      'node:path',
      'node:stream',
      'node:stream/web',
      'node:zlib',
      'fzstd',
      'xz-decompress',
    ],
    only: {
      'node:fs': [
        'dump-format/file-source.ts',
        'dump-format/file-sink.ts',
        'dump-format/spill-file.ts',
      ],
    },
  },
  { folder: 'simulator', ours: ['dump-format'], packages: ['iced-x86', 'node:worker_threads'] },
  {
    folder: 'debug-adapter/target',
    ours: ['dump-format', 'debug-adapter/kernels', ...commandContracts],
    packages: [],
  },
  {
    folder: 'debug-adapter/print',
    ours: ['dump-format', 'debug-adapter/target', ...commandContracts],
    packages: [],
  },
  {
    folder: 'debug-adapter/language',
    ours: ['dump-format', 'debug-adapter/target', 'debug-adapter/print', ...commandContracts],
    packages: ['web-tree-sitter'],
    only: { 'web-tree-sitter': ['debug-adapter/language/syntax.ts'] },
  },
  {
    folder: 'debug-adapter/commands',
    ours: [
      'dump-format',
      'debug-adapter/target',
      'debug-adapter/print',
      'debug-adapter/language',
      ...commandContracts,
    ],
    packages: ['iced-x86'],
  },
  {
    folder: 'debug-adapter/facts',
    ours: ['dump-format', 'debug-adapter/target', 'debug-adapter/print', ...commandContracts],
    packages: [],
  },
  {
    folder: 'debug-adapter/kernels',
    ours: [
      'dump-format',
      'debug-adapter/facts',
      'debug-adapter/target',
      'debug-adapter/print',
      ...commandContracts,
    ],
    packages: [],
  },
  {
    folder: 'debug-adapter/checks',
    ours: [
      'dump-format',
      'debug-adapter/facts',
      'debug-adapter/target',
      'debug-adapter/print',
      ...commandContracts,
    ],
    packages: [],
  },
  {
    folder: 'debug-adapter/views',
    ours: [
      'dump-format',
      'debug-adapter/target',
      'debug-adapter/print',
      'debug-adapter/inspector.ts',
      ...commandContracts,
    ],
    packages: [],
  },
  {
    folder: 'debug-adapter/compare',
    ours: ['dump-format', 'debug-adapter/target', 'debug-adapter/print', ...commandContracts],
    packages: [],
  },
  {
    folder: 'debug-adapter/tools',
    ours: ['dump-format', 'debug-adapter'],
    packages: ['node:crypto'],
  },
  { folder: 'debug-adapter/learn', ours: ['dump-format'], packages: [] },
  {
    folder: 'debug-adapter/documents',
    ours: ['dump-format', 'debug-adapter'],
    packages: ['markdown-it'],
    only: { 'markdown-it': ['debug-adapter/documents/html.ts'] },
  },
  {
    folder: 'debug-adapter/session',
    ours: ['dump-format', 'debug-adapter'],
    packages: [],
  },
  {
    folder: 'debug-adapter/dap',
    ours: ['dump-format', 'debug-adapter'],
    packages: ['node:*', '@vscode/debugadapter', '@vscode/debugprotocol'],
  },
  { folder: 'debug-adapter', ours: ['dump-format', 'debug-adapter'], packages: [] },
  {
    folder: 'cli',
    ours: ['dump-format', 'simulator', 'debug-adapter', 'cli'],
    packages: ['node:*', '@modelcontextprotocol/server'],
    only: { '@modelcontextprotocol/server': ['cli/mcp-server.ts'] },
  },
  {
    folder: 'extension',
    ours: ['debug-adapter/dap', 'debug-adapter/documents', 'debug-adapter/learn', 'extension'],
    packages: ['vscode', 'node:*', '@dagrejs/dagre'],
    only: { '@dagrejs/dagre': ['extension/webview/graph-layout.ts'] },
  },
];

const imports = new Map<string, readonly { specifier: string; isTypeOnly: boolean }[]>();
for (const file of sources(['dump-format', 'simulator', 'debug-adapter', 'cli', 'extension'])) {
  imports.set(file, importsOf(readFileSync(join(root, file), 'utf8')));
}

describe('tidy', () => {
  it('keeps every import inside the layer table', () => {
    const wrong: string[] = [];
    for (const [file, list] of imports) {
      const layer = layers.find((each) => file.startsWith(each.folder + '/'));
      assert.ok(layer, `${file} is in no layer`);
      for (const { specifier, isTypeOnly } of list) {
        const complaint = specifier.startsWith('.')
          ? judgeOurs(layer, file, specifier)
          : judgePackage(layer, file, specifier, isTypeOnly);
        if (complaint) wrong.push(`${file}: ${complaint}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('has no import cycle, type imports included', () => {
    const graph = new Map<string, string[]>();
    for (const [file, list] of imports) {
      graph.set(
        file,
        list
          .filter((each) => each.specifier.startsWith('.'))
          .map((each) => target(file, each.specifier)),
      );
    }
    assert.deepEqual(
      cycles(graph).filter((cycle) => !isAllowedCycle(cycle)),
      [],
    );
  });

  it('never lets commands, kernels or checkers import one another', () => {
    const wrong: string[] = [];
    for (const [file, list] of imports) {
      for (const { specifier } of list.filter((each) => each.specifier.startsWith('.'))) {
        const to = target(file, specifier);
        const isTable =
          /\/(index|command|kernel|check)\.ts$/.test(to) || file.endsWith('/index.ts');
        if (isTable) continue;
        for (const folder of ['debug-adapter/commands/', 'debug-adapter/checks/']) {
          if (file.startsWith(folder) && to.startsWith(folder) && !isHelperOf(file, to))
            wrong.push(`${file} imports ${to}`);
        }
        const [from, other] = [kernelOf(file), kernelOf(to)];
        if (from && other && from !== other) wrong.push(`${file} imports ${to}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('holds no file over 400 lines and no path of a machine', () => {
    const long: string[] = [];
    for (const file of imports.keys()) {
      const text = readFileSync(join(root, file), 'utf8');
      if (text.split('\n').length > 401 && !/generated/.test(text.slice(0, 300))) long.push(file);
      assert.doesNotMatch(
        text,
        /['"`]\/(work|home|root|farm)\//,
        `${file} names a path of one machine`,
      );
    }
    assert.deepEqual(long, []);
  });

  it('opens every source file with what it is for', () => {
    const bare = [...imports.keys()].filter(
      (file) => !/^(#!.*\n)?\/(\*\*|\/|\*)/.test(readFileSync(join(root, file), 'utf8')),
    );
    assert.deepEqual(bare, []);
  });
});

/** Engine contracts name one another's types on purpose: target, command, kernel, check, value describe one thing seen from several sides. */
function isAllowedCycle(cycle: readonly string[]): boolean {
  const contracts = new Set([
    ...commandContracts,
    'debug-adapter/target/target.ts',
    'debug-adapter/target/value.ts',
  ]);
  return cycle.every((file) => contracts.has(file));
}

/** `stack-options.ts` may serve `stack.ts`: helpers carry the name of the command they serve, or start with `lib-`. */
function isHelperOf(file: string, helper: string): boolean {
  const name = helper.slice(helper.lastIndexOf('/') + 1);
  const stem =
    file
      .slice(file.lastIndexOf('/') + 1)
      .replace(/\.ts$/, '')
      .split('-')[0] ?? '';
  return name.startsWith('lib-') || name.startsWith(stem);
}

function kernelOf(file: string): string | undefined {
  return /^debug-adapter\/kernels\/([^/]+)\/.+\.ts$/.exec(file)?.[1];
}

function judgeOurs(layer: Layer, file: string, specifier: string): string | undefined {
  const to = target(file, specifier);
  if (!existsSync(join(root, to))) return `imports ${to}, which does not exist`;
  const allowed = [layer.folder, ...layer.ours].some(
    (each) => to === each || to.startsWith(each + '/'),
  );
  return allowed ? undefined : `may not import ${to}`;
}

function judgePackage(
  layer: Layer,
  file: string,
  specifier: string,
  isTypeOnly: boolean,
): string | undefined {
  const name = packageName(specifier);
  if (isTypeOnly && name === 'vscode' && layer.folder !== 'extension') return 'may not know vscode';
  const isNode = specifier.startsWith('node:');
  if (!isNode && builtinModules.includes(name)) return `imports ${specifier} without node:`;
  const isAllowed =
    layer.packages.includes(name) ||
    layer.packages.includes(specifier) ||
    (isNode && layer.packages.includes('node:*'));
  if (!isAllowed) return `may not import ${specifier}`;
  const owners = layer.only?.[specifier] ?? layer.only?.[name];
  return owners && !owners.includes(file)
    ? `${specifier} belongs to ${owners.join(', ')}`
    : undefined;
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

function target(file: string, specifier: string): string {
  return relative(root, resolve(root, dirname(file), specifier))
    .split(sep)
    .join('/');
}

function* sources(folders: readonly string[]): Generator<string> {
  for (const folder of folders) {
    if (!existsSync(join(root, folder))) continue;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' && path !== 'extension/webview') yield* sources([path]);
      } else if (entry.name.endsWith('.ts')) yield path;
    }
  }
}

function importsOf(text: string): { specifier: string; isTypeOnly: boolean }[] {
  const found: { specifier: string; isTypeOnly: boolean }[] = [];
  const pattern = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
  for (const match of text.matchAll(pattern))
    found.push({ specifier: match[2] ?? '', isTypeOnly: match[1] !== undefined });
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({ specifier: match[1] ?? '', isTypeOnly: true });
  return found;
}

/** Strongly connected groups of more than one file (Tarjan). */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const groups: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node) ?? 0);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0));
      } else if (stack.includes(next)) {
        low.set(node, Math.min(low.get(node) ?? 0, index.get(next) ?? 0));
      }
    }
    if (low.get(node) !== index.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1) groups.push(group.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return groups;
}
