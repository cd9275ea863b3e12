/** A schedule in the schedule language, for people and for scenarios: where each CPU goes before another has its turn. */
import type { Machine } from '../machine/machine.ts';
import type { Course, Decider } from './course.ts';
import type { Way } from './place.ts';

/** Decides as another does, and writes down what it means as lines of a script. */
export class ScriptWriter implements Decider {
  private readonly decider: Decider;
  private readonly text: string[] = [];
  /** Places that the CPU came to in its turn, as the language names them. */
  private arrivals: string[] = [];
  private steps = 0;
  private turn: number | undefined;

  constructor(decider: Decider) {
    this.decider = decider;
  }

  decide(course: Course): number {
    this.arrive(course);
    const choice = this.decider.decide(course);
    const way = course.ways()[choice];
    if (!way) return choice;
    if (way.cpu !== course.cpu || way.interrupt >= 0) {
      this.close(course);
      this.text.push(...transitionLines(course, way));
    }
    if (this.turn === undefined && way.cpu >= 0) {
      this.turn = way.cpu;
      this.steps = course.machine.steps;
      this.arrivals = [];
    }
    return choice;
  }

  /** All lines, once the course is over. */
  lines(course: Course): readonly string[] {
    if (this.turn !== undefined) {
      const steps = course.machine.steps - this.steps;
      if (course.machine.stop) this.text.push(`cpu${this.turn} until end`);
      else if (steps > 0) this.text.push(`cpu${this.turn} ${steps} steps`);
      this.turn = undefined;
    }
    return this.text;
  }

  private arrive({ machine, cpu, kind }: Course): void {
    if (this.turn === undefined) return;
    this.arrivals.push(kind === 'halted' || kind === 'idle' ? 'halt' : placeName(machine, cpu));
  }

  /** Ends the turn of a CPU where it stands. */
  private close(course: Course): void {
    if (this.turn === undefined) return;
    const { machine } = course;
    const place = this.arrivals.at(-1);
    const count = this.arrivals.filter((each) => each === place).length;
    if (place === undefined) this.text.push(`cpu${this.turn} ${machine.steps - this.steps} steps`);
    else if (place === 'halt') this.text.push(`cpu${this.turn} until halt`);
    else {
      const times = count > 1 ? ` ${count}` : '';
      this.text.push(`cpu${this.turn} until ${place}${times}${lineComment(course)}`);
    }
    this.turn = undefined;
  }
}

/** Where in the source the CPU stands, as a comment. */
function lineComment({ machine, cpu, start }: Course): string {
  const line = start.preparation.image.dump.debugInfo?.lineAt(machine.register(cpu, 'rip'));
  return line ? `  # ${line.file.slice(line.file.lastIndexOf('/') + 1)}:${line.line}` : '';
}

/** `@name` of a schedule point, `symbol+0x1c`, or an address. */
export function placeName(machine: Machine, cpu: number): string {
  const rip = machine.register(cpu, 'rip');
  for (const [name, addresses] of machine.image.schedulePoints)
    if (addresses.includes(rip)) return `@${name}`;
  const symbol = machine.image.symbols.nearestBelow(rip);
  if (!symbol || rip - symbol.address > 0xffffn) return `0x${rip.toString(16)}`;
  const offset = rip - symbol.address;
  return offset === 0n ? symbol.name : `${symbol.name}+0x${offset.toString(16)}`;
}

/** What happens between two turns. The language can't name stores that overtake others. */
function transitionLines({ machine, cpu, start }: Course, way: Way): string[] {
  const lines: string[] = [];
  const interrupt = start.settings.interrupts[way.interrupt];
  const count = typeof way.drains === 'number' ? way.drains : way.drains.length;
  if (count > 1 && count === machine.bufferedStores(cpu)) lines.push(`drain cpu${cpu} all`);
  else lines.push(...Array.from({ length: count }, () => `drain cpu${cpu}`));
  if (interrupt)
    lines.push(
      interrupt.vector === 2
        ? `nmi cpu${interrupt.cpu}`
        : `interrupt cpu${interrupt.cpu} ${interrupt.vector}`,
    );
  return lines;
}
