/** `::vtop`: a virtual address through the page tables of any address space, level by level. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd, Invocation, Row } from '../../commands/command.ts';
import { spaceFor } from '../../facts/dragonfly/choose-space.ts';
import { pteFlags } from '../../facts/dragonfly/spaces.ts';
import { controlRegister } from '../../target/control-registers.ts';
import { cpuByIndex } from '../../target/threads.ts';
import { translate, type TranslationStep } from '../../target/translate.ts';

export const vtop: Dcmd = {
  name: 'vtop',
  address: 'required',
  summary: 'print physical mapping of virtual address',
  description:
    'The page tables are walked as the processor walks them, without a look at any TLB. Below the kernel they are those of the process ' +
    'that is named, else of the thread that the panicking CPU runs.',
  options: [
    { letter: 'a', argument: 'number', argumentName: 'as', help: 'the root (CR3) to use' },
    { letter: 'c', argument: 'number', argumentName: 'cpuid', help: 'the page tables of a CPU' },
    { letter: 'p', argument: 'text', argumentName: 'pid', help: 'those of a process (decimal)' },
    { letter: 'v', argument: 'none', help: 'with every level' },
  ],
  examples: [
    { line: '801400000::vtop -p 812', explains: 'where process 812 has that address' },
    { line: 'fffff80020000000::vtop -v', explains: 'a kernel address, entry by entry' },
  ],
  origin: 'mdb',
  *run(invocation) {
    const { target, address, options, isPipeOut } = invocation;
    const walk = translate(target.physical, rootOf(invocation), address);
    const { physicalAddress: physical, steps } = walk;
    if (isPipeOut) {
      if (physical === undefined)
        throw new LookupError(`${hex16(address)} is not mapped: ${walk.problem}`);
      yield { spans: [{ kind: 'address', text: physical.toString(16) }], value: physical };
      return;
    }
    if (options.has('v')) for (const [depth, step] of steps.entries()) yield stepRow(depth, step);
    const data = { virtual: address, physical, pageSize: walk.pageSize };
    if (physical === undefined) {
      const entry = steps.at(-1)?.entry;
      const why =
        entry === undefined
          ? (walk.problem ?? 'the dump lacks its tables')
          : `level ${levelOf(steps.length - 1)} entry is ${entry.toString(16)}`;
      yield textRow(`va ${hex16(address)}: not mapped (${why})`, data);
      return;
    }
    const text = `virtual ${address.toString(16)} mapped to physical ${physical.toString(16)}`;
    yield { ...textRow(text, data), value: physical };
  },
};

function rootOf({ target, address, options }: Invocation): bigint {
  const chosen = options.number('a');
  if (chosen !== undefined) return chosen;
  const index = options.number('c');
  if (index === undefined) return spaceFor(target, address, options.text('p')).root;
  const cr3 = controlRegister(target, cpuByIndex(target, Number(index)), 'cr3');
  if (cr3 === undefined) throw new LookupError(`cr3 of cpu ${index} is not in the dump`);
  return cr3;
}

/** As DragonFly's people count: 4 is the root, 1 the page table. */
function levelOf(depth: number): number {
  return 4 - depth;
}

function stepRow(depth: number, { index, entryAddress, entry }: TranslationStep): Row {
  const said = entry === undefined ? 'not in the dump' : `${hex16(entry)}  ${pteFlags(entry)}`;
  const text = `level ${levelOf(depth)} entry ${said}`.trimEnd();
  const where = `[${index.toString(16)}] at physical ${entryAddress.toString(16)}`;
  return {
    spans: [
      { kind: 'text', text: text.padEnd(60) },
      { kind: 'comment', text: where },
    ],
    data: { level: levelOf(depth), index, entryAddress, entry },
  };
}

function textRow(text: string, data: Row['data'] & object): Row {
  return { spans: [{ kind: 'text', text }], data };
}

function hex16(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
