/** Who executes next: the orders that a schedule gives, and how a run under a schedule ends. */
import { UsageError } from '../dump-format/errors.ts';
import type { ExecuteResult, Machine, StopReason } from './machine/machine.ts';

/** One thing that happens on the machine. A list of these, as JSON, replays a run exactly. */
export type Order =
  | { readonly kind: 'execute'; readonly cpu: number; readonly steps: number }
  /** Without `sequence` the oldest store. */
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
  /** All CPUs wait: time moves to the next timer. */
  | { readonly kind: 'idle' };

/** An order and, for an execution, where it may end early. */
export type Directive = Order & {
  /** Union of `stopAt`. */
  readonly stops?: number;
  /** What `stopAt.breakpoint` stands for from now on. */
  readonly breakpoints?: readonly bigint[];
};

/** How the last directive went. */
export interface Progress {
  /** Steps made. */
  readonly steps: number;
  /** Of an execution; `halted` also when the CPU could not begin. Otherwise `budget`. */
  readonly result: ExecuteResult;
}

/** Gives directives one at a time. It may look at the machine and must not change it. */
export interface Schedule {
  /**
   * Undefined ends the run: a forced dump.
   *
   * @param last how the directive before went; undefined at the start
   * @throws UsageError when the schedule can't go on
   */
  next(machine: Machine, last: Progress | undefined): Directive | undefined;
}

export interface RunLimits {
  /** Steps of the whole machine, counted from the start of the run; default `defaultStepLimit`. */
  readonly steps?: number;
}

export const defaultStepLimit = 50_000_000;
/** Directives in a row that may lead to nothing. */
export const maximumIdleDirectives = 10_000;

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

/** Runs a machine until it stops, the schedule ends, or a limit is reached. */
export function run(machine: Machine, schedule: Schedule, limits: RunLimits = {}): Outcome {
  const recorder = new OrderRecorder();
  const start = machine.steps;
  const limit = limits.steps ?? defaultStepLimit;
  let cpu = 0;
  let fruitless = 0;
  let last: Progress | undefined;
  const end = (reason: Outcome['reason'], detail: string): Outcome => {
    machine.quiesce();
    return { reason, cpu, detail, orders: recorder.orders(), steps: machine.steps - start };
  };
  try {
    for (;;) {
      if (machine.stop) {
        cpu = machine.stop.cpu;
        return end(machine.stop.reason, machine.stop.detail);
      }
      const left = limit - (machine.steps - start);
      if (left <= 0) return end('limit', `${limit} steps made; ${whereAll(machine)}`);
      // What is due by age or time happens before anybody decides, so that recorded orders meet the same machine.
      machine.canExecute(0);
      const directive = schedule.next(machine, last);
      if (!directive) return end('schedule-end', whereAll(machine));
      const needsCpu = directive.kind === 'execute' || directive.kind === 'idle';
      if (needsCpu && !canProceed(machine, directive)) {
        recorder.add({ kind: 'idle' });
        if (!machine.skipIdleTime()) return end('deadlock', whereAll(machine));
      }
      last = apply(machine, directive, left);
      if (directive.kind === 'execute') {
        cpu = directive.cpu;
        recorder.addSteps(cpu, last.steps);
      } else if (directive.kind !== 'idle') recorder.add(directive);
      fruitless = last.steps > 0 || !needsCpu ? 0 : fruitless + 1;
      if (fruitless > maximumIdleDirectives)
        return end('schedule-error', `nothing happens any more; ${whereAll(machine)}`);
    }
  } catch (error) {
    if (error instanceof UsageError) return end('schedule-error', error.message);
    throw error;
  }
}

/**
 * Carries out one directive.
 *
 * @param limit steps that an execution may make at most
 * @throws UsageError for what the machine can't do
 */
export function apply(machine: Machine, directive: Directive, limit = Infinity): Progress {
  if (directive.breakpoints) machine.setBreakpoints(directive.breakpoints);
  switch (directive.kind) {
    case 'execute': {
      const before = machine.steps;
      const steps = Math.min(directive.steps, limit);
      const result = machine.execute(directive.cpu, steps, directive.stops ?? 0);
      return { steps: machine.steps - before, result };
    }
    case 'drain':
      if (!machine.drain(directive.cpu, directive.sequence))
        throw new UsageError(`cpu${directive.cpu} has no such store to drain`);
      break;
    case 'hold':
      machine.hold(directive.cpu, directive.isHeld);
      break;
    case 'prefetch':
      machine.prefetch(directive.cpu, BigInt(`0x${directive.address}`), directive.size);
      break;
    case 'interrupt':
      machine.interrupt(directive.cpu, directive.vector);
      break;
    case 'dma':
      machine.writePhysical(BigInt(`0x${directive.address}`), bytesOf(directive.bytes));
      break;
    case 'idle':
      break;
  }
  return { steps: 0, result: 'budget' };
}

/** Gives recorded orders again. */
export function recordedSchedule(orders: readonly Order[]): Schedule {
  let next = 0;
  return {
    next: () => orders[next++],
  };
}

/** One schedule after the other. Each hears of its own directives only. */
export function chainSchedules(...schedules: readonly Schedule[]): Schedule {
  let current = 0;
  let isFirst = true;
  return {
    next: (machine, last) => {
      for (; current < schedules.length; current++) {
        const directive = schedules[current]?.next(machine, isFirst ? undefined : last);
        isFirst = directive === undefined;
        if (directive) return directive;
      }
      return undefined;
    },
  };
}

/** Where each CPU stands, for messages. */
export function whereAll(machine: Machine): string {
  const cpus = Array.from({ length: machine.cpuCount }, (_, cpu) => {
    const rip = machine.register(cpu, 'rip');
    const symbol = machine.image.symbols.nearestBelow(rip);
    const name = symbol
      ? `${symbol.name}+0x${(rip - symbol.address).toString(16)}`
      : rip.toString(16);
    return `cpu${cpu} ${machine.canExecute(cpu) ? 'at' : 'waits at'} ${name}`;
  });
  return cpus.join(', ');
}

/** False when no CPU at all can make a step. */
function canProceed(machine: Machine, directive: Directive): boolean {
  if (directive.kind === 'execute' && machine.canExecute(directive.cpu)) return true;
  for (let cpu = 0; cpu < machine.cpuCount; cpu++) if (machine.canExecute(cpu)) return true;
  return false;
}

/** Collects what happened. Executions of one CPU in a row become one order; a walk may have a million of them. */
export class OrderRecorder {
  private readonly list: Order[] = [];
  private cpu = -1;
  private steps = 0;

  addSteps(cpu: number, steps: number): void {
    if (cpu !== this.cpu) {
      this.close();
      this.cpu = cpu;
    }
    this.steps += steps;
  }

  add(directive: Directive): void {
    this.close();
    const { stops: _stops, breakpoints: _breakpoints, ...order } = directive;
    this.list.push(order);
  }

  orders(): readonly Order[] {
    this.close();
    return this.list;
  }

  private close(): void {
    if (this.steps > 0) this.list.push({ kind: 'execute', cpu: this.cpu, steps: this.steps });
    this.cpu = -1;
    this.steps = 0;
  }
}

function bytesOf(text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new UsageError(`not bytes in hexadecimal: ${text}`);
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
