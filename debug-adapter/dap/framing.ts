/** Messages of the Debug Adapter Protocol as bytes on a stream: `Content-Length: n`, an empty line, n bytes of JSON. */

/** Bytes before the empty line; real headers have about 20. */
export const headerLimit = 4096;

/** Bytes of one message. */
export const messageLimit = 256 * 1024 * 1024;

/** Why bytes are no message. After a `fatal` one nobody can say where the next message begins: close the connection. */
export interface FramingProblem {
  readonly text: string;
  readonly isFatal: boolean;
}

/** A message as the bytes that go on the wire. */
export function encodeMessage(json: string): Buffer {
  const body = Buffer.from(json, 'utf8');
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`, 'latin1'), body]);
}

/**
 * Cuts a stream into messages, however it is split into chunks.
 *
 * Copies each byte once. Looks for the next `Content-Length` after a message with a wrong length or wrong JSON. Line ends may be `\n`.
 */
export class MessageReader {
  private readonly onMessage: (message: unknown) => void;
  private readonly onProblem: (problem: FramingProblem) => void;
  private chunks: Buffer[] = [];
  private available = 0;
  /** Bytes of the message whose header was read. */
  private expected: number | undefined;
  private isBroken = false;

  constructor(onMessage: (message: unknown) => void, onProblem: (problem: FramingProblem) => void) {
    this.onMessage = onMessage;
    this.onProblem = onProblem;
  }

  push(chunk: Buffer): void {
    if (this.isBroken) return;
    this.chunks.push(chunk);
    this.available += chunk.length;
    while (!this.isBroken) {
      if (this.expected === undefined) {
        if (!this.readHeader()) return;
      } else if (this.available >= this.expected) {
        this.deliver(this.take(this.expected));
        this.expected = undefined;
      } else return;
    }
  }

  /** True when a header, or a length, was read. */
  private readHeader(): boolean {
    const bytes = this.join();
    const text = bytes.toString('latin1', 0, Math.min(bytes.length, headerLimit));
    const end = /\r?\n\r?\n/.exec(text);
    if (!end) {
      if (bytes.length >= headerLimit) this.break(`no message header in ${headerLimit} bytes`);
      return false;
    }
    const lines = text.slice(0, end.index);
    this.take(end.index + end[0].length);
    const length = /content-length: *([0-9]+)\s*$/im.exec(lines)?.[1];
    if (length === undefined) {
      this.onProblem({ text: 'a message header has no Content-Length', isFatal: false });
    } else if (Number(length) > messageLimit) {
      this.break(`a message of ${length} bytes is longer than the limit of ${messageLimit}`);
    } else this.expected = Number(length);
    return true;
  }

  private deliver(body: Buffer): void {
    let message: unknown;
    try {
      message = JSON.parse(body.toString('utf8'));
    } catch {
      this.onProblem({ text: `a message of ${body.length} bytes is not JSON`, isFatal: false });
      return;
    }
    this.onMessage(message);
  }

  private take(length: number): Buffer {
    const bytes = this.join();
    const rest = bytes.subarray(length);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.available = rest.length;
    return bytes.subarray(0, length);
  }

  private join(): Buffer {
    const [only] = this.chunks;
    const bytes = this.chunks.length === 1 && only ? only : Buffer.concat(this.chunks);
    this.chunks = [bytes];
    return bytes;
  }

  private break(text: string): void {
    this.isBroken = true;
    this.chunks = [];
    this.onProblem({ text, isFatal: true });
  }
}
