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
const ours = /\/(dump-format|debug-adapter|simulator)\/.*\.ts$/;

export class Coverage {
  private readonly session = new Session();
  private readonly blocks = new Set<string>();
  private readonly functions = new Set<string>();

  constructor() {
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Blocks that ran since the last call and never before. */
  take(): number {
    const before = this.blocks.size;
    for (const { scriptId, url, functions } of this.counted()) {
      if (!ours.test(url)) continue;
      const file = url.slice(url.lastIndexOf('/') + 1);
      for (const { functionName, ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue;
          this.blocks.add(`${scriptId}:${startOffset}:${endOffset}`);
          this.functions.add(`${file}:${functionName}`);
        }
    }
    return this.blocks.size - before;
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
