/** What the commands that print stacks share: options, and where a stack starts. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { defaultFrameStyle, type FrameStyle } from '../print/frames.ts';
import { sessionStyle } from '../print/style.ts';
import { cpuByIndex, stackStartAt } from '../target/threads.ts';
import type { StackStart } from '../target/target.ts';
import type { Invocation, OptionSpecification } from './command.ts';

/** mdb's options of `$c`, and three of ours. */
export const stackOptions: readonly OptionSpecification[] = [
  { letter: 'c', argument: 'number', argumentName: 'cpuid', help: 'the stack of a CPU' },
  { letter: 'l', argument: 'none', help: 'with the source line of each frame' },
  { letter: 'm', argument: 'none', help: 'with the way each frame was found' },
  { letter: 'n', argument: 'none', help: 'addresses instead of symbols' },
  { letter: 's', argument: 'none', help: 'with the size of each frame' },
  { letter: 't', argument: 'none', help: 'with the types of functions and arguments' },
  { letter: 'v', argument: 'none', help: 'with frame pointers' },
];

/** The style that the options ask for; the last argument limits the arguments shown. */
export function frameStyle(
  { options, arguments: list, session }: Invocation,
  base: Partial<FrameStyle> = {},
): FrameStyle {
  const [count, more] = list;
  if (more !== undefined) throw new UsageError('');
  const limit = count && (count.kind === 'word' ? session.evaluate(count.text) : count.value);
  return {
    ...defaultFrameStyle,
    argumentLimit: limit === undefined ? undefined : Number(limit),
    framePointers: options.has('v'),
    sizes: options.has('s'),
    types: options.has('t'),
    numbers: options.has('n'),
    methods: options.has('m'),
    lines: options.has('l'),
    print: sessionStyle(session.settings, session.radix),
    ...base,
  };
}

/** The CPU of `-c`, the thread or frame pointer at the address, else the CPU that panicked. */
export function chooseStart(invocation: Invocation): StackStart {
  const { target, options, address, hasAddress } = invocation;
  const cpu = options.number('c');
  if (cpu !== undefined) return { kind: 'cpu', cpu: cpuByIndex(target, Number(cpu)).index };
  if (hasAddress) return stackStartAt(target, address);
  if (target.cpus.length === 0) throw new LookupError('no registers in this dump');
  return target.kernel?.panicTrap
    ? { kind: 'registers', registers: target.panicRegisters }
    : { kind: 'cpu', cpu: target.panicCpu.index };
}
