/** One completion, as console and editor take it. */

export interface Completion {
  readonly text: string;
  readonly kind:
    'dcmd' | 'walker' | 'type' | 'member' | 'symbol' | 'variable' | 'option' | 'format';
  /** Range of the line that the text replaces. */
  readonly start: number;
  readonly end: number;
  readonly detail?: string;
}
