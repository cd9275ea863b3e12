/** A page as people see it: in light, dark and high contrast, in a large and a small window, with what axe-core says of each. */
import assert from 'node:assert/strict';
import { seriousFindings } from './accessibility.ts';
import { largeWindow, screenshot, smallWindow, type Page } from './browser.ts';
import { pick, runCommand } from './pages.ts';

const themes = { dark: 'Dark Modern', contrast: 'Dark High Contrast', light: 'Light Modern' };

/** Milliseconds until a page has taken a new theme or size. */
const settleTime = 400;

/** Looks at the visible webview; ends in light, in a large window. */
export async function lookInAllThemes(page: Page, name: string): Promise<void> {
  for (const [word, theme] of Object.entries(themes)) {
    await runCommand(page, 'Preferences: Color Theme');
    await page.keyboard.type(theme);
    await pick(page, theme);
    await page.locator('.quick-input-widget:visible').waitFor({ state: 'hidden' });
    await page.waitForTimeout(settleTime);
    await screenshot(page, `${name}-${word}`);
    assert.deepEqual(await seriousFindings(page), [], `${name} in ${theme}`);
    await page.setViewportSize(smallWindow);
    await page.waitForTimeout(settleTime);
    await screenshot(page, `${name}-${word}-small`);
    await page.setViewportSize(largeWindow);
  }
}
