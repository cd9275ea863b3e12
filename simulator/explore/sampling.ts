/** Schedules by chance: the uniform random walk, and PCT. The same seed decides the same. */
import { generator } from '../schedule-random.ts';
import type { Course, Decider } from './course.ts';
import type { Way } from './place.ts';

type Random = (bound: number) => number;

/** At every place each CPU is as likely as any other; one switch in four leaves stores in the buffer; interrupts come anywhere. */
export function randomDecider(seed: number, places: number, interrupts: number): Decider {
  const random = generator(seed);
  const moments = Array.from({ length: interrupts }, () => random(places));
  return {
    decide: (course) => {
      const ways = course.ways();
      const device = dueInterrupt(course, moments);
      if (device >= 0) return device;
      const cpus = [
        ...new Set(ways.filter(({ interrupt }) => interrupt < 0).map(({ cpu }) => cpu)),
      ];
      return pickWay(ways, cpus[random(cpus.length)] ?? -1, random);
    },
  };
}

/**
 * PCT: CPUs have priorities by chance; the first that can executes; at `depth` - 1 places by chance the one that executes becomes the last. A bug that
 * needs `depth` orderings is found with a probability of at least 1 / (CPUs * places ** (depth - 1)).
 *
 * @param places how many places a schedule has, about
 * Source: Burckhardt et al., A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs, ASPLOS 2010.
 */
export function pctDecider(seed: number, { cpus, places, depth, interrupts }: PctOptions): Decider {
  const random = generator(seed);
  const ranking = shuffled(cpus, random);
  const changes = new Set(Array.from({ length: depth - 1 }, () => random(places)));
  const moments = Array.from({ length: interrupts }, () => random(places));
  const demote = (cpu: number): void => {
    ranking.splice(ranking.indexOf(cpu), 1);
    ranking.push(cpu);
  };
  return {
    decide: (course) => {
      const ways = course.ways();
      const device = dueInterrupt(course, moments);
      if (device >= 0) return device;
      if (changes.has(course.index) || course.kind === 'pause') demote(course.cpu);
      const able = new Set(ways.map(({ cpu }) => cpu));
      const first = ranking.find((cpu) => able.has(cpu)) ?? -1;
      return pickWay(ways, first, random);
    },
  };
}

export interface PctOptions {
  readonly cpus: number;
  readonly places: number;
  /** Orderings that the bug needs. */
  readonly depth: number;
  readonly interrupts: number;
}

/** The way of an interrupt whose moment has come; -1 when there is none. */
function dueInterrupt(course: Course, moments: readonly number[]): number {
  if (moments.length === 0) return -1;
  return course
    .ways()
    .findIndex(({ interrupt }) => interrupt >= 0 && (moments[interrupt] ?? 0) <= course.index);
}

/** A way to a CPU: mostly the one where all stores become visible. */
function pickWay(ways: readonly Way[], cpu: number, random: Random): number {
  const there: number[] = [];
  for (const [index, way] of ways.entries())
    if (way.cpu === cpu && way.interrupt < 0) there.push(index);
  const delayed = there.length > 1 && random(4) === 0 ? 1 + random(there.length - 1) : 0;
  return there[delayed] ?? 0;
}

function shuffled(count: number, random: Random): number[] {
  const list = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random(last + 1);
    [list[last], list[other]] = [list[other] ?? 0, list[last] ?? 0];
  }
  return list;
}
