/** The smallest piece of a search: one schedule, run on the machine of whoever does it. */
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
  /** Of an exhaustive search. */
  readonly noted: Noted | undefined;
}

/** Runs schedules on one machine. */
export class Runner {
  readonly start: Start;
  readonly course: Course;
  private readonly judgement: Judgement;

  constructor(start: Start, judge?: Judge) {
    this.start = start;
    this.course = new Course(start);
    this.judgement = new Judgement(judge);
  }

  /** Ends that were judged by taking a dump. */
  get judged(): number {
    return this.judgement.judged;
  }

  run(task: Task): TaskResult {
    const decider = deciderOf(task, this.start);
    const { course } = this;
    const end = course.run(decider);
    return {
      end,
      steps: course.steps,
      places: course.index,
      switches: course.switches,
      failure: this.judgement.of(course, end),
      noted: decider instanceof Brancher ? decider : undefined,
    };
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
