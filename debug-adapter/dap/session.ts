/** One session of the Debug Adapter Protocol: its states, and every request answered exactly once. Knows nothing of transports. */
import { ProtocolServer } from '@vscode/debugadapter/lib/protocol.js';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { CancelledError } from '../commands/command.ts';
import type { Inspector } from '../inspector.ts';
import { announce, runStartup } from './announce.ts';
import { capabilities } from './capabilities.ts';
import { readClient, type Client } from './client.ts';
import { failureOf, isInternal, RefusedError } from './failure.ts';
import { Fields, isObject } from './fields.ts';
import { readLaunch } from './launch.ts';
import { OpenDump } from './open-dump.ts';
import { ProgressReport, requestOfProgress } from './progress.ts';
import type { LaunchAttributes } from './protocol.ts';
import { dumpRequest, readingBody, toleratedBody } from './requests.ts';
import { safeText } from './safe-text.ts';
import type { Control } from './slices.ts';

/** What a session needs of the process around it. */
export interface SessionHost {
  /** @throws FormatError and the like: the launch fails with the message */
  openInspector(attributes: LaunchAttributes, isCancelled: () => boolean): Promise<Inspector>;
  /** Asked between two steps of a request and inside long ones: true once the client has cancelled it, or wants to go. */
  isCancelled(request: number): boolean;
  /** The request is answered: its number may be used again. */
  finished(request: number): void;
  /** The client has gone; the last answer is on its way. */
  end(): void;
}

interface Request {
  readonly seq: number;
  readonly command: string;
  readonly arguments: unknown;
}

/** Milliseconds that `disconnect` waits for requests that run: they are cancelled, and answered before it. */
const disconnectPatience = 2000;

export class Session extends ProtocolServer {
  private readonly host: SessionHost;
  private client: Client | undefined;
  private dump: OpenDump | undefined;
  private state: 'new' | 'initialized' | 'opening' | 'open' | 'ended' = 'new';
  private readonly configured = new Signal();
  /** Requests that are not answered yet, by `seq`; those to disconnect are not among them. */
  private readonly running = new Map<number, Promise<void>>();
  private readonly cancelled = new Set<number>();

  constructor(host: SessionHost) {
    super();
    this.host = host;
  }

  /** Takes any JSON value that a client has sent. Answers come as `onDidSendMessage`. */
  override handleMessage(message: unknown): void {
    const request = readRequest(message);
    if (typeof request === 'string') this.complain(request);
    // Nobody waits for those that wait themselves.
    else if (request?.command === 'disconnect') void this.answer(request);
    else if (request) this.running.set(request.seq, this.answer(request));
  }

  /**
   * Takes a message in the middle of a request that runs: what only reads is answered now, everything else in its turn.
   *
   * Called where a long command asks whether it is cancelled. There the engine holds no half of anything that a reader could see.
   */
  handleBetween(message: unknown): void {
    const request = readRequest(message);
    if (typeof request === 'string' || !request || !this.answerReading(request))
      this.handleMessage(message);
  }

  /** The client has gone without a word. */
  async leave(): Promise<void> {
    await this.disconnect();
    this.close();
    this.host.end();
  }

  /** Says in the client's console what can't be said in an answer. */
  complain(text: string): void {
    this.event('output', { category: 'stderr', output: `corewalk: ${safeText(text)}\n` });
  }

  /** Gives back what the session holds. */
  close(): void {
    this.state = 'ended';
    this.dump?.close();
    this.dump = undefined;
  }

