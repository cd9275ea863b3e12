/** `::fpregs`: the floating-point and SSE registers of a CPU. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { floatAt } from '../print/floats.ts';
import { floatNumber } from '../print/numbers.ts';
import { cpuByIndex } from '../target/threads.ts';
import { textRow, type Dcmd, type Row } from './command.ts';

/** Of the FXSAVE image, with their bytes. Source: Intel SDM, volume 1, 10.5.1. */
const controls: readonly (readonly [name: string, offset: number, size: number])[] = [
  ['cw', 0, 2],
  ['sw', 2, 2],
  ['tw', 4, 1],
  ['op', 6, 2],
  ['ip', 8, 8],
  ['dp', 16, 8],
  ['mxcsr', 24, 4],
  ['mxcsr_mask', 28, 4],
];
const stackOffset = 32;
const vectorOffset = 160;
const slotSize = 16;
const imageSize = 512;

export const fpregs: Dcmd = {
  name: 'fpregs',
  aliases: ['$x', '$X', '$y', '$Y'],
  address: 'optional',
  summary: 'print floating point registers',
  description:
    "As the CPU had them when the dump was taken; whose they are is the kernel's affair (a kernel may leave a thread's state in the registers of its CPU). The address is the number of a CPU, as with -c. x87 registers are shown with their value.",
  options: [{ letter: 'c', argument: 'number', argumentName: 'cpuid', help: 'the CPU' }],
  examples: [{ line: '::fpregs -c 1', explains: 'floating-point registers of CPU 1' }],
  origin: 'mdb',
  *run({ target, options, address, hasAddress, arguments: list }) {
    if (list.length > 0) throw new UsageError('');
    const chosen = options.number('c') ?? (hasAddress ? address : undefined);
    const cpu = chosen === undefined ? target.panicCpu : cpuByIndex(target, Number(chosen));
    const { fxsave } = cpu;
    if (!fxsave || fxsave.length < imageSize)
      throw new LookupError(`no floating point registers of cpu ${cpu.index} in this dump`);
    for (const [name, offset, size] of controls)
      yield register(name, fxsave.subarray(offset, offset + size), '');
    for (let index = 0; index < 8; index++) {
      const bytes = fxsave.subarray(stackOffset + index * slotSize).subarray(0, 10);
      yield register(
        `st${index}`,
        bytes,
        ` ${floatNumber(floatAt(bytes, 10, 'little') ?? NaN, 16)}`,
      );
    }
    for (let index = 0; index < 16; index++) {
      const bytes = fxsave.subarray(vectorOffset + index * slotSize).subarray(0, slotSize);
      yield register(`xmm${index}`, bytes, '');
    }
  },
};

function register(name: string, bytes: Uint8Array, suffix: string): Row {
  const digits = [...bytes].toReversed().map((byte) => byte.toString(16).padStart(2, '0'));
  const text = `%${name.padEnd(10)} = 0x${digits.join('')}`;
  return textRow(text + suffix, { data: { register: name, bytes: digits.join('') } });
}
