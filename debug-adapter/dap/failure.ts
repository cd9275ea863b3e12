/** Errors as answers: what the message says, and the structured form that editors show. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { FaultError, FormatError, LookupError, UsageError } from '../../dump-format/errors.ts';
import { AbortError, CancelledError } from '../commands/command.ts';
import { safeLines } from './safe-text.ts';

/** The request is known, and can't be done to a dump or in this state. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly showUser: boolean;

  /** @param showUser true when a person pressed a button for it */
  constructor(message: string, showUser = false) {
    super(message);
    this.showUser = showUser;
  }
}

export interface Failure {
  readonly message: string;
  readonly body: DebugProtocol.ErrorResponse['body'];
}

/** Numbers of our messages; they keep their meaning from release to release. */
const identifiers: readonly (readonly [kind: new (...values: never[]) => Error, id: number])[] = [
  [FormatError, 1001],
  [FaultError, 1002],
  [LookupError, 1003],
  [UsageError, 1004],
  [AbortError, 1004],
  [RefusedError, 1005],
];

/** Anything without a number of its own is our bug. */
const internalId = 1000;

/** True for an error that nobody but us can have caused. */
export function isInternal(error: unknown): boolean {
  return !(error instanceof CancelledError) && idOf(error) === internalId;
}

export function failureOf(error: unknown, showUser = false): Failure {
  if (error instanceof CancelledError) return { message: 'cancelled', body: {} };
  const id = idOf(error);
  const said = error instanceof Error ? error.message : String(error);
  const text = safeLines(id === internalId ? `internal error: ${said}` : said);
  const isShown = showUser || (error instanceof RefusedError && error.showUser);
  return {
    message: text,
    body: { error: { id, format: '{text}', variables: { text }, showUser: isShown } },
  };
}

function idOf(error: unknown): number {
  return identifiers.find(([kind]) => error instanceof kind)?.[1] ?? internalId;
}
