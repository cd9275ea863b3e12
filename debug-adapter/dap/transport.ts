/**
 * The reading side of the adapter: a client's streams, and a thread for the engine. The engine works in a thread of its own, so that the thread that reads can tell it to stop
 * in the middle of a command: a message in its queue would wait until the command is done.
 */
import type { Readable, Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { isObject } from './fields.ts';
import { CancelMarks } from './cancel-marks.ts';
import type { EngineData, ToClient, ToEngine } from './engine-thread.ts';
import { encodeMessage, MessageReader } from './framing.ts';
import { requestOfProgress } from './progress.ts';

/** Milliseconds that a thread that does not answer any more may take to end. */
const endPatience = 3000;

/**
 * Serves one client until it disconnects or its stream ends.
 *
 * @param program the file that calls `runEngineThread` in a thread
 * @param end called once, after the last byte is written
 */
export function serve(input: Readable, output: Writable, program: string, end: () => void): void {
  const marks = new CancelMarks();
  // What the thread prints by mistake must not get between the messages.
  const workerData: EngineData = { kind: 'dap', marks: marks.shared };
  const engine = new Worker(program, { workerData, stdin: true, stdout: true });
  engine.stdout.pipe(process.stderr);
  const post = (message: ToEngine): void => engine.postMessage(message);
  let hasEnded = false;
  let sent = 0;
  const finish = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    void engine.terminate();
    output.write('', () => end());
  };
  const leave = (): void => {
    marks.markAll();
    setTimeout(finish, endPatience).unref();
    post({ hasLeft: true });
  };
  const reader = new MessageReader(
    (message) => {
      noteCancel(marks, message);
      post({ message });
    },
    ({ text, isFatal }) => {
      post({ complaint: text });
      if (isFatal) leave();
    },
  );
  input.on('data', (chunk: Buffer) => reader.push(chunk));
  input.on('end', leave);
  input.on('error', leave);
  output.on('error', finish);
  engine.on('message', (message: ToClient) => {
    if ('isEnd' in message) finish();
    else {
      sent++;
      output.write(encodeMessage(message.json));
    }
  });
  engine.on('error', (error) => {
    output.write(encodeMessage(lastWords(error, sent + 1)));
    finish();
  });
  engine.on('exit', finish);
}

/** Marks what a `cancel` or a `disconnect` stops, before the engine comes to hear it. */
function noteCancel(marks: CancelMarks, message: unknown): void {
  if (!isObject(message) || !('command' in message)) return;
  if (message.command === 'disconnect') marks.markAll();
  if (message.command !== 'cancel' || !('arguments' in message) || !isObject(message.arguments))
    return;
  const given = new Map<string, unknown>(Object.entries(message.arguments));
  const progressId = given.get('progressId');
  const seq =
    typeof progressId === 'string' ? requestOfProgress(progressId) : given.get('requestId');
  if (typeof seq === 'number') marks.mark(seq);
}

/** The engine died of a bug of ours: the client hears what it was. */
function lastWords(error: Error, seq: number): string {
  const output = `corewalk: the debug adapter ended: ${error.stack ?? error.message}\n`;
  const body = { category: 'stderr', output };
  return JSON.stringify({ seq, type: 'event', event: 'output', body });
}
