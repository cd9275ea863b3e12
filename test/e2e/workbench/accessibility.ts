/** Runs axe-core inside the visible webview. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Frame, Page } from './browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe-core calls serious or critical, one text each. Pages of webviews are frames of frames, so the title of the window is not theirs. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const frame = await innerFrame(page);
  await frame.evaluate(axe);
  const run = `axe.run(document, { rules: { 'document-title': { enabled: false } } }).then((result) => result.violations)`;
  const violations = await frame.evaluate<readonly Violation[]>(run);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}

async function innerFrame(page: Page): Promise<Frame> {
  const outer = page.locator('iframe.webview.ready:visible').first();
  const inner = outer.contentFrame().locator('iframe#active-frame');
  const frame = await (await inner.elementHandle())?.contentFrame();
  if (!frame) throw new Error('no webview is visible');
  return frame;
}
