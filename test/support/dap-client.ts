/** A strict client of the Debug Adapter Protocol: every message in both directions is held against the protocol's own schema. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { encodeMessage, MessageReader } from '../../debug-adapter/dap/framing.ts';
import { projectRoot } from './grammars.ts';

const schema: unknown = JSON.parse(
  readFileSync(join(projectRoot, 'test/dap/debugAdapterProtocol.json'), 'utf8'),
);

/** What a read-only target never sends. */
const forbiddenEvents = ['continued', 'exited', 'breakpoint', 'memory', 'thread'];

export interface DapResponse {
  readonly request_seq: number;
  readonly success: boolean;
  readonly command: string;
  readonly message?: string;
  readonly body: Record<string, unknown>;
}

export interface DapEvent {
  readonly event: string;
  readonly body: Record<string, unknown>;
}

type Message = Record<string, unknown>;

/** One adapter process. */
export class DapClient {
  readonly events: DapEvent[] = [];
  /** Everything received, in order: `response launch`, `event stopped`. */
  readonly received: string[] = [];
  readonly child: ChildProcessWithoutNullStreams;
  readonly exit: Promise<number | null>;
  errors = '';
  private sequence = 0;
  private lastReceived = 0;
  private readonly waiting = new Map<number, (response: DapResponse) => void>();
  private readonly answered = new Set<number>();
  private readonly listeners = new Set<() => void>();
  private broken: Error | undefined;

  constructor(program: string, words: readonly string[] = []) {
    this.child = spawn(process.execPath, [program, ...words], { stdio: 'pipe' });
    this.exit = new Promise((resolve) => this.child.once('exit', (status) => resolve(status)));
    const reader = new MessageReader(
      (message) => this.receive(message),
      (problem) => this.break(new Error(`the adapter's stream: ${problem.text}`)),
    );
    this.child.stdout.on('data', (chunk: Buffer) => reader.push(chunk));
    this.child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString('utf8')));
    this.child.stdin.on('error', () => undefined);
    void this.exit.then(() => {
      for (const listener of this.listeners) listener();
    });
  }

  /** Sends a request that the schema allows, and waits for its answer, good or bad. */
  request(command: string, words?: object): Promise<DapResponse> {
    const message = this.next(command, words);
    checkMessage(message);
    return this.send(message);
  }

  /** The same without looking at the schema: what a broken client sends. */
  requestAnything(command: unknown, words?: unknown): Promise<DapResponse> {
    return this.send(this.next(command, words));
  }

  /** The body of a request that has to succeed. */
  async ask(command: string, words?: object): Promise<Record<string, unknown>> {
    const response = await this.request(command, words);
    assert.ok(response.success, `${command}: ${response.message}`);
    return response.body;
  }

  /** The message of a request that has to fail. */
  async refused(command: string, words?: object): Promise<string> {
    const response = await this.request(command, words);
    assert.equal(response.success, false, `${command} succeeded`);
    return response.message ?? '';
  }

  /** `seq` that the next request will have. */
  get nextSequence(): number {
    return this.sequence + 1;
  }

  write(bytes: Uint8Array): void {
    this.child.stdin.write(bytes);
  }

  /** The first event of that name, past or to come. */
  async event(
    name: string,
    isWanted: (event: DapEvent) => boolean = () => true,
  ): Promise<DapEvent> {
    for (;;) {
      const found = this.events.find((event) => event.event === name && isWanted(event));
      if (found) return found;
      if (this.child.exitCode !== null)
        throw new Error(`no event '${name}': the adapter has ended`);
      await new Promise<void>((resolve) => this.listeners.add(resolve));
      if (this.broken) throw this.broken;
    }
  }

  /** Opens a dump the way VS Code does; resolves when it is paused. */
  async open(attributes: object, initialize: object = {}): Promise<DapEvent> {
    await this.ask('initialize', { adapterID: 'corewalk', ...initialize });
    await this.event('initialized');
    const launched = this.request('launch', attributes);
    await this.ask('configurationDone');
    const { success, message } = await launched;
    assert.ok(success, message);
    return this.event('stopped');
  }

  /** Disconnects; resolves to the exit status. */
  async close(): Promise<number | null> {
    if (this.child.exitCode === null) await this.ask('disconnect');
    const status = await this.exit;
    if (this.broken) throw this.broken;
    return status;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private next(command: unknown, words: unknown): Message {
    const message = { seq: ++this.sequence, type: 'request', command };
    return words === undefined ? message : { ...message, arguments: words };
  }

  private send(message: Message): Promise<DapResponse> {
    return new Promise((resolve, reject) => {
      if (this.broken) {
        reject(this.broken);
        return;
      }
      this.waiting.set(Number(message['seq']), resolve);
      this.write(encodeMessage(JSON.stringify(message)));
    });
  }

  private receive(message: unknown): void {
    try {
      this.check(message);
    } catch (error) {
      this.break(error instanceof Error ? error : new Error(String(error)));
    }
    const listeners = Array.from(this.listeners);
    this.listeners.clear();
    for (const listener of listeners) listener();
  }

  private check(value: unknown): void {
    assert.ok(isMessage(value), 'a message is an object');
    assert.equal(value['seq'], ++this.lastReceived, 'seq counts up by one');
    checkMessage(value);
    const body = isMessage(value['body']) ? value['body'] : {};
    if (value['type'] === 'event') {
      const event = String(value['event']);
      assert.ok(!forbiddenEvents.includes(event), `event '${event}' from a dump`);
      this.received.push(`event ${event}`);
      this.events.push({ event, body });
      return;
    }
    const seq = Number(value['request_seq']);
    assert.ok(!this.answered.has(seq), `request ${seq} is answered twice`);
    this.answered.add(seq);
    this.received.push(`response ${String(value['command'])}`);
    const message = value['message'];
    const response: DapResponse = {
      request_seq: seq,
      success: value['success'] === true,
      command: String(value['command']),
      body,
      ...(typeof message === 'string' && { message }),
    };
    this.waiting.get(seq)?.(response);
    this.waiting.delete(seq);
  }

  private break(error: Error): void {
    this.broken ??= error;
    this.kill();
  }
}

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const validators = new Map<string, ValidateFunction>();

/** @throws AssertionError when the message is not what the protocol's schema says of its kind */
export function checkMessage(message: Message): void {
  const name = definitionOf(message);
  const validate = validatorOf(name) ?? validatorOf(baseOf(message));
  assert.ok(validate, `no definition for ${name}`);
  if (!validate(message))
    assert.fail(`${name}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(message)}`);
}

function definitionOf(message: Message): string {
  const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
  if (message['type'] === 'event') return `${capital(String(message['event']))}Event`;
  if (message['type'] === 'request') return `${capital(String(message['command']))}Request`;
  return message['success'] === true
    ? `${capital(String(message['command']))}Response`
    : 'ErrorResponse';
}

/** For custom requests: what every message has. */
function baseOf(message: Message): string {
  return message['type'] === 'request' ? 'Request' : 'Response';
}

function validatorOf(name: string): ValidateFunction | undefined {
  const known = validators.get(name);
  if (known) return known;
  assert.ok(isMessage(schema) && isMessage(schema['definitions']));
  if (!(name in schema['definitions'])) return undefined;
  const { $schema: _, ...rest } = schema;
  const validate = ajv.compile({ ...rest, $ref: `#/definitions/${name}` });
  validators.set(name, validate);
  return validate;
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
