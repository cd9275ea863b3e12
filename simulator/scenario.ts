/** What a scenario is: which kernel runs on which machine under which schedule, and how it has to end. Data, read strictly. */
import { FormatError } from '../dump-format/errors.ts';
import type { MemoryModel } from './machine/machine.ts';

/** How a run ends, as a scenario expects it. `forced-dump`: the schedule is over and all CPUs are stopped, as by an NMI. */
export const scenarioEnds = [
  'panic',
  'assertion',
  'clean',
  'forced-dump',
  'triple-fault',
  'deadlock',
  'limit',
] as const;
export type ScenarioEnd = (typeof scenarioEnds)[number];

export interface ScenarioMachine {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly memoryModel: MemoryModel;
  /** TSC before the first step, ticks. */
  readonly tscStart: bigint;
  readonly ticksPerStep: bigint;
  /** Hz. */
  readonly tscFrequency: bigint;
}

/** Lines of the schedule language (`schedule.ts`), then, when given, a random walk. */
export interface ScenarioSchedule {
  readonly script: readonly string[];
  readonly random: ScenarioRandom | undefined;
}

export interface ScenarioRandom {
  /** The walk's seed when the caller gives none. */
  readonly seed: number;
  /** A CPU makes 1 to so many steps at a time. */
  readonly quantumSteps: number;
  /** The walk ends (a forced dump) after so many steps of the whole machine; undefined: at the step limit. */
  readonly steps: number | undefined;
}

/** How `corewalk explore` searches for schedules, unless its options say otherwise. */
export interface ScenarioSearch {
  /** Lines of the schedule language that lead to where the search begins. Undefined: to `@booted`, or the script before a random walk. */
  readonly from: readonly string[] | undefined;
  /** Where another CPU may go on: in front of schedule points, or of instructions that access memory as well. */
  readonly at: 'points' | 'accesses';
  /** A schedule is over after so many steps of the whole machine. */
  readonly steps: number;
  /** Departures from the simplest schedule that an exhaustive search tries together. */
  readonly bound: number;
  /** What devices may do at any place, once each. */
  readonly interrupts: readonly ScenarioInterrupt[];
  /**
   * What it means that all CPUs wait for good: the work is done, or somebody was forgotten. Unless the scenario says it: somebody was forgotten, if
   * the variant should end in a deadlock or stop by itself (`clean`).
   */
  readonly idle: 'done' | 'deadlock';
  /** Where the checkers look at a dump: at the end of a schedule, or at its places too, which finds what does not last. */
  readonly checks: 'end' | 'places';
}

export interface ScenarioInterrupt {
  readonly cpu: number;
  /** 16 to 255; 2 is an NMI. */
  readonly vector: number;
}

export interface ScenarioVariant {
  readonly summary: string;
  /** Name of the kernel image, without `.elf`. */
  readonly image: string;
  readonly end: ScenarioEnd;
  /** Text that the last lines of the console have to hold. */
  readonly message: string | undefined;
  readonly machine: ScenarioMachine;
  /** Values of global integer variables of the kernel. */
  readonly knobs: ReadonlyMap<string, bigint>;
  readonly schedule: ScenarioSchedule;
  readonly search: ScenarioSearch;
  /** Steps after which the run is given up. */
  readonly stepLimit: number;
}

export interface Scenario {
  /** As in the file's name: `ctxop-panic-run`. */
  readonly name: string;
  /** Folder of the kernel: `illumos`. */
  readonly os: string;
  readonly title: string;
  readonly summary: string;
  /** Where it comes from: issue, commit, review. */
  readonly sources: readonly string[];
  /** By name, in the order of the file; the first is what runs when none is named. */
  readonly variants: ReadonlyMap<string, ScenarioVariant>;
}

export const defaultStepLimit = 20_000_000;

const defaultMachine: ScenarioMachine = {
  cpus: 2,
  memoryBytes: 64 * 1024 * 1024,
  memoryModel: 'tso',
  tscStart: 0n,
  ticksPerStep: 1n,
  tscFrequency: 2_600_000_000n,
};

const defaultSearch: SearchSettings = {
  from: undefined,
  at: 'points',
  steps: 20_000,
  bound: 2,
  interrupts: [],
  idle: undefined,
  checks: 'end',
};

/**
 * Reads a scenario.
 *
 * @param json the parsed file
 * @param name for messages, and what `name` in the file has to be
 * @throws FormatError naming the member that is missing, unknown or wrong
 */
