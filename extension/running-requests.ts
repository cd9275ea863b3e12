/** What a debug adapter is doing: requests that it has heard and not answered, in words for a person. */

export class RunningRequests {
  private readonly running = new Map<number, string>();

  /** A message of the editor to the adapter. */
  sent(message: unknown): void {
    const fields = fieldsOf(message);
    const seq = fields.get('seq');
    if (fields.get('type') !== 'request' || typeof seq !== 'number') return;
    this.running.set(seq, describe(fields));
  }

  /** A message of the adapter to the editor. */
  received(message: unknown): void {
    const fields = fieldsOf(message);
    const seq = fields.get('request_seq');
    if (fields.get('type') === 'response' && typeof seq === 'number') this.running.delete(seq);
  }

  /** In the order in which they were sent. */
  get descriptions(): readonly string[] {
    return [...this.running.values()];
  }
}

/** Characters of a line that are told. */
const lineLimit = 120;

/** The line or expression of a request, else its name. */
function describe(request: ReadonlyMap<string, unknown>): string {
  const words = fieldsOf(request.get('arguments'));
  const line = words.get('expression') ?? words.get('line');
  const text = typeof line === 'string' ? line : String(request.get('command'));
  return text.length > lineLimit ? `${text.slice(0, lineLimit)}…` : text;
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}
