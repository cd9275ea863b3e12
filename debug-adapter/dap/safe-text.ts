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

/** Characters that JSON may have as they are, and a terminal may act upon: C1 controls, DEL, marks that hide or turn text. */
const unsafeInJson = /[\u007f-\u009f\p{Cf}]/gu;

/** A value as JSON that is fit for a terminal, and the same to whoever parses it. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(unsafeInJson, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const code = character.charCodeAt(index).toString(16);
      return `\\u${code.padStart(4, '0')}`;
    }).join(''),
  );
}
