/** A guided investigation: from a panic to its cause by lines that the reader types, each answer checked by what the dump printed. */

export interface Investigation {
  /** `illumos`: what it is called by. */
  readonly name: string;
  readonly title: string;
  /** The bundled scenario and variant whose dump it runs on. */
  readonly scenario: string;
  readonly variant: string;
  /** Paragraphs before the first step. */
  readonly introduction: string;
  readonly steps: readonly Step[];
  /** Paragraphs after the last: what really happened, and how it was mended. */
  readonly ending: string;
  /** Where the story comes from: project and commit, issue or review. */
  readonly source: string;
}

export interface Step {
  readonly title: string;
  /** What to find out, and why now. */
  readonly task: string;
  /** For a reader who is stuck: which command to look at. */
  readonly hint: string;
  /** A line that answers; there are others. Of what was printed so far where an address comes from there. */
  readonly answer: string | ((seen: string) => string);
  /** All of these have to be in the output of a line for it to be an answer. */
  readonly sees: readonly RegExp[];
  /** What the output means. */
  readonly meaning: string;
}

/** Characters of output that a reading keeps, for answers that rest on what was printed. */
const seenLimit = 100_000;

/** Where a reader is in an investigation. */
export class Reading {
  readonly investigation: Investigation;
  private done = 0;
  /** Everything that lines have printed. */
  private seen = '';

  constructor(investigation: Investigation) {
    this.investigation = investigation;
  }

  /** The step that waits for an answer; undefined at the end. */
  get step(): Step | undefined {
    return this.investigation.steps[this.done];
  }

  /** A line that answers the waiting step. */
  get answer(): string | undefined {
    const answer = this.step?.answer;
    return typeof answer === 'function' ? answer(this.seen) : answer;
  }

  /** Index of the waiting step: as many are answered. */
  get position(): number {
    return this.done;
  }

  /**
   * Takes what a line printed.
   *
   * @returns the step that it answers, which is behind the reader then; undefined when it answers nothing
   */
  take(output: string): Step | undefined {
    const { step } = this;
    this.seen = `${this.seen}\n${output}`.slice(-seenLimit);
    if (step === undefined || !step.sees.every((pattern) => pattern.test(output))) return undefined;
    this.done += 1;
    return step;
  }

  /** Goes on without an answer. */
  skip(): void {
    if (this.step !== undefined) this.done += 1;
  }
}
