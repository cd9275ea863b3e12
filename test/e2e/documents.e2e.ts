/** Documents that an investigation leaves behind: a notebook run in the editor and exported, a report to mail. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { screenshot, type Page } from './workbench/browser.ts';
import { sampleDump } from './workbench/dumps.ts';
import {
  explorerRow,
  openFromExplorer,
  pick,
  runCommand,
  saveAs,
  showContainer,
} from './workbench/pages.ts';
import { openWorkbench, type Workbench } from './workbench/session.ts';

const notebook = {
  format: 'corewalk-notebook',
  version: 1,
  dump: 'panic.vmcore',
  cells: [
    {
      kind: 'markdown',
      text: [
        '# Why the FPU was in two hands',
        '',
        'Each operator stamps when it **saves** and **restores**.',
      ],
    },
    { kind: 'mdb', text: ['::check ctxop_order'] },
    { kind: 'mdb', text: ['<thread::ctxop'] },
    { kind: 'mdb', text: ['::walk thread | ::table t_pri t_state t_ctx'] },
  ],
};

describe('documents', function () {
  let workbench: Workbench;
  let page: Page;

  before(async () => {
    workbench = await openWorkbench({
      copies: { 'panic.vmcore': sampleDump('illumos/ctxop-panic-run', 'buggy') },
      files: { 'fpu.mdbnb': JSON.stringify(notebook) },
    });
    ({ page } = workbench);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(page, 'failed-documents');
  });
  after(() => workbench.close());

  it('notebook: all cells run, with colours and a table', async () => {
    await openFromExplorer(page, 'panic.vmcore');
    // The source of the panic comes to the front when the dump is open: before the notebook, and not over it.
    await page.locator('.part.editor .tab', { hasText: 'vmm.c' }).waitFor();
    await showContainer(page, /^Explorer/);
    await explorerRow(page, 'fpu.mdbnb').dblclick();
    await page
      .getByRole('heading', { name: 'Why the FPU' })
      .first()
      .waitFor()
      .catch(() => undefined);
    await runCommand(page, 'Notebook: Run All');
    await page.waitForTimeout(4000);
    await screenshot(page, 'notebook');
    await runCommand(page, 'Corewalk: Export Notebook…');
    await saveAs(page, /fpu\.html$/, join(workbench.folder, 'fpu.md'));
    await page.getByText('fpu.md is written.').first().waitFor();
    const text = readFileSync(join(workbench.folder, 'fpu.md'), 'utf8');
    assert.match(text, /^# Why the FPU was in two hands\n/);
    assert.match(text, /ERROR +ctxop_order/);
    await screenshot(page, 'notebook-exported');
  });

  it('report: written where it was asked to be', async () => {
    await runCommand(page, 'Corewalk: Export Report…');
    await pick(page, 'Redacted');
    await saveAs(page, /panic-report\.html$/, join(workbench.folder, 'panic-report.html'));
    await page.getByText('panic-report.html is written.').first().waitFor();
    await screenshot(page, 'report-written');
    assert.match(readFileSync(join(workbench.folder, 'panic-report.html'), 'utf8'), /ctxop_order/);
  });
});
