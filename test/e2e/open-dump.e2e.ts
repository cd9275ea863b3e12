/** The main job as a person does it: make a dump, read the panic, type the ticket's pipeline, look at the machine. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { screenshot, type Page } from './workbench/browser.ts';
import {
  callStack,
  chooseInContextMenu,
  clipboard,
  consoleRows,
  expand,
  focusConsole,
  pick,
  pickEntries,
  quickInput,
  runCommand,
  showContainer,
  treeRow,
  typeInConsole,
} from './workbench/pages.ts';
import { openWorkbench, type Workbench } from './workbench/session.ts';

const dump = 'illumos-ctxop-panic-run-buggy.vmcore';

/** The line of illumos 12477; only the address is that of the thread which panicked. */
const pipeline =
  'fffffe5af5cc8040::print kthread_t t_ctx | ::list "struct ctxop" next | ::print "struct ctxop"';

/** What the ticket prints, from the head of the chain to its tail. */
const operators = [
  { save: 'vmm_savectx', saved: '0x137e89ac2e8c', restored: '0x137e89aca474' },
  { save: 'schedctl_save', saved: '0x137e89ac4ae9', restored: '0x137e89acc0ac' },
  { save: 'xsaveopt_ctxt', saved: '0x137e89ac4d93', restored: '0x137e89acc2dc' },
  { save: 'sep_save', saved: '0x137e89ac51fc', restored: '0x137e89acc5d0' },
  { save: 'lwp_segregs_save', saved: '0x137e89ac54a5', restored: '0x137e89acc82f' },
];

const members =
  'save_op restore_op fork_op lwp_create_op exit_op free_op arg next save_ts restore_ts';

describe('open a dump', function () {
  let workbench: Workbench;
  let page: Page;

  before(async () => {
    workbench = await openWorkbench();
    ({ page } = workbench);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(page, 'failed-open-dump');
  });
  after(() => workbench.close());

  it('says what to do while none is open', async () => {
    await showContainer(page, /^Crash Dump/);
    await page.getByRole('button', { name: 'Open Crash Dump…' }).first().waitFor();
    await page.getByRole('button', { name: 'New Dump from Scenario…' }).first().waitFor();
    await screenshot(page, 'empty');
  });

  it('makes one from a scenario, without a compiler, and opens it', async () => {
    await runCommand(page, 'Corewalk: New Dump from Scenario…');
    await pickEntries(page).first().waitFor();
    await screenshot(page, 'scenarios');
    await quickInput(page).fill('panic-run');
    await pick(page, 'illumos/ctxop-panic-run');
    await pick(page, 'buggy');
    await quickInput(page).press('Enter');
    await callStack(page).first().waitFor();
    assert.ok(existsSync(join(workbench.folder, dump)));
  });

  it('stands where the machine stopped, with the C source that the dump carries', async () => {
    await page.locator('.debug-call-stack', { hasText: /paused on panic/i }).waitFor();
    for (const name of ['save_guest_fpustate', 'vm_run'])
      await callStack(page).filter({ hasText: name }).first().waitFor();
    const line = '.debug-top-stack-frame-line, .debug-focused-stack-frame-line';
    await page.locator('.part.editor').locator(line).first().waitFor();
    await page.locator('.exception-widget', { hasText: 'fpu emulation not enabled' }).waitFor();
    await screenshot(page, 'stopped');
    // The frames of the panic itself are folded: they are the same for every panic.
    await callStack(page).filter({ hasText: 'Show 2 More: the panic itself' }).click();
    for (const name of ['vpanic', 'panic'])
      await callStack(page).filter({ hasText: name }).first().waitFor();
  });

  it('shows the frame that is chosen, and its variables', async () => {
    await callStack(page).filter({ hasText: 'save_guest_fpustate' }).first().click();
    await page.locator('.part.editor .tab', { hasText: 'vmm.c' }).waitFor();
    await page.locator('.debug-variables').getByText('Arguments', { exact: true }).waitFor();
    await screenshot(page, 'frame');
  });

  it('has no toolbar of buttons that mean nothing for a dump', async () => {
    assert.equal(await page.locator('.debug-toolbar').count(), 0);
  });

  it('prints the five context operators of the ticket in the console', async () => {
    await focusConsole(page);
    await typeInConsole(page, pipeline);
    const row = consoleRows(page).filter({ hasText: 'lwp_segregs_restore' }).first();
    await row.waitFor();
    const text = withoutColours((await row.getAttribute('aria-label')) ?? '');
    const lines = text.split('\n').map((line) => line.trim());
    const values = (name: string): string[] =>
      lines
        .filter((line) => line.startsWith(`${name} = `))
        .map((line) => line.split(' = ')[1] ?? '');
    assert.deepEqual(
      values('save_op'),
      operators.map((each) => each.save),
    );
    assert.deepEqual(
      values('save_ts'),
      operators.map((each) => each.saved),
    );
    assert.deepEqual(
      values('restore_ts'),
      operators.map((each) => each.restored),
    );
    const names = lines.filter((line) => line.includes(' = ')).map((line) => line.split(' = ')[0]);
    assert.equal(names.slice(0, 10).join(' '), members);
    await screenshot(page, 'console');
  });

  it('completes in the console', async () => {
    await page.locator('.repl .repl-input-wrapper .monaco-editor').click();
    await page.keyboard.type('::ctx', { delay: 60 });
    await page
      .locator('.suggest-widget.visible .monaco-list-row', { hasText: 'ctxop' })
      .first()
      .waitFor();
    await screenshot(page, 'completion');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
  });

  it('shows the chain with both stamps in the machine tree', async () => {
    await showContainer(page, /^Crash Dump/);
    await expand(page, /^CPU 0/);
    await expand(page, /^bhyve/);
    await expand(page, /^context ops/);
    for (const { save } of operators) await treeRow(page, new RegExp(`^${save}`)).waitFor();
    await screenshot(page, 'machine');
  });

  it('runs and copies the line behind a node', async () => {
    const node = treeRow(page, /^vmm_savectx/);
    await chooseInContextMenu(page, node, 'Copy mdb Command');
    await clipboard(page, /^[0-9a-f]+::print "struct ctxop"$/);
    await node.hover();
    await node.getByRole('button', { name: 'Run in Debug Console' }).click();
    // The echo of the line has scrolled out of what the console draws.
    await consoleRows(page).filter({ hasText: 'restore_ts = 0x137e89aca474' }).last().waitFor();
    await screenshot(page, 'node-line');
  });

  it('closes on command', async () => {
    await runCommand(page, 'Corewalk: Close Crash Dump');
    await page.getByRole('button', { name: 'Open Crash Dump…' }).first().waitFor();
  });

  it('has asked for nothing outside this machine', () => {
    assert.deepEqual([...workbench.browser.foreignHosts], []);
  });
});

function withoutColours(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}
