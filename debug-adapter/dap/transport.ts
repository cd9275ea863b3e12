/**
 * The reading side of the adapter: a client's streams, and a thread for the engine, so that the side that reads can stop a
 * command in the middle. A message in the engine's own queue would wait until the command is done.
 */
import type { Readable, Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { CancelMarks } from './cancel-marks.ts';
import type { EngineData, ToClient, ToEngine } from './engine-thread.ts';
import { isObject } from './fields.ts';
import { encodeMessage, MessageReader, type FramingProblem } from './framing.ts';
import { requestOfProgress } from './progress.ts';
import { safeLines } from './safe-text.ts';

/** Milliseconds that an engine may take to say goodbye; one that is stuck in a command of ours never would. */
const endPatience = 3000;

export interface Connection {
  readonly input: Readable;
  readonly output: Writable;
  /** Called once, after the last byte is written. `isClean` is false when the engine died or was stuck. */
  readonly end: (isClean: boolean) => void;
}

/**
 * Serves one client until it disconnects or its stream ends.
 *
 * @param program the file that calls `runEngineThread` in a thread
 * @param patience milliseconds that an engine may take to end
 */
export function serve(connection: Connection, program: string, patience = endPatience): void {
  const server = new Server(connection, program, patience);
  server.begin();
}

class Server {
  private readonly connection: Connection;
  private readonly patience: number;
  private readonly marks = new CancelMarks();
  private readonly engine: Worker;
  private readonly reader: MessageReader;
  private hasEnded = false;
  /** Messages sent: the last one has this `seq`. */
  private sent = 0;
  /** What was asked last: said when the engine dies of it. */
  private lastRequest = 'nothing';

  constructor(connection: Connection, program: string, patience: number) {
    this.connection = connection;
    this.patience = patience;
    const workerData: EngineData = { kind: 'dap', marks: this.marks.shared };
    // What the thread prints by mistake must not get between the messages.
    this.engine = new Worker(program, { workerData, stdin: true, stdout: true });
    this.engine.stdout.pipe(process.stderr);
    this.reader = new MessageReader(
      (message) => this.pass(message),
      (problem) => this.complain(problem),
    );
  }

  begin(): void {
    const { input, output } = this.connection;
    input.on('data', (chunk: Buffer) => this.reader.push(chunk));
    input.on('end', () => this.leave());
    input.on('error', () => this.leave());
    output.on('error', () => this.finish(true));
    this.engine.on('message', (message: ToClient) => this.answer(message));
    this.engine.on('error', (error) => this.mourn(causeOf(error)));
    this.engine.on('exit', () => this.finish(false));
  }

  /** Hands a message on; what it cancels is marked before the engine comes to hear it. */
  private pass(message: unknown): void {
    if (isObject(message) && 'command' in message) {
      this.lastRequest = describeRequest(message);
      if (message.command === 'disconnect') this.hurry();
      if (message.command === 'cancel') markCancelled(this.marks, message);
    }
    this.post({ message });
  }

  private answer(message: ToClient): void {
    if ('isEnd' in message) this.finish(true);
    else this.send(message.json);
  }

  private complain({ text, isFatal }: FramingProblem): void {
    this.post({ complaint: text });
    if (isFatal) this.leave();
  }

  /** The client has gone without a word. */
  private leave(): void {
    this.hurry();
    this.post({ hasLeft: true });
  }

  private hurry(): void {
    this.marks.markAll();
    setTimeout(() => this.finish(false), this.patience).unref();
  }

  /** The engine died of a bug of ours: the client hears of what, and that the session is over. */
  private mourn(trace: string): void {
    const text = `corewalk: the debug adapter ended after ${this.lastRequest}: ${trace}\n`;
    const [seq, type] = [this.sent + 1, 'event'];
    const body = { category: 'stderr', output: safeLines(text) };
    this.send(JSON.stringify({ seq, type, event: 'output', body }));
    this.send(JSON.stringify({ seq: seq + 1, type, event: 'terminated' }));
    this.finish(false);
  }

  private finish(isClean: boolean): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    void this.engine.terminate();
    this.connection.output.write('', () => this.connection.end(isClean));
  }

  private post(message: ToEngine): void {
    this.engine.postMessage(message);
  }

  private send(json: string): void {
    this.sent++;
    this.connection.output.write(encodeMessage(json));
  }
}

/** What an engine died of: words for what a dump can do to it, a stack for what only a bug of ours does. */
function causeOf(error: Error): string {
  const isOutOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isOutOfMemory
    ? 'it had not enough memory; the dump can be opened again'
    : (error.stack ?? error.message);
}

function markCancelled(marks: CancelMarks, cancel: object): void {
  if (!('arguments' in cancel) || !isObject(cancel.arguments)) return;
  const given = new Map<string, unknown>(Object.entries(cancel.arguments));
  const progressId = given.get('progressId');
  const seq =
    typeof progressId === 'string' ? requestOfProgress(progressId) : given.get('requestId');
  if (typeof seq === 'number') marks.mark(seq);
}

/** Characters of a request in the report of a bug. */
const describedLength = 200;

function describeRequest(message: object): string {
  return (JSON.stringify(message) ?? '').slice(0, describedLength);
}
