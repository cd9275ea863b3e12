/** The page of the workbench in a headless Chromium that can reach nothing but loopback. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';
import type { Server } from './server.ts';

export type { Frame, FrameLocator, Locator, Page } from 'playwright-core';

const screenshots = join(import.meta.dirname, '..', 'screenshots');

export interface Browser {
  readonly page: Page;
  /** Hosts other than loopback that the page asked for, in the order of the first request. */
  readonly foreignHosts: ReadonlySet<string>;
  close(): Promise<void>;
}

/** Sizes in CSS pixels. */
export interface WindowSize {
  readonly width: number;
  readonly height: number;
}

/** A browser with a fresh profile. */
export async function launchBrowser(size: WindowSize = largeWindow): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'corewalk-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    viewport: size,
    permissions: ['clipboard-read', 'clipboard-write'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(20_000);
  return {
    page,
    foreignHosts: recordHosts(context),
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

export const largeWindow: WindowSize = { width: 1440, height: 900 };
export const smallWindow: WindowSize = { width: 1024, height: 700 };

/** Opens a folder; resolves when the explorer lists it. Contributions of extensions come later than the shell. */
export async function openFolder(page: Page, server: Server, folder: string): Promise<void> {
  await page.goto(`${server.url}/?folder=${encodeURIComponent(folder)}`);
  await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
}

/** Keeps a picture of the page for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ animations: 'disabled', path: join(screenshots, `${name}.png`) });
}

function recordHosts(context: BrowserContext): ReadonlySet<string> {
  const hosts = new Set<string>();
  context.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') hosts.add(hostname);
  });
  return hosts;
}
