/** What a search tells: text for people, or a JSON object per line (docs/explore.md). */
import { safeJson, safeText } from '../../debug-adapter/dap/safe-text.ts';
import type { SearchPlan, SearchState } from '../../simulator/explore/search.ts';
import type { Terminal } from '../command.ts';
import { write } from '../output.ts';
import { ProgressLine } from '../progress-line.ts';
import type { Finished, Simplest } from './messages.ts';

/** What stays the same during a search. */
export interface SearchSubject {
  readonly scenario: string;
  readonly variant: string;
  readonly plan: SearchPlan;
  readonly at: 'points' | 'accesses';
  readonly checks: boolean;
  readonly workers: number;
}

export interface SearchEnd {
  readonly state: SearchState;
  readonly seconds: number;
  readonly isInterrupted: boolean;
  /** Where the search can go on from. */
  readonly saved: string | undefined;
}

export interface SearchReport {
  begin(subject: SearchSubject, simplest: Simplest): Promise<void>;
  /** @param perSecond schedules */
  progress(state: SearchState, perSecond: number): void;
  found(number: number, count: number, found: Finished): Promise<void>;
  end(end: SearchEnd): Promise<void>;
}

export function jsonReport(terminal: Terminal): SearchReport {
  const line = (value: object): Promise<void> => write(terminal.output, `${safeJson(value)}\n`);
  return {
    begin: ({ plan, ...subject }, simplest) =>
      line({ kind: 'begin', ...subject, ...plan, simplest }),
    progress: (state, perSecond) =>
      void line({
        kind: 'progress',
        ...counts(state),
        schedulesPerSecond: Math.round(perSecond),
        secondsLeft: Math.round(state.waiting / Math.max(perSecond, 0.1)),
        failures: state.findings.map(({ failure, count }) => ({ failure: failure.text, count })),
      }),
    found: (number, count, found) => line({ kind: 'found', number, count, ...found }),
    end: ({ state, seconds, isInterrupted, saved }) =>
      line({
        kind: 'end',
        ...counts(state),
        isComplete: state.isComplete,
        isInterrupted,
        seconds: Math.round(seconds * 100) / 100,
        saved,
      }),
  };
}

export function textReport(terminal: Terminal): SearchReport {
  const line = new ProgressLine(terminal);
  let subject: SearchSubject | undefined;
  return {
    begin: (given, simplest) => {
      subject = given;
      return write(terminal.output, `${beginText(given, simplest)}\n`);
    },
    progress: (state, perSecond) => {
      const left = Math.round(state.waiting / Math.max(perSecond, 0.1));
      line.report({
        done: state.seen,
        total: state.seen + state.waiting,
        what: `${state.failed} failed, ${number(Math.round(perSecond))} a second, ${left} s left; schedules`,
      });
    },
    found: (index, count, found) => {
      line.end();
      return write(terminal.output, foundText(index, count, found));
    },
    end: (end) => {
      line.end();
      return write(terminal.output, subject ? endText(subject, end) : '');
    },
  };
}

function beginText(
  { scenario, variant, plan, at, checks }: SearchSubject,
  simplest: Simplest,
): string {
  const places = at === 'points' ? 'schedule points' : 'schedule points and memory accesses';
  const search =
    plan.strategy === 'exhaustive'
      ? `every schedule with up to ${plural(plan.bound, 'departure')}`
      : `${plural(plan.seeds, 'schedule')} by chance (${plan.strategy}, seeds from ${plan.firstSeed})`;
  const judges = checks ? '' : '; no checkers';
  return (
    `${scenario} (${variant}): ${search}, at ${places}${judges}\n` +
    `the search begins after ${number(simplest.startSteps)} steps; the simplest schedule has ` +
    `${plural(simplest.places, 'place')} and ${plural(simplest.steps, 'step')}`
  );
}

function foundText(index: number, count: number, found: Finished): string {
  const { failure, switches, steps, script, dump, dumpBytes, schedule } = found;
  const lines = script ?? [
    '(its orders are in the schedule file; the language has no words for it)',
  ];
  return [
    '',
    `${index}. ${safeText(failure)}`,
    `   ${plural(count, 'schedule')}; the simplest has ${plural(switches, 'change')} of CPU in ${plural(steps, 'step')}:`,
    ...lines.map((text) => `     ${text}`),
    `   ${safeText(dump)} (${number(dumpBytes)} bytes), ${safeText(schedule)}`,
    '',
  ].join('\n');
}

function endText(
  { plan }: SearchSubject,
  { state, seconds, isInterrupted, saved }: SearchEnd,
): string {
  const rate = Math.round(state.seen / Math.max(seconds, 0.001));
  const told = [
    `\n${plural(state.seen, 'schedule')} in ${seconds.toFixed(1)} s (${number(rate)} a second): ${number(state.failed)} failed`,
  ];
  if (plan.strategy === 'exhaustive') told.push(coverageText(plan, state));
  if (state.cut > 0)
    told.push(
      `${plural(state.cut, 'schedule')} ended at the step limit: what comes later was not seen`,
    );
  if (isInterrupted)
    told.push(
      saved === undefined
        ? 'interrupted'
        : `interrupted; the same command goes on (${safeText(saved)})`,
    );
  return `${told.join('\n')}\n`;
}

function coverageText({ bound, prunes }: SearchPlan, state: SearchState): string {
  const within = `up to ${plural(bound, 'departure')}`;
  const known =
    prunes && state.pruned > 0
      ? `; ${number(state.pruned)} more lead to states that were known`
      : '';
  if (state.isComplete) return `the space is covered: these are all with ${within}${known}`;
  const all = state.seen + state.waiting;
  const part = ((100 * state.seen) / all).toFixed(1);
  return `not covered: ${part}% of the ${number(all)} with ${within} that are known by now${known}`;
}

function counts({ seen, failed, cut, pruned, waiting, level }: SearchState): object {
  return { seen, failed, cut, pruned, waiting, level };
}

function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
