/** Who executes next: the orders that a schedule gives, and how a run under a schedule ends. */
import type { Machine, StopReason } from './machine/machine.ts';

/** One thing that happens on the machine. A list of these, as JSON, replays a run exactly. */
export type Order =
  | { readonly kind: 'execute'; readonly cpu: number; readonly steps: number }
  | { readonly kind: 'drain'; readonly cpu: number; readonly sequence?: number }
  | { readonly kind: 'hold'; readonly cpu: number; readonly isHeld: boolean }
  /** Address as hexadecimal text without 0x. */
  | {
      readonly kind: 'prefetch';
      readonly cpu: number;
      readonly address: string;
      readonly size: number;
    }
  | { readonly kind: 'interrupt'; readonly cpu: number; readonly vector: number }
  /** A device writes `bytes` (hexadecimal text) at a physical address. */
  | { readonly kind: 'dma'; readonly address: string; readonly bytes: string }
  | { readonly kind: 'idle' };

/** Gives orders one at a time. It may look at the machine and must not change it. */
export interface Schedule {
  /** `stops` is a union of `stopAt`: an execution may end early there. Undefined ends the run: a forced dump. */
  next(machine: Machine): (Order & { readonly stops?: number }) | undefined;
}

export interface RunLimits {
  /** Steps of the whole machine, counted from the start of the run; default 50,000,000. */
  readonly steps?: number;
}

export interface Outcome {
  /**
   * `deadlock`: no CPU can make a step and no timer is armed. `limit`: the step limit was reached. `schedule-end`: the schedule had nothing more to say
   * (a forced dump). `schedule-error`: the schedule asks for what can't be (its `detail` says what).
   */
  readonly reason: StopReason | 'deadlock' | 'limit' | 'schedule-end' | 'schedule-error';
  /** The CPU that stopped the machine, or the one that executed last. */
  readonly cpu: number;
  readonly detail: string;
  /** What happened, merged: replays the run. */
  readonly orders: readonly Order[];
  readonly steps: number;
}