  private async answer(request: Request): Promise<void> {
    const { seq, command } = request;
    const report = new ProgressReport(
      (event, body) => (this.client?.showsProgress ? this.event(event, body) : undefined),
      seq,
      titleOf(request),
    );
    // So that it stands in `running` before it can end.
    await Promise.resolve();
    try {
      const body = await this.perform(request, report);
      report.end();
      this.respond(request, { success: true, ...(body && { body }) });
    } catch (error) {
      report.end();
      if (isInternal(error)) this.reportBug(command, error);
      const isLaunch = command === 'launch' || command === 'attach';
      this.respond(request, { success: false, ...failureOf(error, isLaunch) });
      if (isLaunch && this.state === 'opening') this.fail();
      return;
    } finally {
      this.running.delete(seq);
      this.cancelled.delete(seq);
      this.host.finished(seq);
    }
    try {
      this.afterwards(command);
    } catch (error) {
      // The request is answered: what fails now is no answer to it.
      if (isInternal(error)) this.reportBug(command, error);
      else this.complain(failureOf(error, false).message);
    }
  }

  /** False when the request is not one that only reads, or is cancelled, or wants a dump that is not there. */
  private answerReading(request: Request): boolean {
    const { seq, command } = request;
    if (this.state !== 'open' || !this.dump || this.isCancelled(seq)) return false;
    try {
      const body = readingBody(command, this.dump, new Fields(command, request.arguments));
      if (!body) return false;
      this.respond(request, { success: true, body });
    } catch (error) {
      if (isInternal(error)) this.reportBug(command, error);
      this.respond(request, { success: false, ...failureOf(error, false) });
    }
    this.host.finished(seq);
    return true;
  }

  private async perform(request: Request, report: ProgressReport): Promise<object | undefined> {
    const { seq, command } = request;
    const fields = new Fields(command, request.arguments);
    switch (command) {
      case 'initialize':
        return this.initialize(fields);
      case 'launch':
      case 'attach':
        return this.launch(fields, seq);
      case 'configurationDone':
        return this.configurationDone();
      case 'restart':
        return this.restart(fields, seq);
      case 'cancel':
        return this.cancel(fields);
      case 'disconnect':
        return this.disconnect();
      default:
        return this.ask(request, fields, this.control(seq, report));
    }
  }

  private async ask(
    { command }: Request,
    fields: Fields,
    control: Control,
  ): Promise<object | undefined> {
    const tolerated = toleratedBody(command, fields);
    if (tolerated) return tolerated;
    const ask = dumpRequest(command);
    if (!ask) throw new RefusedError(`unknown request '${safeText(command.slice(0, 80))}'`);
    if (this.hasEnded() || !this.dump) throw new RefusedError(`${command}: no dump is open`);
    if (control.isCancelled()) throw new CancelledError();
    return ask(this.dump, fields, control);
  }

  private initialize(fields: Fields): object {
    if (this.state !== 'new') throw new RefusedError('the session is initialized already');
    this.client = readClient(fields);
    this.state = 'initialized';
    return capabilities;
  }

  private async launch(fields: Fields, seq: number): Promise<undefined> {
    if (this.state === 'new') throw new RefusedError('launch before initialize');
    if (this.hasEnded()) throw new RefusedError('the session has ended');
    if (this.state !== 'initialized') throw new RefusedError('a dump is open already');
    this.state = 'opening';
    const dump = await this.open(readLaunch(fields));
    await this.configured.promise;
    if (this.hasEnded()) throw new CancelledError();
    this.state = 'open';
    await runStartup(dump, this.control(seq, undefined));
    return undefined;
  }

  private async open(attributes: LaunchAttributes): Promise<OpenDump> {
    const { client } = this;
    if (!client) throw new RefusedError('launch before initialize');
    const isCancelled = (): boolean => this.dump?.active?.isCancelled() ?? false;
    const inspector = await this.host.openInspector(attributes, isCancelled);
    const dump = new OpenDump(inspector, attributes, client);
    dump.onShowThread = (thread) =>
      this.event('stopped', {
        reason: 'goto',
        description: 'Thread chosen',
        threadId: thread.id,
        allThreadsStopped: true,
      });
    this.dump?.close();
    this.dump = dump;
    return dump;
  }

  private configurationDone(): undefined {
    if (this.state === 'new') throw new RefusedError('configurationDone before initialize');
    this.configured.fire();
    return undefined;
  }

