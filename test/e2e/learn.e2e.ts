/** A guided investigation as a newcomer takes it: chosen from the palette, answered in the console. */
import assert from 'node:assert/strict';
import { seriousFindings } from './workbench/accessibility.ts';
import { screenshot, type Page } from './workbench/browser.ts';
import { pick, runCommand, typeInConsole, webview } from './workbench/pages.ts';
import { openWorkbench, type Workbench } from './workbench/session.ts';

describe('learning', function () {
  let workbench: Workbench;
  let page: Page;

  before(async () => {
    workbench = await openWorkbench({});
    ({ page } = workbench);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await screenshot(page, 'failed-learning');
  });
  after(() => workbench.close());

  it('a step is answered by what a line prints', async () => {
    await runCommand(page, 'Corewalk: Guided Investigation…');
    await pick(page, /Two owners of one FPU/);
    const lesson = webview(page);
    await lesson.getByRole('heading', { name: 'What did it die of?' }).waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    await screenshot(page, 'learn-begin');
    await typeInConsole(page, '::status');
    await lesson.getByText('1 of 6 steps').waitFor();
    await lesson.getByRole('button', { name: 'Hint' }).click();
    await lesson.getByText('$c prints the stack').waitFor();
    await lesson.getByRole('button', { name: 'Type It for Me' }).click();
    await lesson.getByText('2 of 6 steps').waitFor();
    await screenshot(page, 'learn-second');
  });
});
