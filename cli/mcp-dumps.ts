/** The dumps that a client of `corewalk mcp` has open, by the names it calls them. */
import { basename, resolve } from 'node:path';
import { UsageError } from '../dump-format/errors.ts';
import { Fields } from '../debug-adapter/dap/fields.ts';
import { openInspector } from '../debug-adapter/dap/open-inspector.ts';
import type { Inspector } from '../debug-adapter/inspector.ts';
import { answerTool, type ToolAnswer } from '../debug-adapter/tools/answer.ts';

/** Dumps open at a time. */
export const openDumpLimit = 4;

/** Milliseconds that one line may run. */
export const lineTimeLimit = 60_000;

/** One dump. Its lines run one after the other, however the client asks. */
export class ToolDump {
  /** `dump1`. */
  readonly name: string;
  readonly file: string;
  private readonly inspector: Inspector;
  private readonly timer: Timer;
  private last: Promise<unknown> = Promise.resolve();

  constructor(name: string, file: string, inspector: Inspector, timer: Timer) {
    this.name = name;
    this.file = file;
    this.inspector = inspector;
    this.timer = timer;
  }

  /** @throws what `answerTool` throws; CancelledError after `lineTimeLimit` */
  answer(tool: string, input: unknown, isCancelled: () => boolean): Promise<ToolAnswer> {
    const run = (): Promise<ToolAnswer> => {
      this.timer.deadline = performance.now() + lineTimeLimit;
      const isOver = (): boolean => isCancelled() || performance.now() > this.timer.deadline;
      return answerTool(this.inspector, tool, new Fields(tool, input), { isCancelled: isOver });
    };
    const answer = this.last.then(run, run);
    this.last = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    this.inspector.target.dump.close();
  }
}

/** When the running line has to end. */
interface Timer {
  deadline: number;
}

export class ToolDumps {
  private readonly allowed: readonly string[];
  private readonly open = new Map<string, ToolDump>();
  private count = 0;
  private opening: Promise<unknown> = Promise.resolve();

  /** @param allowed absolute paths of the only dumps that may be opened; any when empty */
  constructor(allowed: readonly string[]) {
    this.allowed = allowed;
  }

  /** Paths that the user named. */
  get offered(): readonly string[] {
    return this.allowed;
  }

  /**
   * Opens a dump, or finds it open.
   *
   * @throws UsageError when it isn't among those allowed, or too many are open; FormatError when it is no dump
   */
  openFile(path: string): Promise<ToolDump> {
    // One after the other: two questions at once do not open a dump twice, nor one too many.
    const opened = this.opening.then(() => this.openNow(path));
    this.opening = opened.catch(() => undefined);
    return opened;
  }

  private async openNow(path: string): Promise<ToolDump> {
    const file = resolve(path);
    for (const each of this.open.values()) if (each.file === file) return each;
    if (this.allowed.length > 0 && !this.allowed.includes(file)) {
      const names = this.allowed.map((each) => basename(each)).join(', ');
      throw new UsageError(`only these dumps may be opened here: ${names}`);
    }
    if (this.open.size >= openDumpLimit)
      throw new UsageError(`${openDumpLimit} dumps are open; close one first`);
    const timer: Timer = { deadline: Infinity };
    const inspector = await openInspector(file, {
      allows: 'nothing',
      isCancelled: () => performance.now() > timer.deadline,
    });
    this.count += 1;
    const dump = new ToolDump(`dump${this.count}`, file, inspector, timer);
    this.open.set(dump.name, dump);
    return dump;
  }

  /** The dump of that name; without a name, the only one, or the one that may be opened. @throws UsageError */
  async find(name: string | undefined): Promise<ToolDump> {
    const [first, another] = this.open.values();
    if (name !== undefined) {
      const found = this.open.get(name);
      if (found) return found;
      const names = [...this.open.keys()].join(', ') || 'none';
      throw new UsageError(`no dump '${name}' is open; open: ${names}`);
    }
    if (first && !another) return first;
    if (first) throw new UsageError(`which dump? open: ${[...this.open.keys()].join(', ')}`);
    const [only, more] = this.allowed;
    if (only !== undefined && more === undefined) return this.openFile(only);
    throw new UsageError('no dump is open: call open with its path first');
  }

  /** @throws UsageError when no dump of that name is open */
  async close(name: string): Promise<void> {
    const dump = await this.find(name);
    dump.close();
    this.open.delete(dump.name);
  }

  closeAll(): void {
    for (const dump of this.open.values()) dump.close();
    this.open.clear();
  }
}
