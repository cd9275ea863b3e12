/** The schedule language: one statement per line, as people would say it to a machine they hold in their hands. */
import type { DebugInfo } from '../dump-format/debug-info.ts';
import { UsageError } from '../dump-format/errors.ts';
import { stopAt } from './machine/machine.ts';
import type { Machine } from './machine/machine.ts';
import { whereAll } from './schedule.ts';
import type { Directive, Progress, Schedule } from './schedule.ts';
import { readyCpus } from './schedule-random.ts';

/*
 *   cpu0 until PLACE [N]     to the (N-th) arrival at PLACE: `@point`, `symbol`, `symbol+0x1c`, `file.c:41`, `0x...`
 *   cpu0 until halt          until it waits
 *   cpu0 until end           until the machine stops, or the CPU waits for good
 *   cpu0 3 instructions      `steps` count halves of a read-modify-write; a CPU that waits makes none
 *   all until cpu0 PLACE [N] all CPUs in turn, some steps each, until cpu0 arrives
 *   all 1000 steps, all until end
 *   drain cpu0 [all]         the oldest buffered store, or all of them
 *   hold cpu0, release cpu0  stores stay in the buffer, or drain by age again
 *   prefetch cpu1 PLACE [N]  model weak: an early load of N bytes (8)
 *   interrupt cpu0 32        an external interrupt; `nmi cpu0`
 *   dma PLACE 00ff...        a device writes bytes; PLACE is virtual, as cpu0's tables have it
 *
 * `#` begins a comment.
 */

/** Steps that each CPU makes in its turn under `all`. */
const turnSteps = 20;
const endless = Number.MAX_SAFE_INTEGER;

/** Makes a schedule of lines. @throws UsageError naming the line that makes no sense */
export function scriptSchedule(lines: readonly string[], debugInfo?: DebugInfo): Schedule {
  const statements = lines
    .map((line, i) => parse(line, i + 1))
    .filter((each) => each !== undefined);
  let current = 0;
  let running: Running | undefined;
  return {
    next: (machine, last) => {
      let progress = last;
      for (; current < statements.length; current++) {
        const statement = statements[current];
        if (!statement) break;
        try {
          running ??= statement.start(machine, debugInfo);
          const directive = running(machine, progress);
          if (directive) return directive;
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
          throw new UsageError(
            `schedule line ${statement.line}: ${statement.text}: ${error.message}`,
          );
        }
        running = undefined;
        progress = undefined;
      }
      return undefined;
    },
  };
}

/** Gives directives until its statement is done. `last` is undefined at its start. */
type Running = (machine: Machine, last: Progress | undefined) => Directive | undefined;

type Start = (machine: Machine, debugInfo: DebugInfo | undefined) => Running;

interface Statement {
  readonly line: number;
  readonly text: string;
  readonly start: Start;
}

