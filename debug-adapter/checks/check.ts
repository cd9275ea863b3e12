/** What a checker is: it reads a target, and yields findings with their evidence. It may rest on nothing but the dump. */
import type { Span } from '../commands/command.ts';
import { FaultError, FormatError, LookupError, UsageError } from '../../dump-format/errors.ts';
import type { Target } from '../target/target.ts';

export type Severity = 'BUG' | 'ERROR' | 'WARNING' | 'PENDING' | 'NOTE' | 'OK' | 'SKIPPED';

export interface Finding {
  /** The checker: `ctxop_order`. */
  readonly check: string;
  readonly severity: Severity;
  /** One line, in the reference's exact words. */
  readonly verdict: string;
  /** What shows it: an address, a member with its value, a frame; with the mdb line that prints it. */
  readonly evidence: readonly Evidence[];
}

export interface Evidence {
  readonly spans: readonly Span[];
  /** The mdb line that shows the same. */
  readonly line?: string;
  readonly address?: bigint;
}

export interface Check {
  /** As it stands in the output: `ctxop_order`. */
  readonly name: string;
  readonly summary: string;
  /** Source of the rule: commit, issue, specification. */
  readonly source: string;
  /** True when the dump has the types and symbols that it reads. */
  applies(target: Target): boolean;
  run(target: Target): Iterable<Finding>;
}

/** The findings of a checker. One that trips over what is damaged says so in its own name; the others still run. */
export function* runCheck(check: Check, target: Target): Generator<Finding> {
  try {
    yield* check.run(target);
  } catch (error) {
    if (!skipping.some((each) => error instanceof each) || !(error instanceof Error)) throw error;
    yield {
      check: check.name,
      severity: 'WARNING',
      verdict: `could not be finished: ${error.message}`,
      evidence: [],
    };
  }
}

/** What a dump can be blamed for; anything else is a bug of ours. */
const skipping = [FaultError, FormatError, LookupError, UsageError];
