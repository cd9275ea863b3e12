/** Which blocks of our code ran, as V8 counts them: what tells the fuzzer that an input went somewhere new. */
import { Session } from 'node:inspector';

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface ScriptCoverage {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly Range[];
  }[];
}

/** Code whose blocks count: ours, and not the fuzzer's. */
const ours = /\/(cli|dump-format|debug-adapter|simulator)\/.*\.ts$/;

export class Coverage {
  private readonly session = new Session();
  private readonly blocks = new Set<string>();
  private readonly functions = new Set<string>();

  constructor() {
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Blocks that ran since the last look and never before. */
  take(): Set<string> {
    const added = new Set<string>();
    for (const block of this.ran()) {
      if (this.blocks.has(block)) continue;
      this.blocks.add(block);
      added.add(block);
    }
    return added;
  }

  /** Which of the blocks ran since the last look. */
  takeAmong(blocks: ReadonlySet<string>): Set<string> {
    const found = new Set<string>();
    for (const block of this.ran()) {
      this.blocks.add(block);
      if (blocks.has(block)) found.add(block);
    }
    return found;
  }

  get size(): number {
    return this.blocks.size;
  }

  /** `file.ts:name` of a function that ran. */
  has(name: string): boolean {
    return this.functions.has(name);
  }

  close(): void {
    this.session.disconnect();
  }

  private *ran(): Generator<string> {
    for (const { scriptId, url, functions } of this.counted()) {
      if (!ours.test(url)) continue;
      const file = url.slice(url.lastIndexOf('/') + 1);
      for (const { functionName, ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue;
          this.functions.add(`${file}:${functionName}`);
          yield `${scriptId}:${startOffset}:${endOffset}`;
        }
    }
  }

  /** The inspector answers at once: it is this thread's own. */
  private counted(): readonly ScriptCoverage[] {
    let result: readonly ScriptCoverage[] = [];
    this.session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error) throw error;
      result = answer.result;
    });
    return result;
  }
}
