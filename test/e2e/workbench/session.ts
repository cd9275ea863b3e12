/** One workbench with our extension in it and a workspace of its own, for a suite of steps that build on each other. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import {
  largeWindow,
  launchBrowser,
  openFolder,
  type Browser,
  type Page,
  type WindowSize,
} from './browser.ts';
import { startServer, type Server } from './server.ts';

const vsix = resolve(import.meta.dirname, '..', '..', '..', 'corewalk.vsix');

export interface Workbench {
  readonly page: Page;
  readonly browser: Browser;
  readonly server: Server;
  /** The open workspace folder. */
  readonly folder: string;
  close(): Promise<void>;
}

export interface WorkbenchOptions {
  readonly size?: WindowSize;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Nobody has trusted the workspace. */
  readonly isRestricted?: boolean;
  /** Files of the workspace, by their path in it. */
  readonly files?: Readonly<Record<string, string>>;
  /** Files copied into the workspace: name there, path here. */
  readonly copies?: Readonly<Record<string, string>>;
}

/** @throws Error when there is no package: `npm run package` makes it */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  if (!existsSync(vsix)) throw new Error('no corewalk.vsix: run npm run package');
  const folder = mkdtempSync(join(tmpdir(), 'corewalk-workspace-'));
  const files = { 'notes.txt': 'An empty workspace.\n', ...options.files };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  for (const [name, path] of Object.entries(options.copies ?? {}))
    copyFileSync(path, join(folder, name));
  const server = await startServer({
    vsix,
    isRestricted: options.isRestricted ?? false,
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
  const browser = await launchBrowser(options.size ?? largeWindow);
  const close = async (): Promise<void> => {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await openFolder(browser.page, server, folder);
    const tab = browser.page.locator('.part.activitybar').getByRole('tab', { name: 'Crash Dump' });
    await tab.waitFor();
  } catch (error) {
    await close();
    throw error;
  }
  return { page: browser.page, browser, server, folder, close };
}
