/** Pages of the thread list: the next page goes on where the last one ended, so that ten thousand threads are walked once. */
import type { KernelThread } from '../target/target.ts';
import { takeInSlices, type Control } from './slices.ts';

export interface ThreadPage {
  readonly threads: readonly KernelThread[];
  readonly hasMore: boolean;
}

/** A walk that stands at a place. */
interface Place {
  readonly rest: Iterator<KernelThread>;
  /** Index of the thread that comes next. */
  next: number;
  /** That thread, when it was read to see whether there are more. */
  ahead: KernelThread | undefined;
}

export class ThreadCursor {
  private readonly list: () => Iterable<KernelThread>;
  /** Where the last page ended. */
  private place: Place | undefined;

  /** @param list begins the walk anew each time it is called */
  constructor(list: () => Iterable<KernelThread>) {
    this.list = list;
  }

  /** Threads `start` to `start + count`. @throws CancelledError between two threads once the client has cancelled */
  async page(
    { start, count }: { readonly start: number; readonly count: number },
    control: Pick<Control, 'isCancelled'>,
  ): Promise<ThreadPage> {
    const place = this.take(start);
    const threads: KernelThread[] = [];
    let hasMore = false;
    await takeInSlices(following(place), control, (thread) => {
      if (place.next >= start + count) {
        place.ahead = thread;
        hasMore = true;
        return 'stop';
      }
      if (place.next >= start) threads.push(thread);
      place.next++;
      return undefined;
    });
    if (hasMore) this.place = place;
    return { threads, hasMore };
  }

  /** The place belongs to one page while it is read: another one at the same time begins anew. */
  private take(start: number): Place {
    const { place } = this;
    this.place = undefined;
    if (place?.next === start) return place;
    return { rest: this.list()[Symbol.iterator](), next: 0, ahead: undefined };
  }
}

/** What is left; the walk stays open when a page is full. */
function* following(place: Place): Generator<KernelThread> {
  const { ahead, rest } = place;
  place.ahead = undefined;
  if (ahead !== undefined) yield ahead;
  for (let step = rest.next(); step.done !== true; step = rest.next()) yield step.value;
}
