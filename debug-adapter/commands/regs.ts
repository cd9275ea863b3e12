/** `::regs` and `$r`: the registers of the CPU that panicked. `::cpuregs`: those of one CPU. */
import { LookupError } from '../../dump-format/errors.ts';
import { registerRows } from '../print/registers.ts';
import { cpuByIndex } from '../target/threads.ts';
import type { Dcmd } from './command.ts';

export const regs: Dcmd = {
  name: 'regs',
  aliases: ['$r'],
  address: 'none',
  summary: 'print general purpose registers',
  description:
    'Of the CPU that panicked, or took the dump; those at the trap when the panic answers one (::cpuregs has the CPU’s last ones). A register that the dump lacks is a ?.',
  options: [],
  examples: [{ line: '$r', explains: 'registers with symbols, flags decoded' }],
  origin: 'mdb',
  *run({ target }) {
    if (target.cpus.length === 0) throw new LookupError('no registers in this dump');
    yield* registerRows(target, { ...target.panicCpu, registers: target.panicRegisters });
  },
};

export const cpuregs: Dcmd = {
  name: 'cpuregs',
  address: 'optional',
  summary: 'print the registers of a CPU',
  description: 'The address is the number of a CPU, as with -c.',
  options: [{ letter: 'c', argument: 'number', argumentName: 'cpuid', help: 'the CPU' }],
  examples: [{ line: '::cpuregs -c 1', explains: 'registers of CPU 1' }],
  origin: 'mdb',
  *run({ target, options, address, hasAddress }) {
    const chosen = options.number('c') ?? (hasAddress ? address : undefined);
    const cpu = chosen === undefined ? target.panicCpu : cpuByIndex(target, Number(chosen));
    if (target.cpus.length === 0) throw new LookupError('no registers in this dump');
    yield* registerRows(target, cpu);
  },
};
