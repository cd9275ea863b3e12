/** A workspace that nobody has trusted: what a dump is can be seen, and VS Code asks before a session begins. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { screenshot, type Page } from './workbench/browser.ts';
import { sampleDump } from './workbench/dumps.ts';
import {
  callStack,
  chooseInContextMenu,
  explorerRow,
  showContainer,
  webview,
} from './workbench/pages.ts';
import { openWorkbench, type Workbench } from './workbench/session.ts';

const launch = {
  version: '0.2.0',
  configurations: [
    {
      type: 'corewalk',
      request: 'launch',
      name: 'somebody else wrote this',
      coreFile: '${workspaceFolder}/panic.vmcore',
      startup: ['! touch ${workspaceFolder}/ran'],
    },
  ],
};

describe('restricted mode', function () {
  let workbench: Workbench;
  let page: Page;

  before(async () => {
    workbench = await openWorkbench({
      isRestricted: true,
      copies: { 'panic.vmcore': sampleDump('illumos/ctxop-panic-run', 'buggy') },
      files: {
        '.vscode/launch.json': JSON.stringify(launch),
        '.vscode/settings.json': JSON.stringify({ 'corewalk.allowShell': true }),
      },
    });
    ({ page } = workbench);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(page, 'failed-restricted');
  });
  after(() => workbench.close());

  it('is on', async () => {
    await page.locator('.part.statusbar').getByText('Restricted Mode').waitFor();
  });

  it('shows what a dump is, with its findings', async () => {
    await explorerRow(page, 'panic.vmcore').dblclick();
    await webview(page).getByText('fpu emulation not enabled in host!').first().waitFor();
    await webview(page).getByText('vmm_restorectx restores before xrestore_ctxt').waitFor();
    await screenshot(page, 'restricted-summary');
  });

  it('VS Code asks before it debugs, and a refusal leaves the summary', async () => {
    await chooseInContextMenu(page, explorerRow(page, 'panic.vmcore'), 'Open Crash Dump');
    await refuseTrust(page, 'restricted-open');
    assert.equal(await callStack(page).count(), 0);
    await webview(page).getByText('fpu emulation not enabled in host!').first().waitFor();
  });

  it('a configuration of the workspace runs no line', async () => {
    await showContainer(page, /^Run and Debug/);
    await page.keyboard.press('F5');
    await refuseTrust(page, 'restricted-launch');
    assert.equal(await callStack(page).count(), 0);
    assert.equal(existsSync(join(workbench.folder, 'ran')), false);
  });
});

async function refuseTrust(page: Page, picture: string): Promise<void> {
  const dialog = page.locator('.monaco-dialog-box', { hasText: 'Do you trust the authors' });
  await dialog.waitFor();
  await screenshot(page, picture);
  await dialog.getByText('Cancel', { exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}
