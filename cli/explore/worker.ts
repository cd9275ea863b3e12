/** A thread of a search: a machine of its own, on which it runs the schedules that it is given. */
import { writeFileSync } from 'node:fs';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { writeFile } from '../../dump-format/file-sink.ts';
import { finish } from '../../simulator/explore/result.ts';
import { openStart } from '../../simulator/explore/start.ts';
import { Runner } from '../../simulator/explore/task.ts';
import { loadScenario, readImage } from '../scenario-files.ts';
import { checkersJudge } from './judge.ts';
import {
  isExploreData,
  type ExploreData,
  type Finished,
  type FinishOrder,
  type FromExplorer,
  type Simplest,
  type ToExplorer,
} from './messages.ts';

/** Schedules that minimising tries when checkers judge them, which takes the time of a dump each. */
const judgedAttempts = 300;

export function runExploreThread(): void {
  const data: unknown = workerData;
  if (!parentPort || !isExploreData(data)) throw new Error('not in a thread of a search');
  const port = parentPort;
  attempt(port, () => {
    const runner = openRunner(data);
    say(port, { kind: 'ready', simplest: simplestOf(runner) });
    port.on('message', (message: ToExplorer) =>
      attempt(port, () => say(port, answer(runner, data, message))),
    );
  });
}

function openRunner({ path, variant, changes, checks }: ExploreData): Runner {
  const file = { name: path, path };
  const scenario = loadScenario(file);
  const start = openStart(scenario, readImage(file, scenario, variant), variant, changes);
  return new Runner(start, checks ? checkersJudge : undefined);
}

function simplestOf(runner: Runner): Simplest {
  const { start, course } = runner;
  const end = course.run({ decide: () => 0 });
  return { places: course.index, steps: course.steps, end, startSteps: start.snapshot.steps };
}

function answer(runner: Runner, data: ExploreData, message: ToExplorer): FromExplorer {
  if (message.kind === 'finish')
    return { kind: 'finished', found: finishTask(runner, data, message.order) };
  const results = message.tasks.map((given) => ({ given, result: runner.run(given.task) }));
  return { kind: 'results', results };
}

function finishTask(
  runner: Runner,
  { path, variant, checks }: ExploreData,
  { task, failureKind, dump, schedule }: FinishOrder,
): Finished {
  const found = finish(runner, task, failureKind, checks ? judgedAttempts : undefined);
  const { failure, switches, steps, script, orders, simulation } = found;
  const dumpBytes = writeFile(dump, simulation.core());
  const { scenario } = runner.start.preparation;
  const text = {
    scenario: scenario.name,
    file: path,
    variant,
    failure,
    switches,
    steps,
    from: runner.start.from,
    script,
    orders,
  };
  writeFileSync(schedule, `${JSON.stringify(text, undefined, 1)}\n`);
  return { failure, switches, steps, script, dump, dumpBytes, schedule };
}

function attempt(port: MessagePort, work: () => void): void {
  try {
    work();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    say(port, { kind: 'failed', text });
  }
}

function say(port: MessagePort, message: FromExplorer): void {
  port.postMessage(message);
}
