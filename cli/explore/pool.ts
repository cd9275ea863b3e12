/** The threads of a search: gives them schedules, takes what they found, and does not mind which of them did it. */
import { Worker } from 'node:worker_threads';
import { UsageError } from '../../dump-format/errors.ts';
import type { GivenTask, Search } from '../../simulator/explore/search.ts';
import type {
  ExploreData,
  Finished,
  FinishOrder,
  FromExplorer,
  Simplest,
  ToExplorer,
} from './messages.ts';

/** Schedules in one message, and messages on their way to a thread. */
const chunkSize = 32;
const chunksUnderWay = 2;

interface Explorer {
  readonly worker: Worker;
  chunks: number;
}

export class ExplorerPool {
  private readonly explorers: readonly Explorer[];
  private hear: (explorer: Explorer, message: FromExplorer) => void = () => {};
  private fail: (error: Error) => void = () => {};

  constructor(program: string, data: ExploreData, count: number) {
    this.explorers = Array.from({ length: count }, () => {
      const explorer: Explorer = { worker: new Worker(program, { workerData: data }), chunks: 0 };
      explorer.worker.on('message', (message: FromExplorer) => {
        if (message.kind === 'failed') this.fail(new UsageError(message.text));
        else this.hear(explorer, message);
      });
      explorer.worker.on('error', (error) => this.fail(error));
      return explorer;
    });
  }

  /** Waits until every thread has booted its machine. */
  ready(): Promise<Simplest> {
    let missing = this.explorers.length;
    return this.until((resolve) => {
      this.hear = (_explorer, message) => {
        if (message.kind === 'ready' && --missing === 0) resolve(message.simplest);
      };
    });
  }

  /** Runs a search until it is over, or `isStopped` says so; then nothing is under way. */
  run(search: Search, onProgress: () => void, isStopped: () => boolean): Promise<void> {
    return this.until((resolve) => {
      const feed = (): void => {
        for (const explorer of this.explorers) {
          while (explorer.chunks < chunksUnderWay && !isStopped()) {
            const tasks = nextTasks(search);
            if (tasks.length === 0) break;
            explorer.chunks++;
            say(explorer, { kind: 'tasks', tasks });
          }
        }
        if (this.explorers.every(({ chunks }) => chunks === 0)) resolve();
      };
      this.hear = (explorer, message) => {
        if (message.kind !== 'results') return;
        explorer.chunks--;
        for (const { given, result } of message.results) search.take(given, result);
        onProgress();
        feed();
      };
      feed();
    });
  }

  /** Has a failing schedule made simple and its dump written. */
  finish(order: FinishOrder): Promise<Finished> {
    return this.until((resolve) => {
      this.hear = (_explorer, message) => {
        if (message.kind === 'finished') resolve(message.found);
      };
      const [first] = this.explorers;
      if (first) say(first, { kind: 'finish', order });
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.explorers.map(({ worker }) => worker.terminate()));
  }

  private until<T>(begin: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.fail = reject;
      begin(resolve);
    });
  }
}

function nextTasks(search: Search): GivenTask[] {
  const tasks: GivenTask[] = [];
  while (tasks.length < chunkSize) {
    const given = search.next();
    if (!given) break;
    tasks.push(given);
  }
  return tasks;
}

function say({ worker }: Explorer, message: ToExplorer): void {
  worker.postMessage(message);
}
