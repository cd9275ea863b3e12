/** Our values in the notation of gdb's `print/x`: every number hexadecimal, every element told. */
import { strip, type RecordType } from '../../dump-format/ctype.ts';
import type { FrameVariable } from '../../debug-adapter/target/locals.ts';
import type { Value } from '../../debug-adapter/target/value.ts';

/** What gdb prints for a value: `{next = 0x0, name = {0x62, 0x73, 0x68, 0x0}}`. */
export function inGdbNotation(value: Value): string {
  const type = strip(value.type);
  switch (type.kind) {
    case 'struct':
    case 'union':
      return recordText(value, type);
    case 'array': {
      const elements = Array.from({ length: type.count ?? 0 }, (_, index) =>
        inGdbNotation(value.index(BigInt(index))),
      );
      return `{${elements.join(', ')}}`;
    }
    default:
      return `0x${value.unsigned().toString(16)}`;
  }
}

function recordText(value: Value, type: RecordType): string {
  const members = type.members.map((member) => {
    const text = inGdbNotation(value.field(member));
    return member.name === undefined ? text : `${member.name} = ${text}`;
  });
  return `{${members.join(', ')}}`;
}

/** The same for a variable, which may have no value. */
export function variableInGdbNotation(variable: FrameVariable): string {
  return variable.value ? inGdbNotation(variable.value) : `<${variable.unavailable ?? ''}>`;
}

/** The answer of `print/x`, without its number. */
export function printed(answer: string): string {
  return answer.replace(/^\$\d+ = /, '');
}

/** `name = value` at the start of lines: what `info args` and `info locals` list. */
export function listedNames(answer: string): string[] {
  return [...answer.matchAll(/^(\w+) = /gm)].map(([, name = '']) => name);
}

/** What gdb calls the frame of a trap. */
export const signalFrame = '<signal handler called>';

/** A frame as `backtrace` tells it. */
export interface GdbFrame {
  readonly name: string;
  /** By name, with what gdb adds to a number (text, symbol) left off. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly place: string | undefined;
}

/** The frames of a backtrace; of several threads with `thread apply all bt`, by LWP. */
export function backtraces(text: string): ReadonlyMap<number, readonly GdbFrame[]> {
  const threads = new Map<number, GdbFrame[]>();
  let frames: GdbFrame[] = [];
  for (const line of text.split('\n')) {
    const thread = /^Thread \d+ \(.*?LWP (\d+)/.exec(line)?.[1];
    if (thread !== undefined) threads.set(Number(thread), (frames = []));
    if (/^#\d+ +<signal handler called>/.test(line))
      frames.push({ name: signalFrame, parameters: new Map(), place: undefined });
    const frame = /^#\d+ +(?:0x[0-9a-f]+ in )?(\S+) \((.*)\)(?: at (\S+:\d+))?$/.exec(line);
    if (frame) frames.push(frameOf(frame));
  }
  return threads;
}

function frameOf([, name = '', words = '', place]: readonly (string | undefined)[]): GdbFrame {
  const parameters = new Map<string, string>();
  // A text or a symbol after a number may itself hold commas and signs.
  const bare = words.replace(/ ?"(?:[^"\\]|\\.)*"(?:\.\.\.)?/g, '');
  for (const [, key = '', value = ''] of bare.matchAll(/(\w+)=(?:\([^=]*\) )?([^ ,]+)/g))
    parameters.set(key, value);
  return { name, parameters, place };
}
