/** What the editor itself does with an open dump: values in C source, mdb scripts, results as documents. */
import assert from 'node:assert/strict';
import { screenshot, type Page } from './workbench/browser.ts';
import { sampleDump } from './workbench/dumps.ts';
import {
  answer,
  callStack,
  chooseInContextMenu,
  consoleRows,
  explorerRow,
  openFromExplorer,
  runCommand,
  scrollTo,
  showContainer,
  viewRow,
  webview,
} from './workbench/pages.ts';
import { openWorkbench, type Workbench } from './workbench/session.ts';

const script = `// What illumos 12477 is about.
::status
<thread::ctxop
<thread::print kthread_t t_ctx | ::list "struct ctxop" next | ::print -t "struct ctxop" save_ts
`;

describe('editors', function () {
  let workbench: Workbench;
  let page: Page;

  before(async () => {
    workbench = await openWorkbench({
      copies: { 'panic.vmcore': sampleDump('illumos/ctxop-panic-run', 'buggy') },
      files: { 'look.mdb': script },
    });
    ({ page } = workbench);
    await openFromExplorer(page, 'panic.vmcore');
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(page, 'failed-editors');
  });
  after(() => workbench.close());

  it('C source: a value beside the line, and one under the pointer', async () => {
    // While VS Code shows the message about the panic, it goes back to its line from every frame of the same file.
    await page
      .locator('.exception-widget .codicon-widget-close, .exception-widget .codicon-close')
      .click();
    await callStack(page).filter({ hasText: 'vm_run' }).first().click();
    const line = page.locator('.part.editor .view-line', { hasText: 'save_guest_fpustate(vcpu)' });
    await line.first().waitFor();
    await page
      .locator('.part.editor .view-line', { hasText: /vcpu\s=\s0xfffffe/ })
      .first()
      .waitFor();
    const word = line
      .first()
      .locator('span', { hasText: /^vcpu$/ })
      .first();
    const hover = page.locator('.debug-hover-widget:visible');
    for (let attempt = 0; attempt < 5 && (await hover.count()) === 0; attempt++) {
      await page.mouse.move(700, 500 + attempt);
      await word.hover();
      await page.waitForTimeout(1200);
    }
    await hover.getByText('guest_xcr0').first().waitFor();
    await screenshot(page, 'c-hover');
    await page.mouse.move(700, 500);
  });

  it('variables: as a table by the list that they begin, and their type', async () => {
    const variables = page.locator('.debug-variables .monaco-list-row');
    await page.locator('.debug-variables').getByText('Thread', { exact: true }).click();
    const chain = variables.filter({ hasText: /^t_ctx/ }).first();
    await variables.filter({ hasText: /^t_link/ }).waitFor();
    await scrollTo(page, page.locator('.debug-variables'), chain);
    await chooseInContextMenu(page, chain, 'Show as Table…');
    const table = webview(page);
    await table.getByRole('columnheader', { name: 'save_op' }).waitFor();
    await table.getByText(/^5 rows/).waitFor();
    await screenshot(page, 'variable-table');
    await chooseInContextMenu(page, chain, 'Show Type');
    await viewRow(page, 'Types', /^ctxop_t/).waitFor();
    await showContainer(page, /^Run and Debug/);
    await chooseInContextMenu(page, chain, 'Go to Type Definition');
    await page.locator('.part.editor .tab.active', { hasText: 'thread.h' }).waitFor();
    await page
      .locator('.part.editor .view-line', { hasText: /struct\sctxop/ })
      .first()
      .waitFor();
    await screenshot(page, 'type-definition');
    await runCommand(page, 'View: Close All Editors');
  });

  it('mdb scripts: coloured, run line by line', async () => {
    await showContainer(page, /^Explorer/);
    await explorerRow(page, 'look.mdb').dblclick();
    await page.locator('.codelens-decoration', { hasText: 'Run' }).nth(2).waitFor();
    const dcmd = page.locator('.view-line', { hasText: '::status' }).locator('span span').nth(1);
    const comment = page
      .locator('.view-line', { hasText: 'What illumos' })
      .locator('span span')
      .first();
    const colour = (element: Element): string => getComputedStyle(element).color;
    assert.notEqual(await dcmd.evaluate(colour), await comment.evaluate(colour));
    await page.locator('.codelens-decoration a', { hasText: 'Run' }).nth(1).click();
    await consoleRows(page).filter({ hasText: 'NOT stack order' }).last().waitFor();
    await screenshot(page, 'mdb-script');
  });

  it('results open as documents with links', async () => {
    await runCommand(page, 'Corewalk: Open Result in Editor…');
    await answer(page, '<thread::stack');
    await page.locator('.view-line', { hasText: 'save_guest_fpustate' }).first().waitFor();
    await page.locator('.view-line .detected-link').nth(5).waitFor();
    await screenshot(page, 'result');
  });
});
