/** `corewalk/report`: a report of the open dump, made by an engine of its own that can't read what is to be left out. */
import { toHtml } from '../documents/html.ts';
import { toMarkdown } from '../documents/markdown.ts';
import { reportOf, type ReportNote } from '../documents/report.ts';
import { Fields } from './fields.ts';
import type { OpenDump } from './open-dump.ts';
import { openInspector } from './open-inspector.ts';
import type { ReportBody } from './protocol.ts';
import type { Control } from './slices.ts';

/** @throws CancelledError; FormatError when the file is no longer the dump that was opened */
export async function reportBody(
  { attributes }: OpenDump,
  fields: Fields,
  { isCancelled }: Control,
): Promise<ReportBody> {
  const isRedacted = fields.boolean('isRedacted') ?? true;
  const lines = fields.strings('lines') ?? [];
  const notes = (fields.list('notes') ?? []).map(noteOf);
  const { coreFile, program } = attributes;
  const inspector = await openInspector(coreFile, {
    allows: 'nothing',
    hidesUserMemory: isRedacted,
    isCancelled,
    ...(program !== undefined && { program }),
  });
  try {
    const document = reportOf(inspector, { isRedacted, lines, notes, isCancelled });
    const isHtml = fields.optionalString('format') === 'html';
    return { text: isHtml ? toHtml(document) : toMarkdown(document) };
  } finally {
    inspector.target.dump.close();
  }
}

function noteOf(value: unknown): ReportNote {
  const note = new Fields('corewalk/report: notes', value);
  return { line: note.string('line'), comment: note.string('comment') };
}
