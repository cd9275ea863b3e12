/** `::stackscan`: words of a stack that look like return addresses, for stacks that do not unwind. */
import { LookupError } from '../../dump-format/errors.ts';
import { scanLimit, scanStack, type ScannedWord } from '../target/stack-scan.ts';
import { formatFrame } from '../target/symbolize.ts';
import type { Target } from '../target/target.ts';
import { threadAt } from '../target/threads.ts';
import { unwind } from '../target/unwind.ts';
import type { Dcmd, Invocation } from './command.ts';

export const stackscan: Dcmd = {
  name: 'stackscan',
  address: 'optional',
  summary: 'print words of a stack that look like return addresses',
  description:
    'Every word that points into a function is shown with its place; + means that a call instruction stands before it, so that it was very likely pushed by a call (a dead one, perhaps), ' +
    '? that none does. The address is that of a thread or a stack address; without one, the stack pointer of the CPU that panicked. ' +
    'Nothing here is proof of a call chain: read it with care.',
  options: [
    { letter: 'c', argument: 'number', argumentName: 'cpuid', help: 'the stack of a CPU' },
    { letter: 'l', argument: 'number', argumentName: 'bytes', help: 'bytes to scan' },
    { letter: 's', argument: 'none', help: 'only words behind a call' },
  ],
  examples: [{ line: '::stackscan', explains: 'when $c stops too early' }],
  origin: 'corewalk',
  *run(invocation) {
    const { target, options, isPipeOut } = invocation;
    const base = startOf(invocation);
    const length = options.number('l') ?? BigInt(scanLimit);
    for (const { address, pc, confidence } of scanStack(target, base, base + length)) {
      if (options.has('s') && confidence !== 'call') continue;
      invocation.session.checkpoint();
      const offset = `sp+0x${(address - base).toString(16)}`;
      const mark = confidence === 'call' ? '+' : '?';
      yield {
        spans: isPipeOut
          ? [{ kind: 'address', text: pc.toString(16), address: pc }]
          : [
              { kind: 'address', text: address.toString(16).padStart(16, '0'), address },
              { kind: 'text', text: ` ${offset.padEnd(10)} ${mark} ` },
              { kind: 'symbol', text: placeText(target, pc, confidence), address: pc },
            ],
        value: pc,
        data: { address, pc, confidence, symbol: placeText(target, pc, confidence) },
      };
    }
  },
};

/** A return address belongs to the function that called, even where the call is its last instruction. */
function placeText(target: Target, pc: bigint, confidence: ScannedWord['confidence']): string {
  const lookupAddress = confidence === 'call' ? pc - 1n : pc;
  return formatFrame(target.symbols, { pc, lookupAddress });
}

/** @throws LookupError when no stack pointer is known */
function startOf({ target, options, address, hasAddress }: Invocation): bigint {
  const cpu = options.number('c');
  const thread = hasAddress ? threadAt(target, address) : undefined;
  if (hasAddress && !thread && cpu === undefined) return address;
  const index = cpu === undefined ? target.panicCpu.index : Number(cpu);
  const start = thread ? thread.start : ({ kind: 'cpu', cpu: index } as const);
  const first = start && unwind(target, start).next();
  const pointer = first && first.done !== true ? first.value.stackPointer : undefined;
  if (pointer === undefined) throw new LookupError('no stack pointer is known');
  return pointer;
}
