/** What a search hands out for a failure: the simplest schedule that was found, as a script and as orders, and its dump. */
import { OrderRecorder, run, type Order } from '../schedule.ts';
import { scriptSchedule } from '../schedule-script.ts';
import type { Simulation } from '../simulate.ts';
import { ScriptWriter } from './explain.ts';
import { simulationAt } from './judgement.ts';
import { minimise } from './minimise.ts';
import type { Runner, Task } from './task.ts';
import { TurnDecider } from './turns.ts';

export interface FoundSchedule {
  /** What the kernel, or a checker, said. */
  readonly failure: string;
  /** Changes of CPU. */
  readonly switches: number;
  /** Steps from where the search begins. */
  readonly steps: number;
  /** Lines of the schedule language that do the same from where the search begins; undefined when they can't. */
  readonly script: readonly string[] | undefined;
  /** Replays everything from the machine's first step. */
  readonly orders: readonly Order[];
  /** The machine at the end of the schedule. Its dump can be taken until the runner is used again. */
  readonly simulation: Simulation;
}

/** Minimises a schedule that fails, and leaves the machine at its end. */
export function finish(runner: Runner, task: Task, kind: string, attempts?: number): FoundSchedule {
  const { course, start } = runner;
  const { turns, failure, switches, steps } = minimise(runner, task, kind, attempts);
  const script = scriptOf(runner, new ScriptWriter(new TurnDecider(turns)));
  const recorder = new OrderRecorder();
  const { end } = runner.runWith(new TurnDecider(turns), recorder);
  return {
    failure: failure.text,
    switches,
    steps,
    script,
    orders: [...start.orders, ...recorder.orders()],
    simulation: simulationAt(course, end),
  };
}

/** The lines, if they lead to the same state of the machine. */
function scriptOf(runner: Runner, writer: ScriptWriter): readonly string[] | undefined {
  const { course, start } = runner;
  const { machine } = course;
  runner.runWith(writer);
  const lines = writer.lines(course);
  machine.quiesce();
  const hash = machine.stateHash();
  machine.restore(start.snapshot);
  const debugInfo = start.preparation.image.dump.debugInfo;
  run(machine, scriptSchedule(lines, debugInfo), { steps: start.settings.steps });
  return machine.stateHash() === hash ? lines : undefined;
}
