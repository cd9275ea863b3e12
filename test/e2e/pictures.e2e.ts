/** Pictures of a dump: each is opened, used by mouse and keyboard, looked at in all themes, and checked for accessibility. */
import assert from 'node:assert/strict';
import { screenshot } from './workbench/browser.ts';
import { sampleDump } from './workbench/dumps.ts';
import { lookInAllThemes } from './workbench/looks.ts';
import { answer, consoleRows, openFromExplorer, runCommand, webview } from './workbench/pages.ts';
import { openWorkbench, type Workbench } from './workbench/session.ts';

describe('pictures', function () {
  let workbench: Workbench;
  before(async () => {
    const dump = sampleDump('illumos/ctxop-panic-run', 'buggy');
    workbench = await openWorkbench({ copies: { 'panic.vmcore': dump } });
    await openFromExplorer(workbench.page, 'panic.vmcore');
  });
  after(() => workbench?.close());
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(workbench.page, 'failed-pictures');
  });

  it('memory: members over their bytes, pointers followed, text found', async () => {
    const { page } = workbench;
    await runCommand(page, 'Corewalk: Show Memory');
    await answer(page, '*panic_thread');
    const memory = webview(page);
    await memory.getByText(/^0xfffffe5af5cc8040: kthread_t, \d+ bytes/).waitFor();
    await memory.getByRole('button', { name: 't_ctx', exact: true }).click();
    assert.equal(await memory.locator('.byte.chosen').count(), 8);
    await memory.getByText(/^0xfffffe5af5cc80e8: t_ctx ctxop_t \* = 0xfffffe5b2f6c4c80/).waitFor();
    await memory.locator('.byte.chosen').first().press('ArrowUp');
    await memory.getByText(/^0xfffffe5af5cc80d8: t_clfuncs/).waitFor();
    await memory.locator('.byte.chosen').first().press('ArrowDown');
    await lookInAllThemes(page, 'memory');
    await memory.locator('.byte.chosen').first().press('Enter');
    await memory.getByText(/^0xfffffe5b2f6c4c80: ctxop_t, 80 bytes/).waitFor();
    await memory.getByRole('cell', { name: 'vmm_savectx' }).waitFor();
    await screenshot(page, 'memory-followed');
    await memory.getByRole('button', { name: 'Back' }).click();
    await memory.getByText(/^0xfffffe5af5cc8040: kthread_t/).waitFor();
    await memory.getByLabel('Find text, or 0x and a number').fill('fpu emulation');
    await memory.getByRole('button', { name: 'Find' }).click();
    await memory.getByText(/“fpu emulation”: \d+ places/).waitFor();
    await memory.locator('.matches button').first().click();
    await memory.locator('td.ascii', { hasText: 'fpu emulati' }).first().waitFor();
    await screenshot(page, 'memory-found');
  });

  it('memory: what is absent is no zero, and what is no address is said', async () => {
    const { page } = workbench;
    const memory = webview(page);
    const place = memory.getByLabel('Address, symbol or expression');
    await place.fill('10');
    await place.press('Enter');
    await memory.getByText(/^0x10: unknown/).waitFor();
    assert.equal(await memory.locator('.byte.absent').count(), 256);
    await place.fill('nosuchsymbol');
    await place.press('Enter');
    await memory.getByRole('alert').getByText('unknown symbol').waitFor();
    await runCommand(page, 'View: Close All Editors');
  });

  it('layout: words, holes and cache lines of a type', async () => {
    const { page } = workbench;
    await runCommand(page, 'Corewalk: Show Layout');
    await answer(page, 'kthread_t');
    const layout = webview(page);
    await layout.getByRole('heading', { name: 'kthread_t' }).waitFor();
    await layout.getByRole('img', { name: /bytes in \d+ holes/ }).waitFor();
    await layout.getByRole('cell', { name: 't_ctx', exact: true }).waitFor();
    await lookInAllThemes(page, 'layout');
    await runCommand(page, 'View: Close All Editors');
  });

  it('objects: a graph around an address, opened by mouse and keyboard', async () => {
    const { page } = workbench;
    await runCommand(page, 'Corewalk: Show Object Graph');
    await answer(page, '*panic_thread');
    const graph = webview(page);
    const node = (name: RegExp) => graph.getByRole('button', { name }).first();
    await node(/^kthread_t, /).waitFor();
    await node(/^ctxop_t, fffffe5b2f6c4c80/).dblclick();
    await node(/^4 × struct ctxop, along next/).waitFor();
    await lookInAllThemes(page, 'graph');
    await graph.locator('.node.selected').press('ArrowRight');
    assert.equal(await graph.locator('.node.selected').count(), 1);
    await node(/^4 × struct ctxop, along next/).dblclick();
    await node(/^struct ctxop, fffffe5b2f8b2aa8/).waitFor();
    await graph.getByRole('cell', { name: 'next', exact: true }).nth(3).waitFor();
    await screenshot(page, 'graph-list');
    await node(/^struct ctxop, fffffe5b2f8b2aa8/).click();
    await graph.getByRole('button', { name: 'Memory', exact: true }).click();
    await webview(page)
      .getByText(/^0xfffffe5b2f8b2aa8: struct ctxop, 80 bytes/)
      .waitFor();
    await runCommand(page, 'View: Close All Editors');
  });

  it('timeline: CPUs over time, idle time shortened, searched and walked by keyboard', async () => {
    const { page } = workbench;
    await runCommand(page, 'Corewalk: Show Machine over Time');
    const timeline = webview(page);
    await timeline.getByRole('img', { name: /events on 2 CPUs/ }).waitFor();
    await timeline.getByLabel('Find events').fill('vmm_ bhyve');
    await timeline.getByRole('heading', { name: /^\d+ events found/ }).waitFor();
    await timeline.getByRole('button', { name: 'Next match' }).click();
    await timeline
      .getByRole('status')
      .getByText(/^CPU 0 .* vmm_/)
      .waitFor();
    await lookInAllThemes(page, 'timeline');
    for (let times = 0; times < 6; times++)
      await timeline.getByRole('button', { name: 'Larger' }).click();
    await timeline.locator('.drawing').press('ArrowDown');
    await timeline
      .getByRole('status')
      .getByText(/^CPU 1 /)
      .waitFor();
    await timeline.locator('.drawing').press('Home');
    await timeline
      .getByRole('status')
      .getByText(/^CPU 0 {2}\+0 {2}restore xrestore_ctxt/)
      .waitFor();
    await timeline.locator('.drawing').press('Enter');
    await consoleRows(page).filter({ hasText: 'restore_op = xrestore_ctxt' }).first().waitFor();
    await screenshot(page, 'timeline-zoomed');
    await runCommand(page, 'View: Close All Editors');
  });

  it('address space: what the page tables map, and the way of an address through them', async () => {
    const { page } = workbench;
    await runCommand(page, 'Corewalk: Show Address Space');
    const space = webview(page);
    await space
      .getByRole('img', { name: /is at physical 10[0-9a-f]{4} \(page of 0x1000, r-x-\)/ })
      .waitFor();
    await space.getByRole('button', { name: /CPU 0 rsp/ }).click();
    await space.getByRole('img', { name: /rw--\)/ }).waitFor();
    await lookInAllThemes(page, 'address-space');
    await space.getByLabel('Page tables of').selectOption({ index: 1 });
    await space.getByLabel('Address to translate').fill('10');
    await space.getByRole('button', { name: 'Translate' }).click();
    await space.getByText(/^10 has no physical address: .*not present/).waitFor();
    await screenshot(page, 'address-space-unmapped');
    await space.getByRole('button', { name: /rw--/ }).first().press('Enter');
    await space.getByRole('img', { name: /rw--/ }).waitFor();
    await runCommand(page, 'View: Close All Editors');
  });
});