export function readScenario(json: unknown, name: string): Scenario {
  const top = new Members(json, name);
  const said = top.text('name');
  if (said !== name) throw new FormatError(`${name}: name: is '${said}', the file is '${name}'`);
  const shared = readSettings(top, {
    machine: defaultMachine,
    knobs: new Map(),
    schedule: { script: [], random: undefined },
    search: defaultSearch,
    stepLimit: defaultStepLimit,
  });
  const variants = new Map<string, ScenarioVariant>();
  for (const [variant, members] of top.records('variants'))
    variants.set(variant, readVariant(members, shared));
  if (variants.size === 0) throw new FormatError(`${name}: variants: there is none`);
  const scenario: Scenario = {
    name,
    os: top.text('os'),
    title: top.text('title'),
    summary: top.text('summary'),
    sources: top.texts('sources'),
    variants,
  };
  top.ignore('$schema');
  top.end();
  return scenario;
}

type Settings = Pick<ScenarioVariant, 'machine' | 'knobs' | 'schedule' | 'stepLimit'> & {
  readonly search: SearchSettings;
};

type SearchSettings = Omit<ScenarioSearch, 'idle'> & {
  readonly idle: ScenarioSearch['idle'] | undefined;
};

/** A variant has the scenario's settings unless it has its own; knobs and members of the machine one by one. */
function readVariant(members: Members, shared: Settings): ScenarioVariant {
  const end = members.oneOf('end', scenarioEnds);
  const { search, ...settings } = readSettings(members, shared);
  const variant: ScenarioVariant = {
    summary: members.text('summary'),
    image: members.text('image'),
    end,
    message: members.has('message') ? members.text('message') : undefined,
    search: { ...search, idle: search.idle ?? usualIdle(end) },
    ...settings,
  };
  members.end();
  return variant;
}

function usualIdle(end: ScenarioEnd): ScenarioSearch['idle'] {
  return end === 'clean' || end === 'deadlock' ? 'deadlock' : 'done';
}

function readSettings(members: Members, from: Settings): Settings {
  const knobs = new Map(from.knobs);
  for (const [name, value] of members.integers('knobs')) {
    if (!/^[A-Za-z_]\w*$/.test(name)) members.fail(`knobs.${name}`, 'not the name of a variable');
    knobs.set(name, value);
  }
  return {
    machine: readMachine(members, from.machine),
    knobs,
    schedule: readSchedule(members, from.schedule),
    search: readSearch(members, from.search),
    stepLimit: members.count('stepLimit', from.stepLimit),
  };
}

function readMachine(members: Members, from: ScenarioMachine): ScenarioMachine {
  const machine = members.record('machine');
  if (!machine) return from;
  const read: ScenarioMachine = {
    cpus: machine.count('cpus', from.cpus),
    memoryBytes: machine.count('memoryBytes', from.memoryBytes),
    memoryModel: machine.has('memoryModel')
      ? machine.oneOf('memoryModel', ['sc', 'tso', 'weak'] as const)
      : from.memoryModel,
    tscStart: machine.integer('tscStart', from.tscStart),
    ticksPerStep: machine.integer('ticksPerStep', from.ticksPerStep),
    tscFrequency: machine.integer('tscFrequency', from.tscFrequency),
  };
  machine.end();
  if (read.cpus < 1 || read.cpus > 8) machine.fail('cpus', `${read.cpus} is not 1 to 8`);
  if (read.memoryBytes === 0 || read.memoryBytes % 4096 !== 0)
    machine.fail('memoryBytes', 'is not a multiple of 4096');
  return read;
}

function readSchedule(members: Members, from: ScenarioSchedule): ScenarioSchedule {
  const schedule = members.record('schedule');
  if (!schedule) return from;
  const random = schedule.record('random');
  const read: ScenarioSchedule = {
    script: schedule.has('script') ? schedule.texts('script') : [],
    random: random && {
      seed: random.count('seed', 1),
      quantumSteps: random.count('quantumSteps', 1),
      steps: random.has('steps') ? random.count('steps', 0) : undefined,
    },
  };
  random?.end();
  schedule.end();
  return read;
}

