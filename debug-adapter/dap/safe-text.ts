/** Text that is fit to leave us: nothing out of a dump can drive a terminal, an editor or a log. */
import { escapeControls } from '../print/escape.ts';

/** One line; tabs stay. */
export function safeText(text: string): string {
  return text.includes('\t')
    ? text.split('\t').map(escapeControls).join('\t')
    : escapeControls(text);
}

/** The same for text of several lines. */
export function safeLines(text: string): string {
  return text.split(/\r?\n/).map(safeText).join('\n');
}
