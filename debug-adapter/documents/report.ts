/** What to say about a dump to somebody who does not have it: status, findings with evidence, stacks, notes, chosen outputs. */
import { CancelledError, type Row } from '../commands/command.ts';
import { findingItem } from '../dap/finding-item.ts';
import type { FindingItem } from '../dap/protocol.ts';
import { rowItem } from '../dap/row-text.ts';
import { safeText } from '../dap/safe-text.ts';
import type { DumpWarning } from '../../dump-format/dump.ts';
import type { Inspector } from '../inspector.ts';
import type { Block, Document, OutputBlock } from './document.ts';
import { redactFinding, redactRow } from './redact.ts';

/** Rows of one line; a report has to be small enough to mail. */
export const reportRowLimit = 400;

export interface ReportOptions {
  /** Texts of the dump are replaced by their length. Memory of processes is kept out by the inspector: `hidesUserMemory`. */
  readonly isRedacted: boolean;
  /** Lines whose output belongs into the report. */
  readonly lines: readonly string[];
  /** What a person noted. */
  readonly notes: readonly ReportNote[];
  readonly isCancelled?: () => boolean;
}

export interface ReportNote {
  /** The line that shows what the note is about. */
  readonly line: string;
  readonly comment: string;
}

/** What every report shows, after the findings. */
const standardLines: readonly { readonly title: string; readonly lines: readonly string[] }[] = [
  { title: 'The panic', lines: ['$C', '::regs'] },
  { title: 'CPUs', lines: ['::cpuinfo'] },
  { title: 'All stacks', lines: ['::stacks'] },
];

/** Worst first; what was in order or skipped is counted only. */
const told: readonly FindingItem['severity'][] = ['BUG', 'ERROR', 'WARNING', 'PENDING', 'NOTE'];

/** @throws CancelledError */
export function reportOf(inspector: Inspector, options: ReportOptions): Document {
  const { target } = inspector;
  const message = target.kernel?.panicMessage?.trim();
  const show = (line: string): OutputBlock => run(inspector, line, options);
  const blocks: Block[] = [
    { kind: 'paragraph', text: redactionText(options) },
    { kind: 'heading', text: 'Summary' },
    // The only text in it is the panic message, which is what the report is about.
    run(inspector, '::status', { ...options, isRedacted: false }),
    ...warningBlocks(target.warnings),
    { kind: 'heading', text: 'Findings' },
    ...findingBlocks(inspector, options),
    ...standardLines.flatMap(({ title, lines }): Block[] => [
      { kind: 'heading', text: title },
      ...lines.map(show),
    ]),
    ...(options.isRedacted
      ? []
      : [{ kind: 'heading', text: 'Messages' } as const, show('::msgbuf')]),
    ...noteBlocks(options.notes, show),
    ...(options.lines.length === 0
      ? []
      : [{ kind: 'heading', text: 'Chosen outputs' } as const, ...options.lines.map(show)]),
  ];
  return { title: message ? `Panic: ${safeText(message)}` : 'Crash dump', blocks };
}

function redactionText({ isRedacted }: ReportOptions): string {
  return isRedacted
    ? 'Redacted: texts of the dump but the panic message and names are replaced by their length, and memory of processes is left out. ' +
        'Numbers and addresses of the kernel are as they were.'
    : 'Not redacted: this report may hold texts and memory of the machine and its users.';
}

function warningBlocks(warnings: readonly DumpWarning[]): Block[] {
  if (warnings.length === 0) return [];
  return [
    { kind: 'heading', text: 'Damaged, missing or doubtful' },
    { kind: 'list', items: warnings.map(({ severity, text }) => `${severity}: ${safeText(text)}`) },
  ];
}

function findingBlocks(inspector: Inspector, { isRedacted }: ReportOptions): Block[] {
  const findings = [...inspector.check()].map(findingItem);
  const shown = told.flatMap((severity) => findings.filter((each) => each.severity === severity));
  const quiet = findings.filter((each) => !shown.includes(each));
  const names = [...new Set(quiet.map((each) => each.check))];
  const blocks: Block[] = shown.map((each) => ({
    kind: 'finding',
    finding: isRedacted ? redactFinding(each) : each,
  }));
  if (findings.length === 0)
    blocks.push({ kind: 'paragraph', text: 'No checker applies to this dump.' });
  if (names.length > 0)
    blocks.push({ kind: 'paragraph', text: `In order or skipped: ${names.join(', ')}.` });
  return blocks;
}

function noteBlocks(notes: readonly ReportNote[], show: (line: string) => OutputBlock): Block[] {
  if (notes.length === 0) return [];
  return [
    { kind: 'heading', text: 'Notes' },
    ...notes.flatMap(({ line, comment }): Block[] => [
      ...(comment === '' ? [] : [{ kind: 'paragraph', text: comment } as const]),
      show(line),
    ]),
  ];
}

function run(
  inspector: Inspector,
  line: string,
  { isRedacted, isCancelled }: ReportOptions,
): OutputBlock {
  const rows: Row[] = [];
  let isCut = false;
  for (const row of inspector.execute(line)) {
    isCut = rows.length === reportRowLimit;
    if (isCut) break;
    rows.push(row);
  }
  if (isCancelled?.() === true) throw new CancelledError();
  const items = rows.map(rowItem);
  return { kind: 'output', line, rows: isRedacted ? items.map(redactRow) : items, isCut };
}
