/** The main job, as a person does it: make a dump, open it by click, read the panic, type the ticket's pipeline, look around. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { screenshot, type Page } from './workbench/browser.ts';
import {
  callStack,
  chooseInContextMenu,
  consoleRows,
  expand,
  explorerRow,
  pick,
  pickEntries,
  quickInput,
  runCommand,
  showContainer,
  treeRow,
  typeInConsole,
} from './workbench/pages.ts';
import { openWorkbench, type Workbench } from './workbench/session.ts';

const dump = 'illumos-ctxop-order-buggy.vmcore';

/** What illumos 12477 prints, by name: from the head of the chain to its tail. */
const saveOps = ['vmm_savectx', 'schedctl_save', 'xsaveopt_ctxt', 'sep_save', 'lwp_segregs_save'];

describe('open a dump', function () {
  this.bail(true);
  let workbench: Workbench;
  let page: Page;

  before(async () => {
    workbench = await openWorkbench();
    ({ page } = workbench);
  });
  after(() => workbench.close());

  it('offers what to do while no dump is open', async () => {
    await showContainer(page, /^Crash Dump/);
    await page.getByRole('button', { name: 'Open Crash Dump…' }).first().waitFor();
    await page.getByRole('button', { name: 'New Dump from Scenario…' }).first().waitFor();
    await screenshot(page, 'empty');
  });

  it('makes a dump from a scenario, without a compiler, and opens it', async () => {
    await runCommand(page, 'Corewalk: New Dump from Scenario…');
    await pickEntries(page).first().waitFor();
    await screenshot(page, 'scenarios');
    await quickInput(page).fill('ctxop-order');
    await pick(page, 'illumos/ctxop-order');
    await pick(page, 'buggy');
    await quickInput(page).press('Enter');
    await callStack(page).first().waitFor();
    assert.ok(existsSync(join(workbench.folder, dump)));
  });

  it('opens paused on the panic, with C source', async () => {
    await showContainer(page, /^Run and Debug/);
    await page.locator('.debug-call-stack .state', { hasText: /panic/i }).first().waitFor();
    await callStack(page).filter({ hasText: 'panic' }).first().waitFor();
    await page
      .locator('.debug-top-stack-frame-line, .debug-focused-stack-frame-line')
      .first()
      .waitFor();
    await screenshot(page, 'stopped');
  });

  it('prints the five context operators of the ticket in the console', async () => {
    await runCommand(page, 'Debug Console: Focus on Debug Console View');
    await typeInConsole(
      page,
      '<thread::print kthread_t t_ctx | ::list "struct ctxop" next | ::print "struct ctxop"',
    );
    for (const name of saveOps)
      await consoleRows(page)
        .filter({ hasText: `save_op = ${name}` })
        .first()
        .waitFor();
    await screenshot(page, 'console');
  });

  it('shows the chain in the machine tree, with stamps', async () => {
    await showContainer(page, /^Crash Dump/);
    await expand(page, /^CPU 0/);
    await screenshot(page, 'machine');
  });

  it('runs the line behind a node', async () => {
    await treeRow(page, /^CPU 0/).hover();
  });

  it('closes, and opens again from the explorer', async () => {
    await runCommand(page, 'Corewalk: Close Crash Dump');
    await callStack(page).first().waitFor({ state: 'hidden' });
    await showContainer(page, /^Explorer/);
    await chooseInContextMenu(page, explorerRow(page, dump), 'Open Crash Dump…');
    await callStack(page).filter({ hasText: 'panic' }).first().waitFor();
  });

  it('asked for nothing outside this machine', () => {
    assert.deepEqual([...workbench.browser.foreignHosts], []);
  });
});
