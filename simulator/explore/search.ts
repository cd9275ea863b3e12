/** Which schedules a search tries, in which order, and what it knows by now: the same whoever runs them, and however many do. */
import type { Departures, Noted } from './departures.ts';
import type { Failure } from './judgement.ts';
import type { Task, TaskResult } from './task.ts';

export type Strategy = 'exhaustive' | 'random' | 'pct';

export interface SearchPlan {
  readonly strategy: Strategy;
  /** `exhaustive`: departures together. */
  readonly bound: number;
  /** `random` and `pct`: seeds from the first. */
  readonly seeds: number;
  readonly firstSeed: number;
  /** `pct`: orderings that a bug needs. */
  readonly depth: number;
  /** `random` and `pct`: places of the simplest schedule. */
  readonly places: number;
  /** `exhaustive`: what leads to a state whose future is tried already is left out. Without, every schedule is run and counted. */
  readonly prunes: boolean;
  /** The search ends after so many schedules. */
  readonly limit: number;
  /** The search ends with the first failure. */
  readonly stopsAtFirst: boolean;
}

/** Failures of one kind. */
export interface Finding {
  readonly failure: Failure;
  /** Schedules that end so. */
  count: number;
  /** The first of those that are the easiest to tell. */
  task: Task;
  weight: number;
}

export interface SearchState {
  /** Schedules that were run. */
  readonly seen: number;
  readonly failed: number;
  /** Schedules that were over before they came to an end: what comes later in them was not seen. */
  readonly cut: number;
  /** Ways that lead to a state from which all was tried already. */
  readonly pruned: number;
  /** Schedules that are known and were not run yet; more may turn up. */
  readonly waiting: number;
  /** `exhaustive`: departures of the schedules that are tried now. */
  readonly level: number;
  readonly findings: readonly Finding[];
  readonly isOver: boolean;
  /** True when nothing within the bound is left. */
  readonly isComplete: boolean;
}

/** A search that was interrupted. */
export interface SavedSearch {
  readonly plan: SearchPlan;
  readonly counts: Pick<SearchState, 'seen' | 'failed' | 'cut' | 'pruned' | 'level'>;
  readonly levels: readonly (readonly Departures[])[];
  readonly findings: readonly Finding[];
  /** Key in base 36, colon, departures left. */
  readonly states: readonly string[];
}

/** A task with its place in the order of the search. */
export interface GivenTask {
  readonly id: number;
  readonly task: Task;
}

/** States that a search remembers; beyond, what leads to a known state is tried again. */
export const maximumStates = 4_000_000;

/**
 * A search as data: gives out tasks in order and takes their results in any order.
 *
 * Results are looked at in the order of the tasks, and a task is given out only when all that decides about it has been looked at. So nothing
 * depends on who runs the tasks, how fast, and on how many machines.
 */
export class Search {
  readonly plan: SearchPlan;
  private seen = 0;
  private failed = 0;
  private cut = 0;
  private pruned = 0;
  private given = 0;
  private level = 0;
  /** Schedules by cost, from the first that was not given out. */
  private readonly levels: Queue[];
  /** Tasks that were given out and not looked at, in order. */
  private readonly underWay = new Map<number, Task>();
  private readonly early = new Map<number, TaskResult>();
  private readonly found = new Map<string, Finding>();
  /** States whose future is or will be tried, with the departures that were left there. */
  private readonly states = new Map<bigint, number>();

  constructor(plan: SearchPlan) {
    this.plan = plan;
    this.levels = Array.from({ length: plan.bound + 1 }, () => new Queue());
    this.levels[0]?.add([]);
  }

  /** The next task; undefined when there is none, or none before more results are in. */
  next(): GivenTask | undefined {
    const { plan } = this;
    if (this.given >= plan.limit || this.isDecided()) return undefined;
    const task = plan.strategy === 'exhaustive' ? this.nextDepartures() : this.nextSeed();
    if (!task) return undefined;
    this.underWay.set(this.given, task);
    return { id: this.given++, task };
  }

  /** Takes the result of a task. */
  take({ id }: GivenTask, result: TaskResult): void {
    this.early.set(id, result);
    for (;;) {
      const next = this.early.get(this.seen);
      const task = this.underWay.get(this.seen);
      if (!next || !task || this.isDecided()) return;
      this.early.delete(this.seen);
      this.underWay.delete(this.seen);
      this.look(task, next);
    }
  }