  /** Reads the file again: it may have been replaced. */
  private async restart(fields: Fields, seq: number): Promise<undefined> {
    if (this.state !== 'open' || !this.dump) throw new RefusedError('restart: no dump is open');
    const given = fields.object('arguments');
    const hasFile = given.has('coreFile') || given.has('program');
    const dump = await this.open(hasFile ? readLaunch(given) : this.dump.attributes);
    await runStartup(dump, this.control(seq, undefined));
    return undefined;
  }

  private cancel(fields: Fields): undefined {
    const progressId = fields.optionalString('progressId');
    const seq =
      fields.optionalInteger('requestId') ??
      (progressId === undefined ? undefined : requestOfProgress(progressId));
    if (seq === undefined) return undefined;
    if (this.running.has(seq)) this.cancelled.add(seq);
    else this.host.finished(seq);
    return undefined;
  }

  /** Ends what runs, so that its requests are answered before this one. */
  private async disconnect(): Promise<undefined> {
    this.state = 'ended';
    this.configured.fire();
    const patience = new Promise((resolve) => setTimeout(resolve, disconnectPatience).unref());
    await Promise.race([Promise.all(this.running.values()), patience]);
    return undefined;
  }

  private afterwards(command: string): void {
    if (command === 'initialize') this.event('initialized', undefined);
    if (command === 'launch' || command === 'attach' || command === 'restart') {
      if (this.dump) announce(this.dump, (event, body) => this.event(event, body));
    }
    if (command === 'disconnect') {
      this.close();
      this.host.end();
    } else if (this.dump?.inspector.hasQuit && !this.hasEnded()) this.fail();
  }

  private control(seq: number, report: ProgressReport | undefined): Control {
    return {
      isCancelled: () => this.isCancelled(seq),
      output: (body) => this.event('output', body),
      progress: (progress) => report?.report(progress),
    };
  }

  private isCancelled(seq: number): boolean {
    return this.hasEnded() || this.cancelled.has(seq) || this.host.isCancelled(seq);
  }

  private hasEnded(): boolean {
    return this.state === 'ended';
  }

  /** Nothing is open, or `::quit`: tells the client to disconnect. */
  private fail(): void {
    this.state = 'ended';
    this.event('terminated', undefined);
  }

  private reportBug(command: string, error: unknown): void {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.complain(`bug while answering ${command}: ${trace}`);
  }

  private respond({ seq, command }: Request, answer: object): void {
    const response: DebugProtocol.Response & { seq: number } = {
      seq: 0,
      type: 'response',
      request_seq: seq,
      command,
      success: true,
      ...answer,
    };
    this.sendResponse(response);
  }

  private event(event: string, body: unknown): void {
    const message: DebugProtocol.Event = { seq: 0, type: 'event', event };
    this.sendEvent(body === undefined ? message : { ...message, body });
  }
}

/** What a progress bar says. */
function titleOf({ command, arguments: given }: Request): string {
  const expression = isObject(given) && 'expression' in given ? given.expression : undefined;
  return typeof expression === 'string' ? expression : command;
}

/** The request in a message; a sentence about what is wrong with it; undefined for an answer, which we never wait for. */
function readRequest(message: unknown): Request | string | undefined {
  if (!isObject(message) || !('type' in message)) return 'a message is no request';
  if (message.type === 'response') return undefined;
  const seq = 'seq' in message ? message.seq : undefined;
  const command = 'command' in message ? message.command : undefined;
  if (message.type !== 'request' || typeof command !== 'string') return 'a message is no request';
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq))
    return `the request '${command.slice(0, 80)}' has no number "seq"`;
  return { seq, command, arguments: 'arguments' in message ? message.arguments : undefined };
}

/** A promise that somebody else fulfils. */
class Signal {
  readonly promise: Promise<void>;
  private resolve: (() => void) | undefined;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  fire(): void {
    this.resolve?.();
  }
}
