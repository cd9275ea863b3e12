/** The working side of the adapter: a session in a thread of its own, which speaks to the thread that reads. */
import {
  parentPort,
  receiveMessageOnPort,
  workerData,
  type MessagePort,
} from 'node:worker_threads';
import { CancelMarks } from './cancel-marks.ts';
import { isObject } from './fields.ts';
import { openInspector } from './open-inspector.ts';
import { Session } from './session.ts';
import { sliceTime } from './slices.ts';

/** What the reading thread says: a message of the client, what is wrong with the stream, or that it has ended. */
export type ToEngine =
  { readonly message: unknown } | { readonly complaint: string } | { readonly hasLeft: true };

/** What the engine says: a message for the client, or that the session is over. */
export type ToClient = { readonly json: string } | { readonly isEnd: true };

/** What a thread of the adapter is started with. */
export interface EngineData {
  readonly kind: 'dap';
  /** The memory of `CancelMarks`. */
  readonly marks: Uint8Array<SharedArrayBuffer>;
}

/** True in a thread that is to call `runEngineThread`. */
export function isEngineData(data: unknown): data is EngineData {
  return isObject(data) && 'kind' in data && data.kind === 'dap';
}

/** Runs a session until the thread is ended. */
export function runEngineThread(): void {
  const port = parentPort;
  if (!port || !isEngineData(workerData)) throw new Error('not in a thread of the debug adapter');
  const marks = new CancelMarks(workerData.marks);
  const post = (message: ToClient): void => port.postMessage(message);
  const session = new Session({
    openInspector: ({ coreFile, program, allowShell }, isCancelled) =>
      openInspector(coreFile, {
        isCancelled,
        isInteractive: true,
        allows: allowShell ? 'shell' : 'files',
        ...(program !== undefined && { program }),
      }),
    isCancelled: (request) => {
      between.listen();
      return marks.isMarked(request);
    },
    finished: (request) => marks.clear(request),
    end: () => post({ isEnd: true }),
  });
  session.onDidSendMessage((message) => post({ json: JSON.stringify(message) }));
  const hear = (message: ToEngine, isBetween: boolean): void => {
    if ('complaint' in message) session.complain(message.complaint);
    else if ('hasLeft' in message) void session.leave();
    else if (isBetween) session.handleBetween(message.message);
    else session.handleMessage(message.message);
  };
  const between = new Between(port, (message) => hear(message, true));
  port.on('message', (message: ToEngine) => hear(message, false));
}

/** Milliseconds of a command that gives no rows before what has come in meanwhile is looked at. */
const listenInterval = sliceTime;

/** What comes in while a command keeps the thread: the event loop would hear it when the command is done. */
class Between {
  private readonly port: MessagePort;
  private readonly hear: (message: ToEngine) => void;
  private lastHeard = 0;
  private isListening = false;

  constructor(port: MessagePort, hear: (message: ToEngine) => void) {
    this.port = port;
    this.hear = hear;
  }

  /** Called at every checkpoint, and by what it answers itself. */
  listen(): void {
    const now = performance.now();
    if (this.isListening || now - this.lastHeard < listenInterval) return;
    this.isListening = true;
    try {
      for (;;) {
        const received: { message: ToEngine } | undefined = receiveMessageOnPort(this.port);
        if (!received) break;
        this.hear(received.message);
      }
    } finally {
      this.isListening = false;
      this.lastHeard = performance.now();
    }
  }
}
