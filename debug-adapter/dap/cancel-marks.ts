/** Which requests are cancelled, in memory that two threads share: seen in the middle of a command that hears no messages. */

/** One byte for each `seq` modulo this; one more means all of them. */
const slots = 4096;

export class CancelMarks {
  readonly shared: Uint8Array<SharedArrayBuffer>;

  /** @param shared of the other thread; a new one when absent */
  constructor(shared = new Uint8Array(new SharedArrayBuffer(slots + 1))) {
    this.shared = shared;
  }

  mark(request: number): void {
    Atomics.store(this.shared, slotOf(request), 1);
  }

  /** The client goes: whatever runs must end. */
  markAll(): void {
    Atomics.store(this.shared, slots, 1);
  }

  /** The request is answered; another one may have its slot. */
  clear(request: number): void {
    Atomics.store(this.shared, slotOf(request), 0);
  }

  isMarked(request: number): boolean {
    return (
      Atomics.load(this.shared, slots) !== 0 || Atomics.load(this.shared, slotOf(request)) !== 0
    );
  }
}

function slotOf(request: number): number {
  return Number.isSafeInteger(request) ? Math.abs(request) % slots : 0;
}
