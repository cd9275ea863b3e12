/** `::tlb` and `::pte`: what CPUs have cached and what the page tables say. */
import { UsageError } from '../../../dump-format/errors.ts';
import type { Dcmd } from '../../commands/command.ts';
import { spaceFor } from '../../facts/dragonfly/choose-space.ts';
import { frameOwner } from '../../facts/dragonfly/pages.ts';
import { kernelHalf, mappingOf, pteFlags } from '../../facts/dragonfly/spaces.ts';
import { judgedEntries } from '../../facts/dragonfly/tlb.ts';
import { entriesOfPage, tlbColumns, tlbRow } from '../../facts/tlb-table.ts';
import { headingRow } from '../../print/table.ts';
import { cpuByIndex } from '../../target/threads.ts';

export const tlb: Dcmd = {
  name: 'tlb',
  address: 'optional',
  summary: 'cached translations of the CPUs, against the page tables',
  description:
    'With an address, the entries of that page. STALE: the page tables say something else and nobody is telling the CPU. PENDING: an ' +
    'invalidation is on its way. PERM: w may write, g global; d says that a write has used it, so that further writes look at no table.',
  options: [
    { letter: 'c', argument: 'number', argumentName: 'cpu', help: 'only this CPU' },
    { letter: 's', argument: 'none', help: 'only entries that differ from the page tables' },
    { letter: 'u', argument: 'none', help: 'only user addresses' },
  ],
  examples: [{ line: '::tlb -c 1 -u', explains: 'what user code on CPU 1 can reach' }],
  origin: 'corewalk',
  *run(invocation) {
    const { target, options, isFirst, isPipeOut } = invocation;
    if (!target.hardware) throw new UsageError('no hardware TLB in this dump');
    const chosen = options.number('c');
    const cpu = chosen === undefined ? undefined : cpuByIndex(target, Number(chosen)).index;
    if (isFirst && !isPipeOut) yield headingRow(tlbColumns);
    for (const { entry, now, state } of entriesOfPage(invocation, judgedEntries(target, cpu))) {
      if (options.has('u') && entry.address >= kernelHalf) continue;
      if (options.has('s') && state.kind === 'ok') continue;
      yield tlbRow(target, entry, now?.entry, state.kind);
    }
  },
};

export const pte: Dcmd = {
  name: 'pte',
  address: 'required',
  summary: 'the page table entry of an address, and whose its frame is',
  options: [
    {
      letter: 'p',
      argument: 'text',
      argumentName: 'pid',
      help: 'in the address space of a process (decimal); else the kernel, or the process of the panicking CPU',
    },
  ],
  examples: [{ line: '801400000::pte -p 812', explains: 'what process 812 has there' }],
  origin: 'corewalk',
  *run(invocation) {
    const { target, address, options } = invocation;
    const space = spaceFor(target, address, options.text('p'));
    const { entry, level, physical } = mappingOf(target, space.root, address);
    const va = address.toString(16).padStart(16, '0');
    const text =
      physical === undefined
        ? `va ${va}: not mapped (level ${level} entry is ${entry.toString(16)})`
        : `va ${va}: level ${level} entry ${entry.toString(16).padStart(16, '0')}  ${pteFlags(entry)}  frame: ${frameOwner(target, physical)}`;
    yield {
      spans: [{ kind: 'text', text }],
      data: { address, entry, level, physical, space: space.owner },
      ...(physical === undefined ? {} : { value: physical }),
    };
  },
};
