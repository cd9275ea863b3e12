/** A small DAP client: asks the adapter about a dump without a debug session. One process per client; `dispose` ends it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { encodeMessage, MessageReader } from '../debug-adapter/dap/framing.ts';
import type { CustomRequests, LaunchAttributes } from '../debug-adapter/dap/protocol.ts';
import type { EngineProcess } from './adapter.ts';

export interface AdapterClient {
  /** @throws Error with the adapter's message when it refuses, or when it ends before it answers */
  request<Command extends keyof CustomRequests>(
    command: Command,
    words?: CustomRequests[Command]['arguments'],
  ): Promise<CustomRequests[Command]['body']>;
  dispose(): void;
}

/** Starts the adapter and opens a dump in it. @throws Error when the dump can't be opened */
export async function openDumpInAdapter(
  engine: EngineProcess,
  attributes: LaunchAttributes,
): Promise<AdapterClient> {
  const connection = new Connection(engine);
  try {
    await connection.send('initialize', { clientID: 'corewalk', adapterID: 'corewalk' });
    await Promise.all([
      connection.send('launch', attributes),
      connection.send('configurationDone', {}),
    ]);
  } catch (error) {
    connection.dispose();
    throw error;
  }
  return {
    request: (command, words) => connection.send(command, words),
    dispose: () => connection.dispose(),
  };
}

/** An answer is what `protocol.ts` says: the adapter is of the same package. */
type Body = CustomRequests[keyof CustomRequests]['body'];

interface Waiting {
  // `never` lets one map hold the callbacks of requests with different bodies.
  readonly done: (body: never) => void;
  readonly fail: (error: Error) => void;
}

interface Response {
  readonly request_seq: number;
  readonly success: boolean;
  readonly message?: string;
  readonly body: never;
}

/** Requests that wait for their answers over the adapter's standard streams. */
class Connection {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private readonly reader = new MessageReader(
    (message) => this.receive(message),
    (problem) => (problem.isFatal ? this.end(problem.text) : undefined),
  );
  private sequence = 0;
  private errors = '';

  constructor({ command, words, environment }: EngineProcess) {
    const env = { ...process.env, ...environment };
    this.child = spawn(command, words, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (bytes: Buffer) => this.reader.push(bytes));
    this.child.stderr?.on('data', (bytes: Buffer) => (this.errors += bytes.toString('utf8')));
    this.child.stdin?.on('error', (error) => this.end(error.message));
    this.child.once('error', (error) => this.end(error.message));
    this.child.once('close', () => this.end(this.errors.trim() || 'the debug adapter ended'));
  }

  send<Answer extends Body>(command: string, words: unknown): Promise<Answer> {
    const seq = ++this.sequence;
    return new Promise((done, fail) => {
      this.waiting.set(seq, { done, fail });
      const message = { seq, type: 'request', command, arguments: words };
      this.child.stdin?.write(encodeMessage(JSON.stringify(message)));
    });
  }

  dispose(): void {
    this.child.kill();
    this.end('the dump was closed');
  }

  private receive(message: unknown): void {
    if (!isResponse(message)) return;
    const waiting = this.waiting.get(message.request_seq);
    this.waiting.delete(message.request_seq);
    if (message.success) waiting?.done(message.body);
    else waiting?.fail(new Error(message.message ?? 'refused'));
  }

  private end(reason: string): void {
    for (const { fail } of this.waiting.values()) fail(new Error(reason));
    this.waiting.clear();
  }
}

function isResponse(message: unknown): message is Response {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  if (message.type !== 'response' || !('request_seq' in message)) return false;
  return typeof message.request_seq === 'number' && 'success' in message;
}
