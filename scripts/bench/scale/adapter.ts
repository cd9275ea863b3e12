/** A client of the debug adapter that measures: the time of each request, and the memory of the adapter's process. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { encodeMessage, MessageReader } from '../../../debug-adapter/dap/framing.ts';
import { peakMemory } from './peak.ts';

interface Answer {
  readonly success: boolean;
  readonly message?: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

export class AdapterClient {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private sequence = 0;
  private whenStopped: () => void = () => undefined;

  /** @param program `dist/adapter.cjs` */
  constructor(program: string) {
    this.child = spawn(process.execPath, [program], { stdio: 'pipe' });
    const reader = new MessageReader(
      (message) => this.receive(message),
      (problem) => {
        throw new Error(`the adapter's stream: ${problem.text}`);
      },
    );
    this.child.stdout.on('data', (chunk: Buffer) => reader.push(chunk));
    this.child.stderr.pipe(process.stderr);
  }

  /** Opens a dump as an editor does; resolves when it is paused. */
  async open(coreFile: string): Promise<void> {
    await this.ask('initialize', { adapterID: 'corewalk', supportsVariablePaging: true });
    const stopped = new Promise<void>((resolve) => (this.whenStopped = resolve));
    const launched = this.ask('launch', { coreFile });
    await this.ask('configurationDone');
    await launched;
    await stopped;
  }

  /** The body of an answer. @throws Error when the request is refused */
  async ask(command: string, words: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const seq = ++this.sequence;
    const answer = await new Promise<Answer>((resolve) => {
      this.waiting.set(seq, resolve);
      const message = { seq, type: 'request', command, arguments: words };
      this.child.stdin.write(encodeMessage(JSON.stringify(message)));
    });
    if (!answer.success) throw new Error(`${command}: ${answer.message}`);
    return answer.body ?? {};
  }

  get peak(): number | undefined {
    return this.child.pid === undefined ? undefined : peakMemory(this.child.pid);
  }

  close(): void {
    this.child.kill();
  }

  private receive(value: unknown): void {
    const message: Answer & { request_seq?: number; event?: string } = Object(value);
    if (message.event === 'stopped') this.whenStopped();
    if (message.request_seq !== undefined) this.waiting.get(message.request_seq)?.(message);
  }
}
