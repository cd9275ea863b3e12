/** The prompt: line editing, history and completion here, the engine in a thread. */
import { createInterface, type Interface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { exitStatus, type Terminal } from './command.ts';
import type { ConsoleData } from './open-console.ts';
import { openHistory, type History } from './history.ts';
import type { RowFormat } from './output.ts';
import { ProgressLine } from './progress-line.ts';
import type { PromptData, ToEngine, ToTerminal } from './prompt-messages.ts';

/** Milliseconds after which a command that does not stop is offered to be killed, with the session. */
const interruptPatience = 2000;

/** Runs until the user leaves; the exit status. */
export function runPrompt(
  data: ConsoleData,
  format: RowFormat,
  terminal: Terminal,
): Promise<number> {
  return new Promise((end) => {
    const prompt = new Prompt(data, format === 'coloured', terminal, end);
    prompt.begin();
  });
}

type Completer = (error: null, found: [string[], string]) => void;

class Prompt {
  private readonly terminal: Terminal;
  private readonly engine: Worker;
  private readonly interrupt = new Int32Array(new SharedArrayBuffer(4));
  private readonly history: History;
  private readonly lines: Interface;
  private readonly end: (status: number) => void;
  /** Lines that were typed or pasted while a command ran. */
  private readonly waiting: string[] = [];
  private readonly completers = new Map<
    number,
    { readonly line: string; readonly done: Completer }
  >();
  private lastCompletion = 0;
  private isRunning = true;
  private interruptedAt: number | undefined;
  private progress: ProgressLine;

  constructor(
    console: ConsoleData,
    isColoured: boolean,
    terminal: Terminal,
    end: (status: number) => void,
  ) {
    const data: PromptData = { kind: 'prompt', console, isColoured, interrupt: this.interrupt };
    this.terminal = terminal;
    this.end = end;
    this.progress = new ProgressLine(terminal);
    this.engine = new Worker(terminal.program, { workerData: data, stdin: true });
    this.history = openHistory(terminal.environment);
    this.lines = createInterface({
      input: terminal.input,
      output: terminal.output,
      terminal: true,
      history: [...this.history.lines],
      historySize: this.history.limit,
      removeHistoryDuplicates: true,
      completer: (line: string, done: Completer) => this.complete(line, done),
    });
  }

  begin(): void {
    const { engine, lines, terminal } = this;
    this.lendTerminal();
    engine.on('message', (message: ToTerminal) => this.hear(message));
    engine.on('error', (error) => this.fail(error.stack ?? error.message));
    lines.on('line', (line) => this.take(line));
    lines.on('SIGINT', () => this.dropLine());
    lines.on('close', () => this.leave(exitStatus.ok));
    process.on('SIGINT', () => this.stopCommand());
    terminal.output.on('resize', () =>
      this.say({ kind: 'columns', columns: terminal.output.columns }),
    );
  }

  private take(line: string): void {
    if (this.isRunning) {
      this.waiting.push(line);
      return;
    }
    this.history.add(line);
    this.isRunning = true;
    this.interruptedAt = undefined;
    Atomics.store(this.interrupt, 0, 0);
    this.progress = new ProgressLine(this.terminal);
    this.lendTerminal();
    this.say({ kind: 'line', line });
  }

  private hear(message: ToTerminal): void {
    switch (message.kind) {
      case 'text':
        this.progress.end();
        this.terminal.output.write(message.text, () => this.say({ kind: 'taken' }));
        break;
      case 'errors':
        this.terminal.errors.write(message.text);
        break;
      case 'progress':
        this.progress.report(message);
        break;
      case 'ready':
        this.ready(message.prompt, message.hasQuit);
        break;
      case 'completions': {
        const asked = this.completers.get(message.id);
        this.completers.delete(message.id);
        const start = message.found[0]?.start ?? asked?.line.length ?? 0;
        const texts = message.found.map(({ text }) => text);
        asked?.done(null, [texts, asked.line.slice(start)]);
        break;
      }
      case 'failed':
        this.fail(message.text);
        break;
    }
  }

  private ready(prompt: string, hasQuit: boolean): void {
    this.progress.end();
    if (hasQuit) {
      this.leave(exitStatus.ok);
      return;
    }
    this.isRunning = false;
    this.lines.setPrompt(prompt);
    const next = this.waiting.shift();
    if (next !== undefined) {
      this.terminal.output.write(`${prompt}${next}\n`);
      this.take(next);
      return;
    }
    this.terminal.input.setRawMode(true);
    this.lines.resume();
    this.lines.prompt();
  }

  /** While a command runs the terminal makes signals of keys again: ^C is heard however busy the line editor is. */
  private lendTerminal(): void {
    this.lines.pause();
    this.terminal.input.setRawMode(false);
  }

  private stopCommand(): void {
    const now = performance.now();
    if (this.interruptedAt !== undefined && now - this.interruptedAt > interruptPatience) {
      this.terminal.errors.write('\ncorewalk: the command did not stop; the session is over\n');
      this.leave(exitStatus.failed);
      return;
    }
    this.interruptedAt ??= now;
    this.waiting.length = 0;
    Atomics.store(this.interrupt, 0, 1);
  }

  /** ^C at the prompt: the line is thrown away. */
  private dropLine(): void {
    this.terminal.output.write('^C\n');
    this.lines.write(null, { ctrl: true, name: 'e' });
    this.lines.write(null, { ctrl: true, name: 'u' });
    this.lines.prompt();
  }

  private complete(line: string, done: Completer): void {
    const id = ++this.lastCompletion;
    this.completers.set(id, { line, done });
    this.say({ kind: 'complete', id, line, position: line.length });
  }

  private say(message: ToEngine): void {
    this.engine.postMessage(message);
  }

  private fail(text: string): void {
    this.terminal.errors.write(`corewalk: ${text}\n`);
    this.leave(exitStatus.failed);
  }

  private leave(status: number): void {
    this.lines.removeAllListeners('close');
    this.lines.close();
    void this.engine.terminate();
    this.end(status);
  }
}
