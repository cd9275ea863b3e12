/** One schedule of a search, from the snapshot to its end: runs the machine and asks at every place which way to go. */
import { stopAt } from '../machine/machine.ts';
import type { ExecuteResult, Machine, StopReason } from '../machine/machine.ts';
import { OrderRecorder, type Order } from '../schedule.ts';
import { usualNext, waysOn, type PlaceKind, type Way } from './place.ts';
import type { Start } from './start.ts';

/** `idle`: all CPUs wait for good. `limit`: its steps are over. `stuck`: those that don't wait spin, and nothing changes any more. `dump`: the decider ends it. */
export type CourseEnd = StopReason | 'idle' | 'stuck' | 'limit' | 'dump';

/** Decides at every place; called with the course in front of it. */
export interface Decider {
  /** @returns an index of `course.ways()`, 0 is the simplest way; -1 to end the course here */
  decide(course: Course): number;
}

/** A CPU that meets nothing to stop at is taken for one that spins after so many steps. */
const longestRun = 5000;
/** Changes of CPU at `pause` in a row after which the search looks whether anything still changes. */
const suspiciousPauses = 16;

/**
 * A schedule under way. One object serves all schedules of a machine: `run` begins anew.
 *
 * Everything that a `Decider` asks for is about the place in front of which the machine stands.
 */
export class Course {
  readonly start: Start;
  readonly machine: Machine;
  /** How many places there were before this one. */
  index = 0;
  kind: PlaceKind = 'open';
  /** The CPU that executed last. */
  cpu = 0;
  /** Bit by bit, the interrupts that have not come yet. */
  interruptsLeft = 0;
  /** How often the CPU changed. */
  switches = 0;
  /** How hard the schedule is to tell: changes of CPU, interrupts, and twice the delays of stores. */
  weight = 0;
  private readonly stops: number;
  private recorder: OrderRecorder | undefined;
  private pauses = 0;
  private hashAtPause = 0n;
  private known: readonly Way[] | undefined;
  private knownCost = 0;

  constructor(start: Start) {
    this.start = start;
    this.machine = start.machine;
    const accesses = start.settings.at === 'accesses' ? stopAt.memoryAccess : 0;
    this.stops = stopAt.schedulePoint | stopAt.pause | accesses;
  }

  /** Steps since the snapshot. */
  get steps(): number {
    return this.machine.steps - this.start.snapshot.steps;
  }

  /** The ways on from here; ways dearer than `mostCost` may be missing at the end. */
  ways(mostCost = Infinity): readonly Way[] {
    if (this.known && this.knownCost >= mostCost) return this.known;
    this.knownCost = mostCost;
    this.known = waysOn(
      {
        machine: this.machine,
        kind: this.kind,
        cpu: this.cpu,
        interruptsLeft: this.interruptsLeft,
        interrupts: this.start.settings.interrupts,
      },
      mostCost,
    );
    return this.known;
  }

  /** Runs a schedule to its end. With `recorder`, what happens is recorded; a course that replays is the same course. */
  run(decider: Decider, recorder?: OrderRecorder): CourseEnd {
    this.begin(recorder);
    for (;;) {
      this.known = undefined;
      const choice = decider.decide(this);
      if (choice < 0) return 'dump';
      if (!this.follow(choice)) return this.kind === 'idle' ? 'idle' : 'stuck';
      this.index++;
      const end = this.executeToPlace();
      if (end) return end;
    }
  }

  private begin(recorder: OrderRecorder | undefined): void {
    const { machine, start } = this;
    machine.restore(start.snapshot);
    this.recorder = recorder;
    this.index = 0;
    this.switches = 0;
    this.weight = 0;
    this.pauses = 0;
    this.interruptsLeft = (1 << start.settings.interrupts.length) - 1;
    this.cpu = start.cpu;
    this.kind = machine.canExecute(start.cpu) ? 'open' : 'halted';
  }