function parse(line: string, number: number): Statement | undefined {
  const text = line.replace(/#.*$/, '').trim();
  if (text === '') return undefined;
  const words = text.split(/\s+/);
  const start = parseWords(words);
  if (!start) throw new UsageError(`schedule line ${number}: not a statement: ${text}`);
  return { line: number, text, start };
}

function parseWords(words: readonly string[]): Start | undefined {
  const [first = '', second = ''] = words;
  const cpu = cpuNumber(first);
  if (cpu !== undefined) return parseExecution(words, cpu);
  const target = cpuNumber(second);
  const rest = words.slice(2);
  switch (first) {
    case 'all':
      return parseAll(words);
    case 'drain':
      if (target === undefined || !(rest.length === 0 || rest.join(' ') === 'all'))
        return undefined;
      return rest.length === 0 ? once({ kind: 'drain', cpu: target }) : () => drainAll(target);
    case 'hold':
    case 'release':
      if (target === undefined || rest.length > 0) return undefined;
      return once({ kind: 'hold', cpu: target, isHeld: first === 'hold' });
    case 'nmi':
      if (target === undefined || rest.length > 0) return undefined;
      return once({ kind: 'interrupt', cpu: target, vector: 2 });
    case 'interrupt': {
      const vector = count(rest[0]);
      if (target === undefined || vector === undefined || rest.length > 1) return undefined;
      return once({ kind: 'interrupt', cpu: target, vector });
    }
    case 'prefetch':
      return target === undefined ? undefined : parsePrefetch(target, rest);
    case 'dma':
      return words.length === 3 ? dma(second, words[2] ?? '') : undefined;
    default:
      return undefined;
  }
}

/** `cpuN …` */
function parseExecution(words: readonly string[], cpu: number): Start | undefined {
  const [, second, third, fourth] = words;
  if (second === 'until' && third !== undefined && words.length <= 4) {
    const times = fourth === undefined ? 1 : count(fourth);
    if (times === undefined || times === 0) return undefined;
    if (third === 'end') return words.length === 3 ? () => untilEnd(cpu) : undefined;
    if (third === 'halt') return words.length === 3 ? () => untilHalt(cpu) : undefined;
    return (machine, debugInfo) => untilPlace(cpu, addressesOf(machine, debugInfo, third), times);
  }
  const amount = count(second);
  if (amount === undefined || words.length !== 3) return undefined;
  if (/^steps?$/.test(third ?? '')) return () => forSteps(cpu, amount);
  return /^instructions?$/.test(third ?? '') ? () => forInstructions(cpu, amount) : undefined;
}

/** `all …` */
function parseAll(words: readonly string[]): Start | undefined {
  const [, second, third, fourth, fifth] = words;
  if (second === 'until' && third === 'end' && words.length === 3) return () => allFor(endless);
  const amount = count(second);
  if (amount !== undefined && /^steps?$/.test(third ?? '') && words.length === 3)
    return () => allFor(amount);
  const cpu = cpuNumber(third ?? '');
  if (second !== 'until' || cpu === undefined || fourth === undefined || words.length > 5)
    return undefined;
  const times = fifth === undefined ? 1 : count(fifth);
  if (times === undefined || times === 0) return undefined;
  return (machine, debugInfo) => allUntil(cpu, addressesOf(machine, debugInfo, fourth), times);
}

function parsePrefetch(cpu: number, rest: readonly string[]): Start | undefined {
  const size = rest[1] === undefined ? 8 : count(rest[1]);
  const place = rest[0];
  if (place === undefined || ![1, 2, 4, 8].includes(size ?? 0) || rest.length > 2) return undefined;
  return (machine, debugInfo) => {
    const address = firstAddress(machine, debugInfo, place).toString(16);
    return once({ kind: 'prefetch', cpu, address, size: size ?? 8 })(machine, debugInfo);
  };
}

function dma(place: string, bytes: string): Start {
  return (machine, debugInfo) => {
    const virtual = firstAddress(machine, debugInfo, place);
    const physical = machine.translate(0, virtual);
    if (physical === undefined) throw new UsageError(`${place} is not mapped`);
    return once({ kind: 'dma', address: physical.toString(16), bytes })(machine, debugInfo);
  };
}

function once(directive: Directive): Start {
  return () => (_machine, last) => (last ? undefined : directive);
}

function drainAll(cpu: number): Running {
  return (machine) => (machine.drainable(cpu).length > 0 ? { kind: 'drain', cpu } : undefined);
}

function untilPlace(cpu: number, breakpoints: readonly bigint[], times: number): Running {
  let arrivals = 0;
  return (machine, last) => {
    if (last?.result === 'mark' && ++arrivals === times) return undefined;
    if (last?.result === 'halted') {
      if (!canBeWoken(machine, cpu))
        throw new UsageError(`it never gets there: ${whereAll(machine)}`);
    }
    return { kind: 'execute', cpu, steps: endless, stops: stopAt.breakpoint, breakpoints };
  };
}

function untilEnd(cpu: number): Running {
  return (machine, last) =>
    last?.result === 'halted' && !canBeWoken(machine, cpu)
      ? undefined
      : { kind: 'execute', cpu, steps: endless };
}

function untilHalt(cpu: number): Running {
  return (_machine, last) =>
    last?.result === 'halted' ? undefined : { kind: 'execute', cpu, steps: endless };
}

function forSteps(cpu: number, amount: number): Running {
  let left = amount;
  return (_machine, last) => {
    left -= last?.steps ?? 0;
    return left <= 0 || last?.result === 'halted'
      ? undefined
      : { kind: 'execute', cpu, steps: left };
  };
}

function forInstructions(cpu: number, amount: number): Running {
  let left = amount;
  return (machine, last) => {
    if (last && last.steps > 0 && machine.isBetweenInstructions(cpu)) left--;
    return left <= 0 || last?.result === 'halted' ? undefined : { kind: 'execute', cpu, steps: 1 };
  };
}

/** CPUs take turns; those that wait are passed over. */
function allFor(amount: number): Running {
  let left = amount;
  let turn = -1;
  return (machine, last) => {
    left -= last?.steps ?? 0;
    if (left <= 0) return undefined;
    turn = nextTurn(machine, turn);
    return turn < 0
      ? { kind: 'idle' }
      : { kind: 'execute', cpu: turn, steps: Math.min(left, turnSteps) };
  };
}

function allUntil(cpu: number, breakpoints: readonly bigint[], times: number): Running {
  let turn = -1;
  let arrivals = 0;
  return (machine, last) => {
    // A turn may be over just in front of the place: the next one would begin with a step past it.
    const hasArrived =
      turn === cpu &&
      (last?.result === 'mark' || (last?.result === 'budget' && stands(machine, cpu)));
    if (hasArrived && ++arrivals === times) return undefined;
    turn = nextTurn(machine, turn);
    if (turn < 0) return { kind: 'idle' };
    const stops = turn === cpu ? stopAt.breakpoint : 0;
    return { kind: 'execute', cpu: turn, steps: turnSteps, stops, breakpoints };
  };
}

/** In front of an instruction that is a place, and not in the middle of it. */
function stands(machine: Machine, cpu: number): boolean {
  return machine.isBetweenInstructions(cpu) && (machine.nextMarks(cpu) & stopAt.breakpoint) !== 0;
}

function nextTurn(machine: Machine, turn: number): number {
  const ready = readyCpus(machine);
  return ready.find((each) => each > turn) ?? ready[0] ?? -1;
}

/** A CPU that waits can go on by itself only if everybody waits and a timer is armed: then time is skipped. */
function canBeWoken(machine: Machine, cpu: number): boolean {
  return machine.canExecute(cpu) || readyCpus(machine).length === 0;
}

function cpuNumber(word: string): number | undefined {
  const match = /^cpu(\d{1,2})$/.exec(word);
  return match ? Number(match[1]) : undefined;
}

function count(word: string | undefined): number | undefined {
  if (word === undefined || !/^(\d{1,15}|0x[0-9a-f]{1,12})$/i.test(word)) return undefined;
  return Number(word);
}

function firstAddress(machine: Machine, debugInfo: DebugInfo | undefined, place: string): bigint {
  const [address] = addressesOf(machine, debugInfo, place);
  if (address === undefined) throw new UsageError(`no such place: ${place}`);
  return address;
}

/** Code addresses of a place. @throws UsageError when there is none */
function addressesOf(
  machine: Machine,
  debugInfo: DebugInfo | undefined,
  place: string,
): readonly bigint[] {
  if (place.startsWith('@')) {
    const addresses = machine.image.schedulePoints.get(place.slice(1));
    if (!addresses) throw new UsageError(`the kernel has no schedule point ${place}`);
    return addresses;
  }
  if (/^0x[0-9a-f]{1,16}$/i.test(place)) return [BigInt(place)];
  const line = /^(.+):(\d+)$/.exec(place);
  if (line) return lineAddresses(debugInfo, line[1] ?? '', Number(line[2]));
  const [, name = '', offset = '0'] = /^(\w+)(?:\+(0x[0-9a-f]+|\d+))?$/i.exec(place) ?? [];
  const symbol = machine.image.symbols.byName(name);
  if (!symbol) throw new UsageError(`the kernel has no symbol ${place}`);
  return [symbol.address + BigInt(offset)];
}

function lineAddresses(
  debugInfo: DebugInfo | undefined,
  file: string,
  line: number,
): readonly bigint[] {
  if (!debugInfo) throw new UsageError('lines need debug information, and the kernel has none');
  const files = debugInfo
    .sourceFiles()
    .filter((each) => each === file || each.endsWith(`/${file}`));
  const addresses = files.flatMap((each) => [...debugInfo.addressesOf(each, line)]);
  if (addresses.length === 0) throw new UsageError(`no code at ${file}:${line}`);
  return addresses;
}
