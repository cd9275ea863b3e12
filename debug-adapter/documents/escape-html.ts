/** Text that is never markup, and never a control or a hidden mark. */
import { safeLines } from '../dap/safe-text.ts';

export function escapeHtml(text: string): string {
  return safeLines(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
