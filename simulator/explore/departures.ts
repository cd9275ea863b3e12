/** Exhaustive search, one schedule at a time: follows given departures, then the simplest way, and notes where it could have departed. */
import type { Course, Decider } from './course.ts';

/**
 * A schedule as departures from the simplest one: index of the place and of the way, in pairs, by place.
 */
export type Departures = readonly number[];

/** Where a schedule could have departed, behind its last departure. */
export interface Branch {
  readonly place: number;
  readonly way: number;
  readonly cost: number;
}

/** What one run has found. */
export interface Noted {
  readonly branches: readonly Branch[];
  /** Place and state of those places that have branches: equal keys, equal futures. */
  readonly keys: readonly StateKey[];
}

export interface StateKey {
  readonly place: number;
  readonly key: bigint;
}

export interface BranchingTask {
  readonly departures: Departures;
  /** Departures that may follow. */
  readonly left: number;
  /** Whether the states of places are noted. */
  readonly notesStates: boolean;
}

/** Follows departures. Makes no notes: for replays. */
export class Follower implements Decider {
  private readonly departures: Departures;
  private next = 0;

  constructor(departures: Departures) {
    this.departures = departures;
  }

  decide(course: Course): number {
    if (this.departures[this.next] !== course.index) return 0;
    this.next += 2;
    return this.departures[this.next - 1] ?? 0;
  }

  /** True behind the last departure. */
  get isDone(): boolean {
    return this.next >= this.departures.length;
  }
}

/** Follows departures and notes the branches behind them that cost no more than `left`. */
export class Brancher implements Decider {
  private readonly branches: Branch[] = [];
  private readonly keys: StateKey[] = [];
  private readonly follower: Follower;
  private readonly left: number;
  private readonly notesStates: boolean;

  constructor({ departures, left, notesStates }: BranchingTask) {
    this.follower = new Follower(departures);
    this.left = left;
    this.notesStates = notesStates;
  }

  get noted(): Noted {
    return { branches: this.branches, keys: this.keys };
  }

  decide(course: Course): number {
    if (!this.follower.isDone) return this.follower.decide(course);
    // Without anything left, only a CPU that waits leaves a choice.
    if (this.left > 0 || course.kind === 'halted') this.note(course);
    return 0;
  }

  private note(course: Course): void {
    const before = this.branches.length;
    for (const [way, { cost }] of course.ways(this.left).entries())
      if (way > 0 && cost <= this.left) this.branches.push({ place: course.index, way, cost });
    if (this.notesStates && this.branches.length > before)
      this.keys.push({ place: course.index, key: stateKey(course) });
  }
}

/** Equal when all that can still happen is equal (but for chance): the machine, its time, whose turn it is, and the devices. */
export function stateKey(course: Course): bigint {
  const { machine } = course;
  let key = machine.stateHash() ^ (machine.register(0, 'tsc') * 0x9e3779b97f4a7c15n);
  let isBuffered = false;
  for (let cpu = 0; cpu < machine.cpuCount; cpu++) isBuffered ||= machine.bufferedStores(cpu) > 0;
  // Buffered stores become visible by age.
  if (isBuffered) key ^= BigInt(machine.steps) * 0xbf58476d1ce4e5b9n;
  const turn = course.cpu * 8 + kinds.indexOf(course.kind) + course.interruptsLeft * 1024;
  return BigInt.asUintN(64, key ^ (BigInt(turn + 1) * 0x94d049bb133111ebn));
}

const kinds = ['open', 'pause', 'halted', 'idle'];
