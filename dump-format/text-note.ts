/** The text note of a dump: `KEY=value` lines in the style of Linux's vmcoreinfo. */
import { decodeText } from './byte-reader.ts';
import type { DumpNote } from './dump.ts';

/**
 * Owner of our note. Linux's is `VMCOREINFO`, which tells every tool that the dump is one of Linux
 * (drgn then looks for `swapper_pg_dir`), so ours is another.
 */
export const textNoteOwner = 'KDUMPINFO';
export const textNoteType = 0;

const linuxOwner = 'VMCOREINFO';

/** The lines of our note, else of Linux's; of a key that comes twice the first counts. */
export function readInfo(notes: readonly DumpNote[]): ReadonlyMap<string, string> {
  const note =
    notes.find(({ owner }) => owner === textNoteOwner) ??
    notes.find(({ owner }) => owner === linuxOwner);
  const info = new Map<string, string>();
  if (!note) return info;
  for (const line of decodeText(note.data).split('\n')) {
    const equals = line.indexOf('=');
    if (equals <= 0) continue;
    const key = line.slice(0, equals);
    if (!info.has(key)) info.set(key, line.slice(equals + 1));
  }
  return info;
}

/** The bytes of such a note. Line ends inside keys and values can't be told from the end of a line and become spaces. */
export function writeInfo(info: ReadonlyMap<string, string>): Uint8Array {
  const lines = [...info].map(([key, value]) => `${oneLine(key)}=${oneLine(value)}\n`);
  return new TextEncoder().encode(lines.join(''));
}

function oneLine(text: string): string {
  return text.replace(/[\n\0]/g, ' ');
}
