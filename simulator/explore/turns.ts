/** A schedule as the turns of CPUs: what survives when a part of it is taken out, other than numbers of places. */
import type { Course, Decider } from './course.ts';
import type { Way } from './place.ts';

/** A CPU executes from place to place until another has its turn, or an interrupt comes. */
export interface Turn {
  readonly cpu: number;
  /** Places at which it goes on. A CPU that waits or spins ends its turn earlier. */
  readonly places: number;
  /** Which of the ways to this CPU: 0 when all stores became visible first. */
  readonly delay: number;
  /** Index of the interrupt that begins the turn; -1: none. */
  readonly interrupt: number;
}

/** Decides as another does, and notes the turns. */
export class TurnRecorder implements Decider {
  readonly turns: Turn[] = [];
  private readonly decider: Decider;

  constructor(decider: Decider) {
    this.decider = decider;
  }

  decide(course: Course): number {
    const choice = this.decider.decide(course);
    const ways = course.ways();
    const way = ways[choice];
    const last = this.turns.at(-1);
    if (!way || way.cpu < 0) return choice;
    const { cpu, interrupt } = way;
    if (last && cpu === course.cpu && interrupt < 0)
      this.turns[this.turns.length - 1] = { ...last, places: last.places + 1 };
    else this.turns.push({ cpu, places: 0, interrupt, delay: alike(ways, way).indexOf(choice) });
    return choice;
  }
}

/** Gives CPUs their turns; a turn that can't be is passed over, and after the last everything goes the simplest way. */
export class TurnDecider implements Decider {
  private readonly turns: readonly Turn[];
  private next = 0;
  private left = 0;

  constructor(turns: readonly Turn[]) {
    this.turns = turns;
  }

  decide(course: Course): number {
    if (course.kind === 'open' && this.left > 0) {
      this.left--;
      return 0;
    }
    const ways = course.ways();
    for (; this.next < this.turns.length; this.next++) {
      const turn = this.turns[this.next];
      if (!turn) break;
      const there = alike(ways, turn);
      const choice = there[turn.delay] ?? there[0];
      if (choice === undefined) continue;
      this.next++;
      this.left = turn.places;
      return choice;
    }
    return 0;
  }
}

/** Indexes of the ways to the same CPU by the same interrupt: they differ in the stores that became visible. */
function alike(ways: readonly Way[], one: Pick<Way, 'cpu' | 'interrupt'>): number[] {
  return ways.flatMap(({ cpu, interrupt }, index) =>
    cpu === one.cpu && interrupt === one.interrupt ? [index] : [],
  );
}
