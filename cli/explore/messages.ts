/** What the command and its threads say to one another. */
import type { GivenTask } from '../../simulator/explore/search.ts';
import type { Task, TaskResult } from '../../simulator/explore/task.ts';
import type { ScenarioSearch } from '../../simulator/scenario.ts';

/** What a thread is started with. */
export interface ExploreData {
  readonly kind: 'explore';
  /** Path of the scenario file. */
  readonly path: string;
  readonly variant: string;
  /** What the command line says instead of the scenario. */
  readonly changes: Partial<ScenarioSearch>;
  readonly checks: boolean;
}

export type ToExplorer =
  | { readonly kind: 'tasks'; readonly tasks: readonly GivenTask[] }
  | { readonly kind: 'finish'; readonly order: FinishOrder };

/** Make a failing schedule simple and write its dump. */
export interface FinishOrder {
  readonly task: Task;
  readonly failureKind: string;
  /** Files to write. */
  readonly dump: string;
  readonly schedule: string;
}

export type FromExplorer =
  | { readonly kind: 'ready'; readonly simplest: Simplest }
  | { readonly kind: 'results'; readonly results: readonly DoneTask[] }
  | { readonly kind: 'finished'; readonly found: Finished }
  | { readonly kind: 'failed'; readonly text: string };

/** The simplest schedule, and where it begins. */
export interface Simplest {
  readonly places: number;
  readonly steps: number;
  readonly end: string;
  /** Steps of the machine before the search begins. */
  readonly startSteps: number;
}

export interface DoneTask {
  readonly given: GivenTask;
  readonly result: TaskResult;
}

/** A failure with its files. */
export interface Finished {
  readonly failure: string;
  readonly switches: number;
  readonly steps: number;
  readonly script: readonly string[] | undefined;
  readonly dump: string;
  readonly dumpBytes: number;
  readonly schedule: string;
}

export function isExploreData(data: unknown): data is ExploreData {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === 'explore';
}