  /** What is known by now, as JSON holds it. Tasks that are under way count as not begun. */
  save(): SavedSearch {
    const { seen, failed, cut, pruned, level } = this;
    const levels = this.levels.map((queue) => queue.rest());
    const begun = [...this.underWay.values()].flatMap((task) =>
      task.kind === 'departures' ? [task.departures] : [],
    );
    levels[level]?.unshift(...begun);
    const states = [...this.states].map(([key, left]) => `${key.toString(36)}:${left}`);
    const counts = { seen, failed, cut, pruned, level };
    return { plan: this.plan, counts, levels, findings: [...this.found.values()], states };
  }

  /** Goes on with what was saved: what comes is what would have come. */
  static resume({ plan, counts, levels, findings, states }: SavedSearch): Search {
    const search = new Search(plan);
    Object.assign(search, counts, { given: counts.seen });
    for (const [level, list] of levels.entries()) {
      const queue = new Queue();
      for (const departures of list) queue.add(departures);
      search.levels[level] = queue;
    }
    for (const finding of findings) search.found.set(finding.failure.kind, { ...finding });
    for (const text of states) {
      const [key = '', left] = text.split(':');
      search.states.set(parseKey(key), Number(left));
    }
    return search;
  }

  get state(): SearchState {
    const isExhaustive = this.plan.strategy === 'exhaustive';
    const waiting = isExhaustive
      ? this.levels.reduce((sum, { length }) => sum + length, 0)
      : this.plan.seeds - this.given;
    const isComplete = waiting === 0 && this.seen === this.given;
    const { seen, failed, cut, pruned, level } = this;
    return {
      seen,
      failed,
      cut,
      pruned,
      waiting: waiting + this.given - seen,
      level,
      findings: [...this.found.values()],
      isComplete,
      isOver: isComplete || this.isDecided() || seen >= this.plan.limit,
    };
  }

  private isDecided(): boolean {
    return this.plan.stopsAtFirst && this.failed > 0;
  }

  private nextSeed(): Task | undefined {
    const { strategy, firstSeed, seeds, places, depth } = this.plan;
    if (this.given >= seeds) return undefined;
    const seed = firstSeed + this.given;
    return strategy === 'pct'
      ? { kind: 'pct', seed, places, depth }
      : { kind: 'random', seed, places };
  }

  private nextDepartures(): Task | undefined {
    for (;;) {
      const queue = this.levels[this.level];
      const departures = queue?.shift();
      if (departures)
        return {
          kind: 'departures',
          departures,
          left: this.plan.bound - this.level,
          notesStates: this.plan.prunes,
        };
      // What is under way may bring more of the same level.
      if (!queue || this.seen < this.given || this.level === this.plan.bound) return undefined;
      this.level++;
    }
  }

  private look(task: Task, result: TaskResult): void {
    this.seen++;
    if (result.end === 'limit') this.cut++;
    if (result.failure) this.remember(result.failure, task, result.weight);
    if (task.kind === 'departures' && result.noted)
      this.branch(task.departures, task.left, result.noted);
  }

  private remember(failure: Failure, task: Task, weight: number): void {
    this.failed++;
    const known = this.found.get(failure.kind);
    if (!known) this.found.set(failure.kind, { failure, count: 1, task, weight });
    else {
      known.count++;
      if (weight < known.weight) Object.assign(known, { task, weight });
    }
  }

  /** Queues the branches of a schedule, but for those in a future that is known. */
  private branch(departures: Departures, left: number, { branches, keys }: Noted): void {
    const known = keys.find(({ key }) => (this.states.get(key) ?? -1) >= left);
    for (const { place, key } of keys)
      if (place < (known?.place ?? Infinity) && this.states.size < maximumStates)
        this.states.set(key, left);
    for (const { place, way, cost } of branches) {
      if (known && place >= known.place) this.pruned++;
      else this.levels[this.plan.bound - left + cost]?.add([...departures, place, way]);
    }
  }
}

/** A list that is consumed from its front. */
class Queue {
  private list: Departures[] = [];
  private head = 0;

  get length(): number {
    return this.list.length - this.head;
  }

  add(departures: Departures): void {
    this.list.push(departures);
  }

  rest(): Departures[] {
    return this.list.slice(this.head);
  }

  shift(): Departures | undefined {
    const first = this.list[this.head];
    if (first) this.head++;
    if (this.head > 10_000 && this.head * 2 > this.list.length) {
      this.list = this.list.slice(this.head);
      this.head = 0;
    }
    return first;
  }
}

/** A 64-bit number in base 36, which `BigInt` does not read. */
function parseKey(text: string): bigint {
  let key = 0n;
  for (const digit of text) key = key * 36n + BigInt(Number.parseInt(digit, 36));
  return key;
}
