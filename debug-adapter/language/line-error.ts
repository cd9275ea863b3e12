/** What is wrong with a line, in mdb's words, with the place to mark. */
import { UsageError } from '../../dump-format/errors.ts';
import type { Place } from './ast.ts';

/** Thrown by the language itself; a command's own `UsageError` makes its usage line be printed, this one does not. */
export class LineError extends UsageError {
  /** Where in the line; undefined when it is about no particular place. */
  readonly place: Place | undefined;
  /** The token that mdb names after the message; it is a part of `message` already. */
  readonly near: string | undefined;
  /** A sentence of ours that helps: `did you mean ::list?`. */
  readonly hint: string | undefined;

  constructor(
    message: string,
    about: {
      readonly place?: Place;
      readonly near?: string;
      readonly hint?: string | undefined;
    } = {},
  ) {
    super(about.near === undefined ? message : `${message} near "${about.near}"`);
    this.place = about.place;
    this.near = about.near;
    this.hint = about.hint;
  }
}
