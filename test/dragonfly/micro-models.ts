/** Small models of races as lists of steps, and every schedule of them: a second opinion on the kernels, step by step on paper. */

/** What the steps read and write. */
export type World = Readonly<Record<string, number | string>>;

/** What a step makes of the world, and which step of its CPU comes next; undefined: it can't be made now. */
export type Step = (world: World) => { readonly world: World; readonly next?: string } | undefined;

/** The steps of one CPU, in order, by name. */
export type Program = readonly (readonly [name: string, step: Step])[];

/** How many schedules end in which outcome; `deadlock` for those that can't go on. */
export type Counts = ReadonlyMap<string, number>;

export interface Model {
  readonly start: World;
  readonly programs: readonly Program[];
  /** What happens by itself after each step. */
  readonly settle?: (world: World) => World;
  /** A schedule may end before its programs do. */
  readonly isOver?: (world: World) => boolean;
  readonly outcome: (world: World) => string;
  /** True when the order of the steps matters to the outcome: they are then remembered. */
  readonly outcomeOfOrder?: (world: World, order: readonly string[]) => string;
}

/** Runs every schedule of a model. Equal futures are counted once and added as often as they are reached. */
export function count(model: Model): Counts {
  const known = new Map<string, Counts>();
  const from = (world: World, places: readonly number[], order: readonly string[]): Counts => {
    const isRemembered = model.outcomeOfOrder === undefined;
    const key = JSON.stringify([world, places]);
    const before = isRemembered ? known.get(key) : undefined;
    if (before) return before;
    if (model.isOver?.(world)) return new Map([[model.outcome(world), 1]]);
    const counts = new Map<string, number>();
    let isStuck = true;
    for (const [cpu, program] of model.programs.entries()) {
      const place = places[cpu] ?? 0;
      const [name = '', step] = program[place] ?? [];
      const made = step?.(world);
      if (!made) continue;
      isStuck = false;
      const next = made.next === undefined ? place + 1 : indexOf(program, made.next);
      const settled = model.settle?.(made.world) ?? made.world;
      const later = from(settled, places.with(cpu, next), isRemembered ? [] : [...order, name]);
      for (const [outcome, number] of later)
        counts.set(outcome, (counts.get(outcome) ?? 0) + number);
    }
    if (isStuck) {
      const isOver = model.programs.every((program, cpu) => places[cpu] === program.length);
      const said = model.outcomeOfOrder?.(world, order) ?? model.outcome(world);
      counts.set(isOver ? said : 'deadlock', 1);
    }
    known.set(key, counts);
    return counts;
  };
  return from(
    model.start,
    model.programs.map(() => 0),
    [],
  );
}

function indexOf(program: Program, name: string): number {
  const index = program.findIndex(([each]) => each === name);
  if (index < 0) throw new Error(`no step ${name}`);
  return index;
}

/** A step that sets variables. */
export function set(changes: World): Step {
  return (world) => ({ world: { ...world, ...changes } });
}

/** A step that computes. */
export function make(change: (world: World) => World): Step {
  return (world) => ({ world: { ...world, ...change(world) } });
}

/** A step that waits until a condition holds. */
export function when(condition: (world: World) => boolean, step: Step): Step {
  return (world) => (condition(world) ? step(world) : undefined);
}
