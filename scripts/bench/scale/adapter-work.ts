/** What an editor asks of the adapter about large dumps: the list of threads, the first stack, pages of threads and of variables. */
import { AdapterClient } from './adapter.ts';

/** Seconds of each request, and what it said. */
export interface AdapterFigures {
  readonly open: number;
  readonly first: number;
  readonly page: number;
  readonly lastPage: number;
  readonly peak: number;
  readonly count: number;
}

/** Opens a dump of many threads: `threads` and the first `stackTrace`, then pages of all of them. */
export async function threadsFigures(adapter: string, path: string): Promise<AdapterFigures> {
  const client = new AdapterClient(adapter);
  try {
    const open = await timed(() => client.open(path));
    const first = await timed(async () => {
      const { threads } = await client.ask('threads');
      const id = firstId(threads);
      await client.ask('stackTrace', { threadId: id, startFrame: 0, levels: 20 });
    });
    const page = await timed(() => client.ask('corewalk/threads', { start: 0, count: 200 }));
    let count = 0;
    let last = 0;
    for (let hasMore = true; hasMore;) {
      const start = performance.now();
      const body = await client.ask('corewalk/threads', { start: count, count: 1000 });
      last = seconds(start);
      const items: unknown = body['threads'];
      if (!Array.isArray(items)) throw new Error('corewalk/threads has no list');
      count += items.length;
      hasMore = body['hasMore'] === true;
    }
    return { open, first, page, lastPage: last, peak: client.peak ?? 0, count };
  } finally {
    client.close();
  }
}

/** Opens a dump with a large array: its first and its last page of variables. */
export async function arrayFigures(
  adapter: string,
  path: string,
  expression: string,
  count: number,
): Promise<AdapterFigures> {
  const client = new AdapterClient(adapter);
  try {
    const open = await timed(() => client.open(path));
    let reference: unknown;
    const first = await timed(async () => {
      const body = await client.ask('evaluate', { expression, context: 'watch' });
      reference = body['variablesReference'];
    });
    const ask = (start: number): Promise<number> =>
      timed(async () => {
        const words = { variablesReference: reference, filter: 'indexed', start, count: 100 };
        const { variables } = await client.ask('variables', words);
        if (!Array.isArray(variables) || variables.length !== 100)
          throw new Error(`a page of ${expression} has other than 100 variables`);
      });
    const page = await ask(0);
    const lastPage = await ask(count - 100);
    return { open, first, page, lastPage, peak: client.peak ?? 0, count };
  } finally {
    client.close();
  }
}

/** Opens a dump; its first stack has to have so many frames, each with its line. */
export async function stackFigures(
  adapter: string,
  path: string,
  frameCount: number,
): Promise<{ readonly seconds: number; readonly peak: number }> {
  const client = new AdapterClient(adapter);
  try {
    const taken = await timed(async () => {
      await client.open(path);
      const { threads } = await client.ask('threads');
      const words = { threadId: firstId(threads), startFrame: 0, levels: 20 };
      const { stackFrames } = await client.ask('stackTrace', words);
      const frames: readonly { line?: number }[] = Array.isArray(stackFrames) ? stackFrames : [];
      const withLines = frames.filter(({ line = 0 }) => line > 0).length;
      if (withLines !== frameCount) throw new Error(`${withLines} frames have lines`);
    });
    return { seconds: taken, peak: client.peak ?? 0 };
  } finally {
    client.close();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return seconds(start);
}

function seconds(start: number): number {
  return (performance.now() - start) / 1000;
}

function firstId(threads: unknown): number {
  const [first] = Array.isArray(threads) ? threads : [];
  const { id }: { id?: unknown } = Object(first);
  if (typeof id !== 'number') throw new Error('the list of threads is empty');
  return id;
}
