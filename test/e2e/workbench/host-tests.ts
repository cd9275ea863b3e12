/** Runs test/host in the extension host of a real VS Code: bundles it, opens the workbench with it, prints what mocha said. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { launchBrowser } from './browser.ts';
import { startServer } from './server.ts';

const root = resolve(import.meta.dirname, '..', '..', '..');
const suite = join(root, 'out', 'host', 'index.cjs');

const timeoutMilliseconds = 180_000;

await build({
  entryPoints: [join(root, 'test', 'host', 'index.ts')],
  outfile: suite,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode', 'mocha'],
  sourcemap: 'inline',
  logLevel: 'warning',
});
process.exitCode = process.argv.includes('--bundle-only') ? 0 : await runInHost();

/** The exit status that the workbench reports: 0 when all tests passed. */
async function runInHost(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'corewalk-host-'));
  const log = join(folder, 'mocha.log');
  writeFileSync(log, '');
  const server = await startServer({
    isForHostTests: true,
    environment: { COREWALK_HOST_LOG: log },
  });
  const browser = await launchBrowser();
  try {
    const code = await new Promise<number>((done) => {
      void openWithTests(browser.page, server, folder, done);
      setTimeout(() => {
        console.error('the extension host did not report within the time limit');
        done(2);
      }, timeoutMilliseconds).unref();
    });
    process.stdout.write(readFileSync(log, 'utf8'));
    return code;
  } finally {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openWithTests(
  page: Awaited<ReturnType<typeof launchBrowser>>['page'],
  server: Awaited<ReturnType<typeof startServer>>,
  folder: string,
  done: (code: number) => void,
): Promise<void> {
  await page.exposeFunction('codeAutomationLog', () => {});
  await page.exposeFunction('codeAutomationExit', done);
  const remote = (path: string): string => `vscode-remote://127.0.0.1:${server.port}${path}`;
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', remote(root)],
    ['extensionTestsPath', remote(suite)],
  ]);
  const query = new URLSearchParams({ folder, payload });
  await page.goto(`${server.url}/?${query.toString()}`);
}
