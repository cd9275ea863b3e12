/** What a tool for a language model is: a question about one dump that becomes one line of the mdb language. */
import type { Fields } from '../dap/fields.ts';

/** JSON Schema of one input. */
export interface InputProperty {
  readonly type: 'string' | 'integer';
  /** What it is, for the model. */
  readonly description: string;
  readonly minimum?: number;
}

export interface Tool {
  /** `check`. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** For the model: what the answer holds, and when to ask. */
  readonly description: string;
  /** Beside `start`, which every tool takes. */
  readonly inputs: Readonly<Record<string, InputProperty>>;
  readonly required: readonly string[];
  /** The line that answers. @throws UsageError for input that is no such thing */
  line(input: Fields): string;
}
