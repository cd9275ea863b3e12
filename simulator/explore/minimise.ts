/** Makes a failing schedule as simple as it can be found: fewer changes of CPU, fewer delays and interrupts, the same failure. */
import type { Decider } from './course.ts';
import type { Failure } from './judgement.ts';
import { deciderOf, type Runner, type Task } from './task.ts';
import { TurnDecider, TurnRecorder, type Turn } from './turns.ts';

export interface Minimised {
  readonly turns: readonly Turn[];
  readonly failure: Failure;
  readonly switches: number;
  readonly weight: number;
  readonly steps: number;
}

/** Schedules that are tried at most. */
export const maximumAttempts = 3000;

/**
 * Takes turns out and lengthens others, as long as the failure stays of its kind.
 *
 * @throws Error when the task does not fail so
 */
export function minimise(
  runner: Runner,
  task: Task,
  kind: string,
  attempts: number = maximumAttempts,
): Minimised {
  const given = measure(runner, deciderOf(task, runner.start), kind);
  if (!given) throw new Error(`the schedule does not fail with '${kind}' again`);
  let best = given;
  let left = attempts;
  for (let isBetter = true; isBetter && left > 0;) {
    isBetter = false;
    for (const turns of simpler(best.turns)) {
      if (left-- <= 0) break;
      const tried = measure(runner, new TurnDecider(turns), kind);
      if (!tried || order(tried) >= order(best)) continue;
      best = tried;
      isBetter = true;
      break;
    }
  }
  return best;
}

/** What is hard to tell first, then turns that end before they have to, then steps. */
function order({ weight, turns, steps }: Minimised): number {
  return (weight * 1000 + turns.length) * 1e7 + steps;
}

function measure(runner: Runner, decider: Decider, kind: string): Minimised | undefined {
  const recorder = new TurnRecorder(decider);
  const { failure, switches, weight, steps } = runner.runWith(recorder);
  const { turns } = recorder;
  return failure?.kind === kind ? { turns, failure, switches, weight, steps } : undefined;
}

/** Schedules that may be simpler, the boldest first. */
function* simpler(turns: readonly Turn[]): Generator<readonly Turn[]> {
  for (let size = turns.length >> 1; size > 1; size >>= 1)
    for (let at = turns.length - size; at >= 0; at -= size)
      yield [...turns.slice(0, at), ...turns.slice(at + size)];
  for (let at = turns.length - 1; at >= 0; at--) {
    const [turn, next, after] = turns.slice(at, at + 3);
    if (!turn) continue;
    const before = turns.slice(0, at);
    yield [...before, ...turns.slice(at + 1)];
    // What this CPU does after the next one, it does before.
    if (next && after?.cpu === turn.cpu && after.interrupt < 0) {
      const joined = { ...turn, places: turn.places + after.places + 1 };
      yield [...before, joined, next, ...turns.slice(at + 3)];
      yield [...before, next, joined, ...turns.slice(at + 3)];
    }
    if (next) yield [...before, { ...turn, places: endless }, ...turns.slice(at + 1)];
    if (turn.delay > 0) yield [...before, { ...turn, delay: 0 }, ...turns.slice(at + 1)];
  }
}

const endless = Number.MAX_SAFE_INTEGER;
