/** Errors as rows: mdb's sentence first, then the place in the line, then a hint of ours. */
import { FaultError, FormatError, LookupError, UsageError } from '../../dump-format/errors.ts';
import { errorRow, type Dcmd, type Row } from '../commands/command.ts';
import type { Place, SyntaxFault } from './ast.ts';
import { LineError } from './line-error.ts';
import { usageLine } from './options.ts';

/** What an error is reported with. */
export interface ReportContext {
  /** The line that is being run. */
  readonly line: string;
  /** True at a prompt: the place is marked below a copy of the line. */
  readonly isInteractive: boolean;
}

/**
 * The rows that tell of a user's error; undefined for anything else, which is a bug of ours or the end of a command.
 *
 * @param dcmd the command that threw, if one did: a `UsageError` prints its usage line
 */
export function reportError(
  error: unknown,
  context: ReportContext,
  dcmd?: Dcmd,
): Row[] | undefined {
  if (error instanceof LineError) {
    const marks =
      context.isInteractive && error.place !== undefined ? mark(context.line, error.place) : [];
    return [errorRow(error.message), ...marks, ...hintRows(error.hint)];
  }
  if (error instanceof UsageError)
    return [
      ...(error.message === '' ? [] : [errorRow(error.message)]),
      ...(dcmd === undefined ? [] : usageRows(dcmd)),
    ];
  const isUsers =
    error instanceof FaultError || error instanceof LookupError || error instanceof FormatError;
  return isUsers ? [errorRow(error.message)] : undefined;
}

/** A fault of syntax, with mdb's `on line N of NAME` for text that was not typed. */
export function reportFault(
  fault: SyntaxFault,
  where: { readonly line: number; readonly name: string } | undefined,
  context: ReportContext,
  hint?: string,
): Row[] {
  const place = where === undefined ? '' : ` on line ${where.line} of ${where.name}`;
  const near = fault.near === undefined ? '' : ` near "${fault.near}"`;
  return [
    errorRow(`${fault.message}${place}${near}`),
    ...(context.isInteractive ? mark(context.line, fault) : []),
    ...hintRows(hint),
  ];
}

/** mdb's two lines of usage. */
export function usageRows(dcmd: Dcmd): Row[] {
  const rows: Row[] = [messageRow(`Usage: ${usageLine(dcmd)}`)];
  if (dcmd.description !== undefined || (dcmd.options?.length ?? 0) > 0)
    rows.push(errorRow(`try '::help ${dcmd.name}' for more information`));
  return rows;
}

/** A sentence of ours below an error. */
export function hintRows(hint: string | undefined): Row[] {
  return hint === undefined ? [] : [{ spans: [{ kind: 'comment', text: hint }], isError: true }];
}

/** The line, and below it a mark under the place. */
function mark(line: string, place: Place): Row[] {
  if (/[\n\t]/.test(line) || line.trim() === '') return [];
  const length = Math.max(1, Math.min(place.end, line.length) - place.start);
  return [
    messageRow(`  ${line}`),
    messageRow(`  ${' '.repeat(place.start)}^${'~'.repeat(length - 1)}`),
  ];
}

function messageRow(text: string): Row {
  return { spans: [{ kind: 'error', text }], isError: true };
}
