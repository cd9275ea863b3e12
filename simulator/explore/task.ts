/** The smallest piece of a search: one schedule, run on the machine of whoever does it. */
import type { OrderRecorder } from '../schedule.ts';
import { Course, type CourseEnd, type Decider } from './course.ts';
import { Brancher, Follower, type Departures, type Noted } from './departures.ts';
import { Judgement, type Failure, type Judge } from './judgement.ts';
import { pctDecider, randomDecider } from './sampling.ts';
import type { Start } from './start.ts';

/** Which schedule. */
export type Task =
  | {
      readonly kind: 'departures';
      readonly departures: Departures;
      /** Departures that may follow; -1: none are looked for. */
      readonly left: number;
      /** Whether the states of places are noted. */
      readonly notesStates: boolean;
    }
  | { readonly kind: 'random'; readonly seed: number; readonly places: number }
  | {
      readonly kind: 'pct';
      readonly seed: number;
      readonly places: number;
      readonly depth: number;
    };

export interface TaskResult {
  readonly end: CourseEnd;
  readonly failure: Failure | undefined;
  readonly steps: number;
  /** Places at which the schedule could have gone another way. */
  readonly places: number;
  readonly switches: number;
  /** How hard the schedule is to tell. */
  readonly weight: number;
  /** Of an exhaustive search. */
  readonly noted: Noted | undefined;
}

/** Runs schedules on one machine. */
export class Runner {
  readonly start: Start;
  readonly course: Course;
  private readonly judgement: Judgement;
  private readonly looksAtPlaces: boolean;
  private usualKinds: ReadonlySet<string> | undefined;

  constructor(start: Start, judge?: Judge) {
    this.start = start;
    this.looksAtPlaces = judge !== undefined && start.settings.checks === 'places';
    this.course = new Course(start);
    this.judgement = new Judgement(judge);
  }

  /** Ends that were judged by taking a dump. */
  get judged(): number {
    return this.judgement.judged;
  }

  run(task: Task): TaskResult {
    return this.runWith(deciderOf(task, this.start));
  }

  runWith(decider: Decider, recorder?: OrderRecorder): TaskResult {
    const { course } = this;
    const looker = this.looksAtPlaces ? new Looker(decider, this.judgement, this.usual()) : decider;
    const end = course.run(looker, recorder);
    const { steps, index, switches, weight } = course;
    const found = looker instanceof Looker ? looker.failure : undefined;
    const failure = found ?? this.judgement.of(course, end);
    const noted = decider instanceof Brancher ? decider.noted : undefined;
    return { end, steps, places: index, switches, weight, failure, noted };
  }

  /** What dumps show in the middle of things when nothing goes wrong: the kinds that the simplest schedule has. */
  private usual(): ReadonlySet<string> {
    if (this.usualKinds) return this.usualKinds;
    const kinds = new Set<string>();
    this.usualKinds = kinds;
    this.course.run({
      decide: (course) => {
        for (const { kind } of this.judgement.ofPlace(course)) kinds.add(kind);
        return 0;
      },
    });
    return kinds;
  }
}

/** Decides as a task says. Each serves one run. */
export function deciderOf(task: Task, start: Start): Decider {
  const interrupts = start.settings.interrupts.length;
  switch (task.kind) {
    case 'departures':
      return task.left < 0 ? new Follower(task.departures) : new Brancher(task);
    case 'random':
      return randomDecider(task.seed, task.places, interrupts);
    case 'pct':
      return pctDecider(task.seed, { ...task, cpus: start.machine.cpuCount, interrupts });
  }
}

/** Decides as another does, and ends the course where a dump shows a failure that is not usual. */
class Looker implements Decider {
  failure: Failure | undefined;
  private readonly decider: Decider;
  private readonly judgement: Judgement;
  private readonly usual: ReadonlySet<string>;

  constructor(decider: Decider, judgement: Judgement, usual: ReadonlySet<string>) {
    this.decider = decider;
    this.judgement = judgement;
    this.usual = usual;
  }

  decide(course: Course): number {
    this.failure = this.judgement.ofPlace(course).find(({ kind }) => !this.usual.has(kind));
    return this.failure ? -1 : this.decider.decide(course);
  }
}
