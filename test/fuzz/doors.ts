/** The doors through which a file comes in: the command line and the debug adapter, each as a user has it, in this process. */
import { rmSync, writeSync, openSync, ftruncateSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInspector } from '../../debug-adapter/dap/open-inspector.ts';
import { Session } from '../../debug-adapter/dap/session.ts';
import { runWords } from '../../cli/run-words.ts';

/** What no door may let through: controls but line ends and tabs, and marks that hide or turn text. */
const forbidden = /[^\P{Cc}\n\t]|\p{Cf}/u;

/** What tells that something of ours broke. */
const broken = /\[object|\bNaN\b|internal error|bug while answering/i;

/** The file of this process: named when it is first written to, gone when the process ends. */
class InputFile {
  readonly path: string;
  private readonly descriptor: number;

  constructor() {
    this.path = join(tmpdir(), `corewalk-fuzz-${process.pid}`);
    this.descriptor = openSync(this.path, 'w+');
    process.once('exit', () => {
      closeSync(this.descriptor);
      rmSync(this.path, { force: true });
    });
  }

  write(bytes: Uint8Array): void {
    put(this.descriptor, bytes);
  }
}

// Those of before a guard stands.
const [write, truncate] = [writeSync, ftruncateSync];

function put(descriptor: number, bytes: Uint8Array): void {
  truncate(descriptor, 0);
  write(descriptor, bytes, 0, bytes.length, 0);
}

let file: InputFile | undefined;

/** Makes the file and loads what a door loads when it is first used: before a guard is put up. */
export async function openDoors(): Promise<void> {
  file ??= new InputFile();
  await throughCommandLine(new Uint8Array(4), ['::status']);
  await throughAdapter(new Uint8Array(4), []);
}

/** What a program printed. */
export interface Printed {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/**
 * `corewalk -e LINE… FILE`.
 *
 * @throws what is not said in plain words; Error when the text is not fit for a terminal, or the exit status is none of its own
 */
export async function throughCommandLine(
  bytes: Uint8Array,
  lines: readonly string[],
): Promise<Printed> {
  const words = ['-S', '--color', 'never', ...lines.flatMap((line) => ['-e', line])];
  return commandLine(bytes, words);
}

/** The same with other words; the file is the last one. */
export async function commandLine(bytes: Uint8Array, words: readonly string[]): Promise<Printed> {
  file ??= new InputFile();
  file.write(bytes);
  const texts = { output: '', errors: '' };
  const release = [
    capture(process.stdout, (text) => (texts.output += text)),
    capture(process.stderr, (text) => (texts.errors += text)),
  ];
  let status: number;
  try {
    status = await runWords([...words, file.path], {
      output: process.stdout,
      errors: process.stderr,
      input: process.stdin,
      environment: {},
      program: '',
    });
  } finally {
    for (const each of release) each();
  }
  for (const text of [texts.output, texts.errors]) assertFit(text);
  if (![0, 1, 3].includes(status)) throw new Error(`exit status ${status}: ${texts.errors}`);
  if (status === 1 && texts.errors === '' && !texts.output.includes('mdb:'))
    throw new Error('exit status 1 without a word');
  return { status, ...texts };
}

function capture(stream: NodeJS.WriteStream, take: (text: string) => void): () => void {
  const before = stream.write;
  stream.write = (chunk: string | Uint8Array): boolean => {
    take(typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk));
    return true;
  };
  return () => void (stream.write = before);
}

/** What an adapter said, in order. */
export type Answers = readonly { readonly type: string; readonly json: string }[];

const openingOf = (path: string): readonly { command: string; arguments?: object }[] => [
  { command: 'initialize', arguments: { adapterID: 'corewalk' } },
  { command: 'launch', arguments: { coreFile: path } },
  { command: 'configurationDone' },
];

/**
 * A session of the debug adapter: it opens the file, then makes these requests.
 *
 * @throws Error when a request is not answered once, when something of ours broke, or text is not fit for an editor
 */
export async function throughAdapter(
  bytes: Uint8Array,
  requests: readonly { readonly command: string; readonly arguments?: object }[],
): Promise<Answers> {
  file ??= new InputFile();
  file.write(bytes);
  const { path } = file;
  const answers: { type: string; json: string }[] = [];
  const session = new Session({
    openInspector: () => openInspector(path, { allows: 'files' }),
    isCancelled: () => false,
    finished: () => {},
    end: () => {},
  });
  session.onDidSendMessage((message) =>
    answers.push({
      type: 'event' in message ? 'event' : 'response',
      json: JSON.stringify(message),
    }),
  );
  const opening = openingOf(path);
  for (const [index, request] of [...opening, ...requests].entries()) {
    if (index === opening.length) await settled(answers, opening.length);
    session.handleMessage({ seq: index + 1, type: 'request', ...request });
  }
  await settled(answers, opening.length + requests.length);
  await session.leave();
  for (const { json } of answers) {
    if (broken.test(json)) throw new Error(json);
    for (const text of strings(JSON.parse(json))) assertFit(text);
  }
  const count = answers.filter(({ type }) => type === 'response').length;
  if (count !== opening.length + requests.length) throw new Error(`${count} answers`);
  return answers;
}

/** Milliseconds that the requests of a small dump may take together. */
const patience = 20_000;

/** Turns of the event loop after which it is waited by the clock: what unpacks a file runs in threads of its own. */
const quickTurns = 200;

async function settled(answers: Answers, count: number): Promise<void> {
  const start = performance.now();
  for (let turn = 0; performance.now() - start < patience; turn++) {
    if (answers.filter(({ type }) => type === 'response').length >= count) return;
    await new Promise((resolve) =>
      turn < quickTurns ? setImmediate(resolve) : setTimeout(resolve, 1),
    );
  }
}

function assertFit(text: string): void {
  const found = forbidden.exec(text);
  if (found) {
    const around = text.slice(Math.max(0, found.index - 80), found.index + 20);
    throw new Error(`a control gets out: ${JSON.stringify(around)}`);
  }
  if (broken.test(text)) throw new Error(`not fit to be read: ${text.slice(0, 2000)}`);
}

function* strings(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null)
    for (const each of Object.values(value)) yield* strings(each);
}

/** Requests that ask a dump for what an editor shows of it. */
export const editorRequests = [
  { command: 'threads' },
  { command: 'stackTrace', arguments: { threadId: 1, startFrame: 0, levels: 20 } },
  { command: 'scopes', arguments: { frameId: 1 } },
  { command: 'variables', arguments: { variablesReference: 1 } },
  { command: 'evaluate', arguments: { expression: '::status', context: 'repl' } },
  { command: 'evaluate', arguments: { expression: '::check', context: 'repl' } },
  { command: 'evaluate', arguments: { expression: 'nodes', context: 'hover' } },
  { command: 'corewalk/summary' },
  { command: 'corewalk/tree', arguments: {} },
];
