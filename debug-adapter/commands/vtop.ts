/** `::vtop`: a virtual address through the page tables of the dump. */
import { LookupError } from '../../dump-format/errors.ts';
import { pageTableRoot } from '../target/control-registers.ts';
import { cpuByIndex } from '../target/threads.ts';
import {
  translate,
  translateBySegments,
  type Translation,
  type TranslationStep,
} from '../target/translate.ts';
import { textRow, type Dcmd, type Invocation, type Row } from './command.ts';

export const vtop: Dcmd = {
  name: 'vtop',
  address: 'required',
  summary: 'print physical mapping of virtual address',
  description:
    'The page tables of the CPU that panicked are walked as the processor walks them; -v shows each level. Where a dump has no CR3, its segments say where an address lies.',
  options: [
    {
      letter: 'a',
      argument: 'number',
      argumentName: 'as',
      help: 'the root of the page tables (CR3) to use',
    },
    { letter: 'c', argument: 'number', argumentName: 'cpuid', help: 'the page tables of a CPU' },
    { letter: 'v', argument: 'none', help: 'with every level' },
  ],
  examples: [
    { line: '<rsp::vtop', explains: 'where a stack lies physically' },
    { line: '<rip::vtop -v', explains: 'entry by entry' },
  ],
  origin: 'mdb',
  *run(invocation) {
    const { target, address, options, isPipeOut } = invocation;
    const root = rootOf(invocation);
    const walk = root && translate(target.physical, root.cr3, address, root.depth);
    if (walk && options.has('v') && !isPipeOut) {
      for (const step of walk.steps) yield stepRow(step);
    }
    const physical = walk
      ? walk.physicalAddress
      : translateBySegments(target.dump.segments, address);
    if (physical === undefined) {
      const why = walk?.problem ?? 'no segment holds it, and no CR3 is known';
      throw new LookupError(`failed to get physical mapping of ${address.toString(16)}: ${why}`);
    }
    yield resultRow(invocation, physical, walk);
  },
};

function rootOf({ target, options }: Invocation): ReturnType<typeof pageTableRoot> {
  const chosen = options.number('a');
  if (chosen !== undefined) return { cr3: chosen, depth: 4 };
  const index = options.number('c');
  const cpu = index === undefined ? target.panicCpu : cpuByIndex(target, Number(index));
  return pageTableRoot(target, cpu);
}

function stepRow({ level, index, entryAddress, entry, flags }: TranslationStep): Row {
  const place = `${entryAddress.toString(16)}:`.padStart(17);
  const value = entry === undefined ? 'not in the dump' : entry.toString(16).padStart(16, '0');
  const text = `${level.padEnd(4)}[${index.toString().padStart(3)}] ${place} ${value} ${flags.join(',')}`;
  return {
    spans: [{ kind: 'text', text: text.trimEnd() }],
    data: { level, index, entryAddress, entry, flags },
  };
}

function resultRow(
  { address, isPipeOut, options }: Invocation,
  physical: bigint,
  walk: Translation | undefined,
): Row {
  const rest = {
    value: physical,
    data: { virtual: address, physical, pageSize: walk?.pageSize, isWritable: walk?.isWritable },
  };
  if (isPipeOut) return textRow(physical.toString(16), rest);
  const text = `virtual ${address.toString(16)} mapped to physical ${physical.toString(16)}`;
  if (!walk || !options.has('v')) return textRow(text, rest);
  const rights = `${walk.isUser ? 'u' : 's'}${walk.isWritable ? 'w' : '-'}${walk.isExecutable ? 'x' : '-'}`;
  return textRow(`${text} (page of 0x${walk.pageSize?.toString(16) ?? '?'}, ${rights})`, rest);
}
