/** What a schedule came to: whether its end is a failure, in words by which equal failures are known. */
import { whereAll, type Outcome } from '../schedule.ts';
import { simulationOf, type Simulation } from '../simulate.ts';
import type { Course, CourseEnd } from './course.ts';

export interface Failure {
  /** Equal for failures of one kind: addresses and numbers do not count. */
  readonly kind: string;
  /** What the kernel, or a checker, said. */
  readonly text: string;
}

/** Looks at the dump of a machine whose CPUs were stopped, as by an NMI, and says what is wrong with it. */
export type Judge = (simulation: Simulation) => readonly Failure[];

/** Ends that the kernel, or the processor, calls a failure. */
const failingEnds: ReadonlySet<CourseEnd> = new Set([
  'panic',
  'assertion',
  'triple-fault',
  'unsupported-instruction',
  'unsupported-access',
]);

/** Judges the courses of one machine. Equal states have equal verdicts, so that each is judged once. */
export class Judgement {
  private readonly judge: Judge | undefined;
  private readonly known = new Map<bigint, readonly Failure[]>();

  constructor(judge: Judge | undefined) {
    this.judge = judge;
  }

  /** States that were judged by taking a dump. */
  get judged(): number {
    return this.known.size;
  }

  of(course: Course, end: CourseEnd): Failure | undefined {
    if (failingEnds.has(end) || isDeadlock(course, end)) return ownFailure(course, end);
    return this.ofDump(course, end)[0];
  }

  /** Looks at a dump that is taken here; the course goes on as if nothing had happened. */
  ofPlace(course: Course): readonly Failure[] {
    if (!this.judge) return [];
    const { machine } = course;
    const here = machine.snapshot();
    const failures = this.ofDump(course, 'dump');
    machine.restore(here);
    return failures;
  }

  private ofDump(course: Course, end: CourseEnd): readonly Failure[] {
    if (!this.judge) return [];
    course.machine.quiesce();
    const state = course.machine.stateHash();
    const known = this.known.get(state);
    if (known) return known;
    const failures = this.judge(simulationAt(course, end));
    this.known.set(state, failures);
    return failures;
  }
}

/** What a dump that is taken now is made of. */
export function simulationAt(course: Course, end: CourseEnd): Simulation {
  course.machine.quiesce();
  const { start, machine, cpu } = course;
  return simulationOf(start.preparation, {
    reason: reasonOf(course, end),
    cpu: machine.stop?.cpu ?? cpu,
    detail: machine.stop?.detail ?? whereAll(machine),
    orders: [],
    steps: course.steps,
  });
}

function reasonOf(course: Course, end: CourseEnd): Outcome['reason'] {
  if (course.machine.stop) return course.machine.stop.reason;
  return isDeadlock(course, end) ? 'deadlock' : 'schedule-end';
}

/** Whether CPUs that have nothing left to do were forgotten, the scenario says. */
function isDeadlock({ start }: Course, end: CourseEnd): boolean {
  return (end === 'idle' || end === 'stuck') && start.settings.idle === 'deadlock';
}

function ownFailure(course: Course, end: CourseEnd): Failure {
  const { machine, start } = course;
  const said = new TextDecoder().decode(machine.console.subarray(start.consoleLength));
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const loudest = lines.find((line) => /panic|assert|fatal/i.test(line)) ?? lines.at(-1);
  const text = machine.stop
    ? `${end}: ${loudest?.trim() ?? machine.stop.detail}`
    : `deadlock: ${whereAll(machine)}`;
  return { kind: text.replaceAll(/\b(0x)?[0-9a-f]*[0-9][0-9a-f]*\b/gi, '#'), text };
}
