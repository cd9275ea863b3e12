/** Long work in slices: between two of them the adapter hears its client, so that it can answer others and be told to stop. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { CancelledError } from '../commands/command.ts';

/** Milliseconds between two looks at the client. */
export const sliceTime = 15;

export interface Progress {
  readonly done: number;
  readonly total?: number;
  readonly what: string;
}

/** What a request has in hand while it runs. */
export interface Control {
  /** True once the client has asked to cancel this request, or the session ends. */
  readonly isCancelled: () => boolean;
  /** Shows text in the client's console, before the answer. */
  readonly output: (body: DebugProtocol.OutputEvent['body']) => void;
  /** Tells how far it is; clients see it when it takes long. */
  readonly progress: (progress: Progress) => void;
}

/**
 * Takes items until they end or `accept` says `stop`; the generator is closed in any case.
 *
 * @throws CancelledError between two items once the client has cancelled
 */
export async function takeInSlices<Item>(
  items: Iterable<Item>,
  control: Pick<Control, 'isCancelled'>,
  accept: (item: Item) => 'stop' | undefined,
): Promise<void> {
  let sliceEnd = performance.now() + sliceTime;
  for (const item of items) {
    if (accept(item) === 'stop') return;
    if (performance.now() < sliceEnd) continue;
    await nextTurn();
    if (control.isCancelled()) throw new CancelledError();
    sliceEnd = performance.now() + sliceTime;
  }
}

/** Items `start` to `start + count`, and whether there are more. */
export async function pageOf<Item>(
  items: Iterable<Item>,
  { start, count }: { readonly start: number; readonly count: number },
  control: Pick<Control, 'isCancelled'>,
): Promise<{ readonly items: Item[]; readonly hasMore: boolean }> {
  const page: Item[] = [];
  let index = 0;
  let hasMore = false;
  await takeInSlices(items, control, (item) => {
    if (index >= start + count) {
      hasMore = true;
      return 'stop';
    }
    if (index >= start) page.push(item);
    index += 1;
    return undefined;
  });
  return { items: page, hasMore };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
