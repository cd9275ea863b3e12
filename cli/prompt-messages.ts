/** What the terminal and the engine's thread say to each other. */
import type { Completion } from '../debug-adapter/inspector.ts';
import type { ConsoleData } from './open-console.ts';

/** What the thread is started with. */
export interface PromptData {
  readonly kind: 'prompt';
  readonly console: ConsoleData;
  readonly isColoured: boolean;
  /** One word: not 0 from ^C until the next line is run. */
  readonly interrupt: Int32Array<SharedArrayBuffer>;
}

/** What the engine says. */
export type ToTerminal =
  | { readonly kind: 'text' | 'errors'; readonly text: string }
  | {
      readonly kind: 'progress';
      readonly done: number;
      readonly total?: number;
      readonly what: string;
    }
  | { readonly kind: 'ready'; readonly prompt: string; readonly hasQuit: boolean }
  | { readonly kind: 'completions'; readonly id: number; readonly found: readonly Completion[] }
  | { readonly kind: 'failed'; readonly text: string };

/** What the terminal says. `taken`: a piece of text has been written. */
export type ToEngine =
  | { readonly kind: 'line'; readonly line: string }
  | {
      readonly kind: 'complete';
      readonly id: number;
      readonly line: string;
      readonly position: number;
    }
  | { readonly kind: 'columns'; readonly columns: number }
  | { readonly kind: 'taken' };
