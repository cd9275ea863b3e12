/** The ways into a dump: the summary page, the context menu, F5 without launch.json, launch.json, and files that are no dumps. */
import assert from 'node:assert/strict';
import { seriousFindings } from './workbench/accessibility.ts';
import { screenshot, smallWindow, type Page } from './workbench/browser.ts';
import { sampleDump } from './workbench/dumps.ts';
import {
  callStack,
  chooseInContextMenu,
  consoleRows,
  explorerRow,
  notification,
  pick,
  pickEntries,
  quickInput,
  runCommand,
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
      name: 'the fixed kernel',
      coreDumpPath: '${workspaceFolder}/fixed.core',
      startup: ['::status'],
    },
  ],
};

describe('ways into a dump', function () {
  let workbench: Workbench;
  let page: Page;

  before(async () => {
    const panic = sampleDump('illumos/ctxop-panic-run', 'buggy');
    workbench = await openWorkbench({
      copies: {
        'panic.vmcore': panic,
        'fixed.core': sampleDump('illumos/ctxop-panic-run', 'fixed'),
      },
      files: {
        'broken.vmcore': 'This is no dump.\n',
        '.vscode/launch.json': JSON.stringify(launch),
      },
    });
    ({ page } = workbench);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(page, 'failed-opening');
    await closeAll(page);
  });
  after(() => workbench.close());

  it('a click shows what the dump is: panic, findings, CPUs, memory', async () => {
    await explorerRow(page, 'panic.vmcore').dblclick();
    const summary = webview(page);
    await summary.getByText('fpu emulation not enabled in host!').first().waitFor();
    await summary.getByText('vmm_restorectx restores before xrestore_ctxt').waitFor();
    await summary.getByRole('img', { name: /^By virtual address: \d+ present blocks/ }).waitFor();
    await summary.getByRole('cell', { name: /^vpanic\+0x/ }).waitFor();
    await screenshot(page, 'summary');
    assert.deepEqual(await seriousFindings(page), []);
  });

  it('the summary fits a small window', async () => {
    await page.setViewportSize(smallWindow);
    await explorerRow(page, 'panic.vmcore').dblclick();
    await webview(page).getByText('Findings', { exact: true }).waitFor();
    await screenshot(page, 'summary-small');
    const isScrolling = await webview(page)
      .locator('html')
      .evaluate((html) => html.scrollWidth > html.clientWidth);
    assert.equal(isScrolling, false);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('the summary starts debugging, and runs its evidence in the console', async () => {
    await explorerRow(page, 'panic.vmcore').dblclick();
    const line = webview(page)
      .getByRole('button', { name: /::ctxop$/ })
      .first();
    await line.click();
    await callStack(page).first().waitFor();
    await consoleRows(page).filter({ hasText: 'ctxop layout: singly linked' }).last().waitFor();
    await screenshot(page, 'summary-line');
  });

  it('a file that is no dump says so, in the summary and in a session', async () => {
    await explorerRow(page, 'broken.vmcore').dblclick();
    await webview(page).getByRole('alert').waitFor();
    const said = await webview(page).getByRole('alert').innerText();
    assert.match(said, /broken\.vmcore/);
    await screenshot(page, 'broken');
    await chooseInContextMenu(page, explorerRow(page, 'broken.vmcore'), 'Open Crash Dump');
    await page.locator('.monaco-dialog-box', { hasText: 'broken.vmcore' }).waitFor();
    await screenshot(page, 'broken-session');
    await page.keyboard.press('Escape');
  });

  it('the explorer offers to open a dump, and not any other file', async () => {
    await explorerRow(page, 'notes.txt').click({ button: 'right' });
    const menu = page.locator('.context-view .monaco-menu');
    await menu.locator('.action-item').first().waitFor();
    assert.equal(await menu.getByText('Open Crash Dump').count(), 0);
    await page.keyboard.press('Escape');
    await chooseInContextMenu(page, explorerRow(page, 'fixed.core'), 'Open Crash Dump');
    await callStack(page).first().waitFor();
  });

  it('launch.json works with the attribute of another adapter, and runs its lines', async () => {
    await showContainer(page, /^Run and Debug/);
    await page.locator('.monaco-workbench').getByText('the fixed kernel').first().waitFor();
    await page.keyboard.press('F5');
    await callStack(page).first().waitFor();
    await consoleRows(page)
      .filter({ hasText: 'debugging crash dump fixed.core' })
      .first()
      .waitFor();
    await screenshot(page, 'launch');
  });

  it('the palette offers what was opened last and what lies in the workspace', async () => {
    await runCommand(page, 'Corewalk: Open Crash Dump…');
    await quickInput(page).waitFor();
    await pickEntries(page).filter({ hasText: 'panic.vmcore' }).waitFor();
    assert.equal(await pickEntries(page).filter({ hasText: 'broken' }).count(), 0);
    await screenshot(page, 'choose-dump');
    await pick(page, 'panic.vmcore');
    await callStack(page).first().waitFor();
  });

  it('a dump that is dragged into the editor shows what it is', async () => {
    await explorerRow(page, 'panic.vmcore').hover();
    await page.mouse.down();
    await page.mouse.move(700, 300, { steps: 5 });
    await page.mouse.move(760, 320, { steps: 5 });
    await page.mouse.up();
    await webview(page).getByText('fpu emulation not enabled in host!').first().waitFor();
  });

  it('two dumps that are chosen in the explorer are compared', async () => {
    await explorerRow(page, 'panic.vmcore').click();
    await explorerRow(page, 'fixed.core').click({ modifiers: ['ControlOrMeta'] });
    await chooseInContextMenu(page, explorerRow(page, 'fixed.core'), 'Compare Dumps…');
    const editor = page.locator('.part.editor .monaco-editor');
    await editor.getByText(/two\sbuilds\sof\sthe\skernel/).waitFor();
    await editor
      .getByText(/turnstile_block/)
      .first()
      .waitFor();
    await screenshot(page, 'compare');
  });

  it('no notification is left to be read', async () => {
    assert.equal(await notification(page, /./).count(), 0);
  });
});

/** No session and no editor, as a test finds the workbench. */
async function closeAll(page: Page): Promise<void> {
  const tab = page.locator('.part.activitybar').getByRole('tab', { name: /^Run and Debug/ });
  const sessions = async (): Promise<string> => (await tab.getAttribute('aria-label')) ?? '';
  while ((await sessions()).includes('active session')) {
    const before = await sessions();
    await runCommand(page, 'Corewalk: Close Crash Dump');
    for (let wait = 0; wait < 50 && (await sessions()) === before; wait++)
      await page.waitForTimeout(100);
  }
  await runCommand(page, 'View: Close All Editors');
  await showContainer(page, /^Explorer/);
}
