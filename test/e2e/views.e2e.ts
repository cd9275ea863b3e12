/** The views of the *Crash Dump* container on a real dump, each by what a person does with it. */
import assert from 'node:assert/strict';
import { seriousFindings } from './workbench/accessibility.ts';
import { screenshot, type Page } from './workbench/browser.ts';
import { sampleDump } from './workbench/dumps.ts';
import {
  answer,
  chooseInContextMenu,
  clipboard,
  consoleRows,
  expand,
  openFromExplorer,
  pick,
  pickEntries,
  quickInput,
  runCommand,
  scrollTo,
  showContainer,
  treeRow,
  viewRow,
  webview,
} from './workbench/pages.ts';
import { openWorkbench, type Workbench } from './workbench/session.ts';

describe('views', function () {
  let workbench: Workbench;
  let page: Page;

  before(async () => {
    workbench = await openWorkbench({
      copies: { 'panic.vmcore': sampleDump('illumos/ctxop-panic-run', 'buggy') },
      settings: { 'workbench.colorTheme': 'Default Dark Modern' },
    });
    ({ page } = workbench);
    await openFromExplorer(page, 'panic.vmcore');
    await showContainer(page, /^Crash Dump/);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(page, 'failed-views');
  });
  after(() => workbench.close());

  it('findings: the worst first, with evidence that runs and a text for a ticket', async () => {
    const finding = treeRow(page, /^ctxop_order/);
    await finding.waitFor();
    await treeRow(page, /vmm_savectx saved at/).click();
    await consoleRows(page).filter({ hasText: 'restore_ts = 0x137e89aca474' }).last().waitFor();
    await chooseInContextMenu(page, finding, 'Copy Findings as Markdown');
    const text = await clipboard(page, /^### ERROR: `ctxop_order`/);
    assert.match(text, /- `fffffe5b2f6c4c80 vmm_savectx .*` — `fffffe5b2f6c4c80::print/);
    await screenshot(page, 'findings');
  });

  it('context operators over time: all arcs cross on the buggy kernel', async () => {
    await expand(page, /^CPU 0/);
    await chooseInContextMenu(page, treeRow(page, /^bhyve/), 'Show Context Operator Timeline');
    await webview(page)
      .getByText('10 of 10 pairs cross: restored in the order of saving.')
      .waitFor();
    assert.equal(await webview(page).locator('path.arc.crossing').count(), 5);
    assert.equal(await webview(page).getByRole('row').count(), 11);
    assert.deepEqual(await seriousFindings(page), []);
    await screenshot(page, 'ctxop-timeline');
    await runCommand(page, 'View: Close All Editors');
  });

  it('threads: groups, a filter, and a click that selects in the call stack', async () => {
    await runCommand(page, 'Crash Dump: Focus on Threads View');
    await treeRow(page, /^pause_syscall/).waitFor();
    await runCommand(page, 'Corewalk: Group Threads…');
    await pick(page, 'By state');
    await treeRow(page, /^SLEEP/).waitFor();
    await runCommand(page, 'Corewalk: Filter Threads…');
    await answer(page, 'fsflush');
    await page.locator('.pane-body').getByText('“fsflush”: 1 of 13 threads').waitFor();
    await expand(page, /^SLEEP/);
    await treeRow(page, /^fsflush/).waitFor();
    await screenshot(page, 'threads');
    await treeRow(page, /^fsflush/).click();
    await page.locator('.part.editor .tab', { hasText: 'swtch.S' }).waitFor();
    await showContainer(page, /^Crash Dump/);
    await runCommand(page, 'Corewalk: Clear Thread Filter');
  });

  it('types: search, offsets and sizes', async () => {
    await runCommand(page, 'Corewalk: Search Types…');
    await answer(page, 'ctxop$');
    await expand(page, /^struct ctxop/);
    await treeRow(page, /^\+0x0 save_op/).waitFor();
    await screenshot(page, 'types');
  });

  it('walkers: run into a table; Walk from… asks where', async () => {
    await runCommand(page, 'Crash Dump: Focus on Walkers View');
    await expand(page, /^illumos/);
    const list = page
      .locator('.pane', { has: page.locator('.pane-header', { hasText: 'Walkers' }) })
      .locator('.monaco-list');
    await scrollTo(page, list, viewRow(page, 'Walkers', /^proc/));
    await viewRow(page, 'Walkers', /^proc/).click();
    await webview(page).getByRole('columnheader', { name: 'p_stat' }).waitFor();
    await screenshot(page, 'walker-table');
    await webview(page).getByRole('button', { name: 'Columns…' }).click();
    await pickEntries(page).filter({ hasText: 'p_stat' }).first().waitFor();
    await quickInput(page).press('Escape');
    await runCommand(page, 'View: Close All Editors');
    await list.press('Home');
    await scrollTo(page, list, viewRow(page, 'Walkers', /^ctxop/));
    await chooseInContextMenu(page, viewRow(page, 'Walkers', /^ctxop/), 'Walk from…');
    await answer(page, '<thread');
    await webview(page)
      .getByText(/^5 rows/)
      .waitFor();
    await runCommand(page, 'View: Close All Editors');
  });

  it('log: what the kernel wrote', async () => {
    await runCommand(page, 'Crash Dump: Focus on Log View');
    await treeRow(page, /^panic\[cpu0\]\/thread=fffffe5af5cc8040: fpu emulation/).waitFor();
    await screenshot(page, 'log');
  });

  it('bookmarks: kept with a comment, shown and copied', async () => {
    await chooseInContextMenu(page, treeRow(page, /^bhyve/), 'Add Bookmark…');
    await answer(page, 'the thread that panicked');
    await runCommand(page, 'Crash Dump: Focus on Bookmarks View');
    await treeRow(page, /^the thread that panicked/).waitFor();
    await runCommand(page, 'Corewalk: Copy Bookmarks as Markdown');
    await clipboard(page, /^- `0xfffffe5af5cc8040::print kthread_t`: the thread that panicked/);
    await screenshot(page, 'bookmarks');
  });

  it('tables: sorted, filtered and read by keyboard', async () => {
    await runCommand(page, 'Corewalk: Show as Table…');
    await answer(page, '::nm');
    const table = webview(page);
    await table.getByText(/^\d{3} rows/).waitFor();
    await table.getByRole('textbox', { name: /^Filter/ }).fill('name:ctx type:function');
    await table.getByText(/^\d+ of \d+ rows/).waitFor();
    await table.getByRole('button', { name: 'name' }).click();
    await table.locator('[role=columnheader][aria-sort=ascending]').waitFor();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Home');
    const focused = await table.locator('#focused').innerText();
    assert.match(focused, /ctx/);
    assert.deepEqual(await seriousFindings(page), []);
    await screenshot(page, 'table');
    await runCommand(page, 'View: Close All Editors');
  });
});