  /** Goes a way; false when the schedule ends here. */
  private follow(choice: number): boolean {
    if (choice === 0) return this.followSimplest();
    const way = this.ways()[choice];
    if (!way) throw new RangeError(`place ${this.index} has no way ${choice}`);
    this.drain(way.drains);
    const interrupt = this.start.settings.interrupts[way.interrupt];
    if (interrupt) {
      this.machine.interrupt(interrupt.cpu, interrupt.vector);
      this.recorder?.add({ kind: 'interrupt', ...interrupt });
    }
    this.weight += (way.isDelayed ? 2 : 0) + (way.interrupt >= 0 ? 1 : 0);
    if (way.interrupt >= 0) this.interruptsLeft &= ~(1 << way.interrupt);
    return this.switchTo(way.cpu);
  }

  /** As `ways()[0]`, without making the others: most places of most schedules are passed so. */
  private followSimplest(): boolean {
    const { machine, cpu, kind } = this;
    if (kind === 'idle') return this.switchTo(-1);
    const next = usualNext(machine, kind, cpu);
    if (kind === 'open') return this.switchTo(next);
    this.drain(machine.bufferedStores(cpu));
    return this.switchTo(next);
  }

  /** Stores of the CPU that executed last become visible. */
  private drain(stores: Way['drains']): void {
    const { machine, cpu, recorder } = this;
    if (typeof stores !== 'number') {
      for (const sequence of stores) {
        machine.drain(cpu, sequence);
        recorder?.add({ kind: 'drain', cpu, sequence });
      }
      return;
    }
    for (let count = stores; count > 0; count--) {
      machine.drain(cpu);
      recorder?.add({ kind: 'drain', cpu });
    }
  }

  private switchTo(cpu: number): boolean {
    if (cpu < 0) return false;
    if (this.kind === 'pause' && !this.isAlive()) return false;
    if (cpu !== this.cpu) {
      this.switches++;
      this.weight++;
    }
    this.cpu = cpu;
    return true;
  }

  /** False when every CPU that can execute spins, and the last round of them has changed nothing. */
  private isAlive(): boolean {
    this.pauses++;
    if (this.pauses % suspiciousPauses !== 0) return true;
    const hash = this.machine.stateHash();
    const isSame = hash === this.hashAtPause;
    this.hashAtPause = hash;
    return !isSame || this.pauses === suspiciousPauses || this.machine.hasTimer;
  }

  /** Lets the CPU execute to its next place. */
  private executeToPlace(): CourseEnd | undefined {
    const { machine, start } = this;
    const left = start.settings.steps - this.steps;
    if (left <= 0) return 'limit';
    const before = machine.steps;
    const result = machine.execute(this.cpu, Math.min(left, longestRun), this.stops);
    this.recorder?.addSteps(this.cpu, machine.steps - before);
    if (machine.stop) return machine.stop.reason;
    this.kind = kindOf(result);
    if (this.kind !== 'pause') this.pauses = 0;
    // What is due by age or time happens now, before anybody looks.
    machine.canExecute(this.cpu);
    if (this.kind === 'halted' && usualNext(machine, 'halted', this.cpu) < 0) this.passIdleTime();
    return undefined;
  }

  /** All CPUs wait: for a timer, or for good. */
  private passIdleTime(): void {
    if (!this.machine.skipIdleTime()) this.kind = 'idle';
    if (this.kind !== 'idle' || this.start.settings.idle === 'deadlock')
      this.recorder?.add({ kind: 'idle' });
  }
}

function kindOf(result: ExecuteResult): PlaceKind {
  switch (result) {
    case 'mark':
      return 'open';
    case 'pause':
    case 'budget':
      return 'pause';
    default:
      return 'halted';
  }
}

/** Orders of one course, from the machine's first step: `recordedSchedule` replays them. */
export function recordCourse(course: Course, decider: Decider): readonly Order[] {
  const recorder = new OrderRecorder();
  course.run(decider, recorder);
  return [...course.start.orders, ...recorder.orders()];
}