function readSearch(members: Members, from: SearchSettings): SearchSettings {
  const search = members.record('explore');
  if (!search) return from;
  const read: SearchSettings = {
    from: search.has('from') ? search.texts('from') : from.from,
    at: search.has('at') ? search.oneOf('at', ['points', 'accesses'] as const) : from.at,
    steps: search.count('steps', from.steps),
    bound: search.count('bound', from.bound),
    interrupts: search.has('interrupts')
      ? search.list('interrupts').map(readInterrupt)
      : from.interrupts,
    idle: search.has('idle') ? search.oneOf('idle', ['done', 'deadlock'] as const) : from.idle,
    checks: search.has('checks') ? search.oneOf('checks', ['end', 'places'] as const) : from.checks,
  };
  search.end();
  return read;
}

function readInterrupt(interrupt: Members): ScenarioInterrupt {
  for (const name of ['cpu', 'vector']) if (!interrupt.has(name)) interrupt.fail(name, 'missing');
  const read = { cpu: interrupt.count('cpu', 0), vector: interrupt.count('vector', 0) };
  interrupt.end();
  if (read.vector !== 2 && (read.vector < 16 || read.vector > 255))
    interrupt.fail('vector', `${read.vector} is not 2 or 16 to 255`);
  if (read.cpu > 7) interrupt.fail('cpu', `${read.cpu} is not 0 to 7`);
  return read;
}

/** The members of one object, each asked for once; what was never asked for is unknown. */
class Members {
  readonly #members: ReadonlyMap<string, unknown>;
  readonly #place: string;
  readonly #seen = new Set<string>();

  constructor(json: unknown, place: string) {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new FormatError(`${place}: not an object`);
    this.#members = new Map(Object.entries(json));
    this.#place = place;
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  fail(name: string, what: string): never {
    throw new FormatError(`${this.#place}: ${name}: ${what}`);
  }

  ignore(name: string): void {
    this.#seen.add(name);
  }

  end(): void {
    for (const name of this.#members.keys())
      if (!this.#seen.has(name)) this.fail(name, 'unknown member');
  }

  text(name: string): string {
    const value = this.#take(name);
    if (typeof value !== 'string' || value === '')
      this.fail(name, value === undefined ? 'missing' : 'not a text');
    return value;
  }

  texts(name: string): readonly string[] {
    const value = this.#take(name);
    if (!Array.isArray(value)) this.fail(name, value === undefined ? 'missing' : 'not a list');
    return value.map((each: unknown, index) =>
      typeof each === 'string' ? each : this.fail(`${name}[${index}]`, 'not a text'),
    );
  }

  oneOf<T extends string>(name: string, words: readonly T[]): T {
    const value = this.text(name);
    const word = words.find((each) => each === value);
    return word ?? this.fail(name, `'${value}' is none of ${words.join(', ')}`);
  }

  /** A number that is not negative. */
  count(name: string, otherwise: number): number {
    const value = this.#take(name);
    if (value === undefined) return otherwise;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      this.fail(name, 'not a whole number');
    return value;
  }

  /** A number, or text for what JSON can't hold exactly: `"0x137e89ac2e8c"`. */
  integer(name: string, otherwise: bigint): bigint {
    const value = this.#take(name);
    return value === undefined ? otherwise : this.#toInteger(name, value);
  }

  integers(name: string): readonly (readonly [string, bigint])[] {
    const value = this.#take(name);
    if (value === undefined) return [];
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      this.fail(name, 'not an object');
    return Object.entries(value).map(([key, each]) => [
      key,
      this.#toInteger(`${name}.${key}`, each),
    ]);
  }

  record(name: string): Members | undefined {
    const value = this.#take(name);
    return value === undefined ? undefined : new Members(value, `${this.#place}: ${name}`);
  }

  list(name: string): readonly Members[] {
    const value = this.#take(name);
    if (!Array.isArray(value)) this.fail(name, 'not a list');
    return value.map((each: unknown, i) => new Members(each, `${this.#place}: ${name}[${i}]`));
  }

  records(name: string): readonly (readonly [string, Members])[] {
    const value = this.#take(name);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      this.fail(name, value === undefined ? 'missing' : 'not an object');
    return Object.entries(value).map(([key, each]) => [
      key,
      new Members(each, `${this.#place}: ${name}.${key}`),
    ]);
  }

  #toInteger(name: string, value: unknown): bigint {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    if (typeof value === 'string' && /^-?(0x[0-9a-f]+|[0-9]+)$/i.test(value))
      return value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value);
    return this.fail(name, 'not an integer (a number, or text such as "0x10")');
  }

  #take(name: string): unknown {
    this.#seen.add(name);
    return this.#members.get(name);
  }
}
