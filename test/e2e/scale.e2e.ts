/** A dump of ten thousand threads, an adapter that dies, and a search for schedules: what must not stop the work. */
import assert from 'node:assert/strict';
import { adapterProcesses } from './workbench/adapters.ts';
import { screenshot } from './workbench/browser.ts';
import { manyThreadsDump, sampleDump } from './workbench/dumps.ts';
import {
  answer,
  callStack,
  chooseInContextMenu,
  expand,
  explorerRow,
  focusConsole,
  notification,
  pick,
  pickEntries,
  runCommand,
  scrollTo,
  showContainer,
  treeRow,
  typeInConsole,
} from './workbench/pages.ts';
import { openWorkbench, type Workbench } from './workbench/session.ts';

const clones = 10_000;

/** KiB of the adapter. */
const memoryLimit = 300 * 1024;

describe('scale', function () {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench({
      copies: {
        'few.vmcore': sampleDump('illumos/ctxop-panic-run', 'buggy'),
        'many.vmcore': manyThreadsDump(clones),
      },
    });
  });
  after(() => workbench?.close());
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(workbench.page, 'failed-scale');
  });

  for (const [file, what] of [
    ['few.vmcore', 'a dozen threads'],
    ['many.vmcore', 'ten thousand threads'],
  ] as const)
    it(`opens a dump of ${what}`, async () => {
      const { page } = workbench;
      await showContainer(page, /^Explorer/);
      await explorerRow(page, file).waitFor();
      const begin = performance.now();
      await chooseInContextMenu(page, explorerRow(page, file), 'Open Crash Dump');
      await callStack(page).filter({ hasText: 'save_guest_fpustate' }).waitFor();
      const seconds = (performance.now() - begin) / 1000;
      // A figure for people: what else the machine does is in it, so nothing is asserted.
      console.log(`      paused, stack visible: ${seconds.toFixed(2)} s`);
      if (file === 'few.vmcore') await runCommand(page, 'Corewalk: Close Crash Dump');
      await callStack(page)
        .first()
        .waitFor({ state: file === 'few.vmcore' ? 'hidden' : 'visible' });
    });

  it('tells what activation took', async () => {
    const { page } = workbench;
    await runCommand(page, 'Developer: Show Running Extensions');
    const list = page.locator('.monaco-list', { has: page.locator('.activation-time') });
    const row = list.locator('.monaco-list-row', { hasText: 'Corewalk' });
    await list.first().waitFor();
    await scrollTo(page, list.first(), row);
    const time = await row.locator('.activation-time').textContent();
    console.log(`      activation: ${time}`);
    assert.match(time ?? '', /\d+ms/);
    await page.keyboard.press('Escape');
    await runCommand(page, 'View: Close All Editors');
  });

  it('groups them in the Threads view, filters them, and scrolls through a group', async () => {
    const { page } = workbench;
    await showContainer(page, /^Crash Dump/);
    await runCommand(page, 'Crash Dump: Focus on Threads View');
    const begin = performance.now();
    await treeRow(page, /^pause_syscall/).waitFor();
    console.log(`      groups visible: ${((performance.now() - begin) / 1000).toFixed(2)} s`);
    await page.locator('.pane-header', { hasText: /Threads.*10013/ }).waitFor();
    await screenshot(page, 'many-threads');
    await runCommand(page, 'Corewalk: Filter Threads…');
    await answer(page, '10999');
    await page.locator('.pane-body').getByText('“10999”: 1 of 10013 threads').waitFor();
    await runCommand(page, 'Corewalk: Clear Thread Filter');
    await expand(page, /^fsflush < thread_start/);
    await scrollTo(
      page,
      treeRow(page, /^fsflush < thread_start/),
      treeRow(page, /^fsflush\s*2\d{3} · SLEEP/),
    );
    const [adapter] = adapterProcesses(workbench.server);
    if (adapter === undefined) return;
    console.log(`      adapter: ${Math.round(adapter.peakKib / 1024)} MB at its largest`);
    assert.ok(adapter.peakKib < memoryLimit, `${adapter.peakKib} KiB`);
  });

  it('says when the adapter has died, and opens the dump again', async function () {
    const { page, server } = workbench;
    const [adapter] = adapterProcesses(server);
    if (adapter === undefined) this.skip();
    await focusConsole(page);
    await typeInConsole(page, '::walk thread | ::findstack -v');
    await page.waitForTimeout(500);
    process.kill(adapter.pid, 'SIGKILL');
    const message = notification(
      page,
      /^The debug adapter of many\.vmcore was killed\. It was running: ::walk thread/,
    ).first();
    await message.waitFor();
    await screenshot(page, 'adapter-died');
    await page.getByRole('button', { name: 'Open Again' }).click();
    const isAnother = (): boolean =>
      adapterProcesses(server).some((each) => each.pid !== adapter.pid);
    for (let wait = 0; wait < 100 && !isAnother(); wait++) await page.waitForTimeout(100);
    assert.ok(isAnother());
    await callStack(page).filter({ hasText: 'save_guest_fpustate' }).waitFor();
  });

  it('explores the schedules of a scenario, and opens the dump of a failure', async () => {
    const { page } = workbench;
    await runCommand(page, 'Corewalk: Explore Scenario…');
    await pickEntries(page).first().waitFor();
    await answer(page, 'lost-wakeup');
    await pick(page, 'buggy');
    await pick(page, 'All within a bound');
    await page
      .locator('.quick-input-title', { hasText: /^Kinds of failure in \d+ schedules: \d+/ })
      .waitFor();
    await screenshot(page, 'explore-failures');
    await pickEntries(page).first().click();
    await callStack(page).first().waitFor();
    await showContainer(page, /^Explorer/);
    await explorerRow(page, '.schedule.json').waitFor();
  });
});
