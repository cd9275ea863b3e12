/** The working side of the adapter: a session in a thread of its own, which speaks to the thread that reads. */
import { parentPort, workerData } from 'node:worker_threads';
import { CancelMarks } from './cancel-marks.ts';
import { isObject } from './fields.ts';
import { openInspector } from './open-inspector.ts';
import { Session } from './session.ts';

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
    isCancelled: (request) => marks.isMarked(request),
    finished: (request) => marks.clear(request),
    end: () => post({ isEnd: true }),
  });
  session.onDidSendMessage((message) => post({ json: JSON.stringify(message) }));
  port.on('message', (message: ToEngine) => {
    if ('complaint' in message) session.complain(message.complaint);
    else if ('hasLeft' in message) void session.leave();
    else session.handleMessage(message.message);
  });
}
