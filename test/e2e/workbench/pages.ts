/** What a person does in the workbench, by selectors that have held from VS Code 1.99 to 1.139. */
import type { FrameLocator, Locator, Page } from './browser.ts';

/** Milliseconds for the palette and an entry to show before it is opened anew: its list is a snapshot. */
const paletteTimeout = 1500;

/** Runs a command of the palette by its title. Commands of extensions appear late, so the palette is reopened until it is there. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const row = page.locator('.quick-input-widget .monaco-list-row').filter({ hasText: title });
  for (let attempt = 0; ; attempt++) {
    try {
      await page.keyboard.press('F1');
      await quickInput(page).fill(`>${title}`, { timeout: paletteTimeout });
      await row.first().click({ timeout: paletteTimeout });
      return;
    } catch (error) {
      if (attempt >= 12) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

export function quickInput(page: Page): Locator {
  return page.locator('.quick-input-widget:visible input[type="text"]').first();
}

/** Picks an entry of the quick pick that is open. */
export async function pick(page: Page, entry: string | RegExp): Promise<void> {
  await page
    .locator('.quick-input-widget:visible .monaco-list-row')
    .filter({ hasText: entry })
    .first()
    .click();
}

/** Titles of the entries of the quick pick that is open. */
export function pickEntries(page: Page): Locator {
  return page.locator('.quick-input-widget:visible .monaco-list-row');
}

/** Shows a container of the activity bar: `Run and Debug`, `Crash Dump`. */
export async function showContainer(page: Page, name: RegExp): Promise<void> {
  const tab = page.locator('.part.activitybar').getByRole('tab', { name });
  if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
}

export function explorerRow(page: Page, file: string): Locator {
  return page.locator('.explorer-folders-view .monaco-list-row', { hasText: file }).first();
}

/** Opens the context menu of something and chooses an entry. */
export async function chooseInContextMenu(page: Page, on: Locator, entry: string): Promise<void> {
  await on.click({ button: 'right' });
  const item = page.locator('.context-view .monaco-menu .action-item', { hasText: entry }).first();
  await item.waitFor();
  await item.hover();
  await item.click();
}

/** A row of a tree view, by a piece of its text. */
export function treeRow(page: Page, text: string | RegExp): Locator {
  return page.locator('.pane-body [role="treeitem"]').filter({ hasText: text }).first();
}

/** A row of one view, by a piece of its text. */
export function viewRow(page: Page, view: string, text: string | RegExp): Locator {
  const pane = page.locator('.pane', { has: page.locator('.pane-header', { hasText: view }) });
  return pane.locator('[role="treeitem"]').filter({ hasText: text }).first();
}

/** Opens a closed tree row. */
export async function expand(page: Page, text: string | RegExp): Promise<void> {
  const row = treeRow(page, text);
  await row.waitFor();
  if ((await row.getAttribute('aria-expanded')) === 'false')
    await row.locator('.monaco-tl-twistie').click();
}

export function callStack(page: Page): Locator {
  return page.locator('.debug-call-stack .monaco-list-row');
}

/** Times that a line is typed anew: a message about the panic that appears meanwhile takes the focus. */
const typingAttempts = 4;

/** Types a line into the debug console. Escape closes the suggestions, so that Enter runs the line. */
export async function typeInConsole(page: Page, line: string): Promise<void> {
  const input = page.locator('.repl .repl-input-wrapper .monaco-editor');
  const hasLine = async (): Promise<boolean> => {
    const shown = await input.locator('.view-lines').innerText();
    return shown.replaceAll('\u00a0', ' ').includes(line.slice(0, 8));
  };
  for (let attempt = 0; attempt < typingAttempts; attempt++) {
    await input.click();
    // A `<` would be put around what is selected: the input takes after the language of the editor.
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.press('Backspace');
    await page.keyboard.insertText(line);
    await page.waitForTimeout(100);
    // The source of the panic comes to the front when it has been read, and takes the keyboard.
    if (!(await hasLine())) continue;
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.waitForTimeout(300);
    if (!(await hasLine())) return;
  }
}

export function consoleRows(page: Page): Locator {
  return page.locator('.repl .repl-tree .monaco-list-row');
}

/** The document inside the visible webview. */
export function webview(page: Page): FrameLocator {
  return page
    .locator('iframe.webview.ready:visible')
    .first()
    .contentFrame()
    .frameLocator('iframe#active-frame');
}

export function notification(page: Page, text: string | RegExp): Locator {
  return page
    .locator('.notifications-toasts .notification-list-item-message')
    .filter({ hasText: text });
}

export async function focusConsole(page: Page): Promise<void> {
  await runCommand(page, 'Debug Console: Focus on Debug Console View');
}

/** What the clipboard holds, once that matches: an extension's copy arrives a moment after the click. */
export async function clipboard(page: Page, wanted: RegExp): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const text = await page.evaluate(() => navigator.clipboard.readText());
    if (wanted.test(text)) return text;
    if (attempt >= 50) throw new Error(`the clipboard holds '${text}', not ${wanted.source}`);
    await page.waitForTimeout(100);
  }
}

/** Opens a dump from the explorer's context menu and waits for its call stack. */
export async function openFromExplorer(page: Page, file: string): Promise<void> {
  await showContainer(page, /^Explorer/);
  await chooseInContextMenu(page, explorerRow(page, file), 'Open Crash Dump');
  await callStack(page).first().waitFor();
}

/** Answers the input box that is open. */
export async function answer(page: Page, text: string): Promise<void> {
  await quickInput(page).fill(text);
  await quickInput(page).press('Enter');
}

/** Answers the dialog that asks where to write a file, once it has offered a name: what is typed earlier is replaced by that. */
export async function saveAs(page: Page, offered: RegExp, path: string): Promise<void> {
  for (let wait = 0; wait < 100 && !offered.test(await quickInput(page).inputValue()); wait++)
    await page.waitForTimeout(100);
  await answer(page, path);
}

/** Scrolls a list that draws only what is seen until it shows a row. */
export async function scrollTo(page: Page, list: Locator, row: Locator): Promise<void> {
  await list.hover();
  for (let attempt = 0; attempt < 40 && (await row.count()) === 0; attempt++) {
    await page.mouse.wheel(0, 120);
    await page.waitForTimeout(100);
  }
  await row.scrollIntoViewIfNeeded();
}
