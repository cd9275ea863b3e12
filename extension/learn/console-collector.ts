/** Puts together what a line of the debug console prints, from the adapter's messages. */

type Fields = ReadonlyMap<string, unknown>;

/** Puts together what one line prints: events while it runs, and the rest in the answer. */
export class ConsoleCollector {
  private readonly hear: (output: string) => void;
  /** Sequence number of the request that runs a line. */
  private running: unknown;
  private text = '';

  constructor(hear: (output: string) => void) {
    this.hear = hear;
  }

  request(message: Fields): void {
    if (message.get('type') !== 'request' || !runsLine(message)) return;
    this.running = message.get('seq');
    this.text = '';
  }

  answer(message: Fields): void {
    if (this.running === undefined) return;
    const body = fieldsOf(message.get('body'));
    if (message.get('event') === 'output') this.add(body.get('output'));
    if (message.get('type') !== 'response' || message.get('request_seq') !== this.running) return;
    this.add(body.get('result'));
    this.running = undefined;
    this.hear(this.text);
  }

  private add(text: unknown): void {
    if (typeof text === 'string') this.text += `${withoutColours(text)}\n`;
  }
}

function runsLine(message: Fields): boolean {
  if (message.get('command') === 'corewalk/console') return true;
  const words = fieldsOf(message.get('arguments'));
  return message.get('command') === 'evaluate' && words.get('context') === 'repl';
}

function withoutColours(text: string): string {
  // eslint-disable-next-line no-control-regex -- it is what colours are made of
  return text.replaceAll(/\u001b\[[0-9;]*m/g, '');
}

/** An object's fields; none for anything else. */
export function fieldsOf(value: unknown): Fields {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}
