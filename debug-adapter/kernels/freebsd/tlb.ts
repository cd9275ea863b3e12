/** `::tlb` and `::refcount`: what CPUs have cached of user memory; what a reference count says. */
import { UsageError } from '../../../dump-format/errors.ts';
import type { Dcmd } from '../../commands/command.ts';
import { judgedEntries } from '../../facts/freebsd/tlb.ts';
import { entriesOfPage, tlbColumns, tlbRow } from '../../facts/tlb-table.ts';
import { headingRow } from '../../print/table.ts';
import { cpuByIndex } from '../../target/threads.ts';

export const tlb: Dcmd = {
  name: 'tlb',
  address: 'optional',
  summary: 'cached translations of user memory, against the page tables',
  description:
    'With an address, the entries of that page. STALE: the page tables say something else and nobody is telling the CPU. PENDING: somebody is. ' +
    'PERM: w may write; d says that a write has used it, so that further writes look at no table.',
  options: [
    { letter: 'c', argument: 'number', argumentName: 'cpu', help: 'only this CPU' },
    { letter: 's', argument: 'none', help: 'only entries that differ from the page tables' },
  ],
  examples: [{ line: '::tlb', explains: 'what user code can reach, CPU by CPU' }],
  origin: 'corewalk',
  *run(invocation) {
    const { target, options, isFirst, isPipeOut } = invocation;
    if (!target.hardware) throw new UsageError('no hardware TLB in this dump');
    const chosen = options.number('c');
    const cpu = chosen === undefined ? undefined : cpuByIndex(target, Number(chosen)).index;
    if (isFirst && !isPipeOut) yield headingRow(tlbColumns);
    for (const { entry, now, state } of entriesOfPage(invocation, judgedEntries(target))) {
      if (cpu !== undefined && entry.cpu !== cpu) continue;
      if (options.has('s') && state === 'ok') continue;
      yield tlbRow(target, entry, now, state);
    }
  },
};

/** Source: FreeBSD, sys/refcount.h: REFCOUNT_SATURATED. */
const saturated = 1n << 31n;

export const refcount: Dcmd = {
  name: 'refcount',
  address: 'required',
  summary: 'print a refcount(9): its value, or that it is saturated and will never be 0',
  description:
    'refcount_release makes earlier stores visible before the count drops (a release fence), and lets the thread that made it 0 see what the others stored ' +
    '(an acquire fence). refcount_release_if_last drops only the last reference; refcount_acquire_if_not_zero takes none of an object that is on its way out. ' +
    'Before r367334 a vmspace was counted with relaxed atomics and without fences.',
  examples: [
    {
      line: '::walk vmspace | ::print -a struct vmspace vm_refcnt | ::refcount',
      explains: 'the counts of all address spaces',
    },
  ],
  origin: 'corewalk',
  *run({ target, address }) {
    const count = BigInt(target.memory.readU32(address));
    const text =
      count >= saturated
        ? `${count.toString(16)}: saturated`
        : count === 0n
          ? '0: on its way out, or gone'
          : `${count} reference${count === 1n ? '' : 's'}`;
    yield {
      spans: [
        { kind: 'address', text: address.toString(16), address },
        { kind: 'text', text: `: ${text}` },
      ],
      value: address,
      data: { address, count, isSaturated: count >= saturated },
    };
  },
};
