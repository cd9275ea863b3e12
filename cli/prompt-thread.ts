/** The engine of a prompt, in a thread of its own: so that ^C is heard in the middle of a command. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { CancelledError, errorRow } from '../debug-adapter/commands/command.ts';
import { isObject } from '../debug-adapter/dap/fields.ts';
import { rowLine } from '../debug-adapter/dap/row-text.ts';
import type { Inspector } from '../debug-adapter/inspector.ts';
import { openConsole, startLines } from './open-console.ts';
import type { PromptData, ToEngine, ToTerminal } from './prompt-messages.ts';
import { bannerText, promptText } from './prompt-text.ts';
import { warningLine } from './warnings.ts';

/** Characters sent at once, and pieces on their way to a terminal that is slower than the engine. */
const pieceSize = 16 * 1024;
const piecesUnderWay = 16;

/** Milliseconds that a row may wait for others. */
const sendInterval = 50;

export async function runPromptThread(): Promise<void> {
  const data: unknown = workerData;
  if (!parentPort || !isPromptData(data)) throw new Error('not in a thread of the console');
  const port = parentPort;
  try {
    const inspector = await openConsole(data.console, {
      isInteractive: true,
      isCancelled: () => Atomics.load(data.interrupt, 0) !== 0,
    });
    await new PromptEngine(port, data, inspector).begin();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    port.postMessage({ kind: 'failed', text } satisfies ToTerminal);
  }
}

class PromptEngine {
  private readonly port: MessagePort;
  private readonly data: PromptData;
  private readonly inspector: Inspector;
  /** Text that was not sent yet, and when some was sent last. */
  private pending = '';
  private lastSent = 0;
  private underWay = 0;
  private wake: (() => void) | undefined;

  constructor(port: MessagePort, data: PromptData, inspector: Inspector) {
    this.port = port;
    this.data = data;
    this.inspector = inspector;
    port.on('message', (message: ToEngine) => this.hear(message));
    inspector.onProgress = (progress) => {
      // What came before a long silence is shown now.
      this.send();
      this.post({ kind: 'progress', ...progress });
    };
  }

  async begin(): Promise<void> {
    for (const warning of this.inspector.target.warnings)
      this.post({ kind: 'errors', text: warningLine(warning) });
    this.post({ kind: 'text', text: bannerText(this.inspector.target, this.data.isColoured) });
    for (const line of startLines(this.data.console)) await this.run(line);
    this.ready();
  }

  private hear(message: ToEngine): void {
    switch (message.kind) {
      case 'line':
        void this.run(message.line).then(() => this.ready());
        break;
      case 'complete': {
        const { id, line, position } = message;
        this.post({ kind: 'completions', id, found: this.inspector.complete(line, position) });
        break;
      }
      case 'columns':
        this.inspector.session.settings.columns = message.columns;
        break;
      case 'taken':
        this.underWay--;
        this.wake?.();
        break;
    }
  }

  private async run(line: string): Promise<void> {
    const { isColoured, interrupt } = this.data;
    this.lastSent = 0;
    for (const row of this.inspector.execute(line)) {
      this.pending += `${rowLine(row, isColoured)}\n`;
      if (Atomics.load(interrupt, 0) !== 0) {
        // Said once: the engine says it too when a checkpoint has stopped it.
        const said = errorRow(new CancelledError().message);
        if (!row.isError) this.pending += `${rowLine(said, isColoured)}\n`;
        break;
      }
      if (this.pending.length < pieceSize && performance.now() - this.lastSent < sendInterval)
        continue;
      this.send();
      while (this.underWay > piecesUnderWay)
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
    this.send();
  }

  private ready(): void {
    const { session, hasQuit } = this.inspector;
    this.post({ kind: 'ready', prompt: promptText(session), hasQuit });
  }

  private send(): void {
    if (this.pending === '') return;
    this.post({ kind: 'text', text: this.pending });
    this.pending = '';
    this.lastSent = performance.now();
    this.underWay++;
  }

  private post(message: ToTerminal): void {
    this.port.postMessage(message);
  }
}

function isPromptData(data: unknown): data is PromptData {
  return isObject(data) && 'kind' in data && data.kind === 'prompt';
}
