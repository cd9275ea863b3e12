/** Akaros processes: walkers, `::ps`, `::procref`, `::gpc`. */
import type { Dcmd, Span, Walker } from '../../commands/command.ts';
import { kernbase } from '../../facts/akaros/cores.ts';
import {
  guestCores,
  holders,
  processes,
  progname,
  stateName,
  weakPointers,
} from '../../facts/akaros/processes.ts';
import { allocatedObjects, freedKmalloc, isPageFree, tailQueue } from '../../facts/akaros/slab.ts';
import { dumpText, heading, pointer, text } from '../../facts/cells.ts';

export const procWalker: Walker = {
  name: 'proc',
  summary: 'processes in the pid table',
  address: 'none',
  elementType: 'struct proc',
  origin: 'corewalk',
  walk: (target) => processes(target),
};

export const kthreadWalker: Walker = {
  name: 'kthread',
  summary: 'allocated struct kthread',
  address: 'none',
  elementType: 'struct kthread',
  origin: 'corewalk',
  walk: (target) => allocatedObjects(target, 'kthread'),
};

export const alarmWalker: Walker = {
  name: 'alarm',
  summary: 'struct proc_alarm of every process, or of one',
  address: 'optional',
  elementType: 'struct proc_alarm',
  origin: 'corewalk',
  *walk(target, start) {
    for (const process of start === undefined ? processes(target) : [start]) {
      const list = target.value('struct proc', process).path('alarmset.list');
      for (const alarm of tailQueue(target, list, 'struct proc_alarm', 'link'))
        yield alarm.address ?? 0n;
    }
  },
};

export const gpcWalker: Walker = {
  name: 'gpc',
  summary: 'guest cores of live VMs, and those that a core still points to',
  address: 'none',
  elementType: 'struct guest_pcore',
  origin: 'corewalk',
  walk: (target) => guestCores(target),
};

export const ps: Dcmd = {
  name: 'ps',
  address: 'optional',
  summary: 'list processes',
  origin: 'corewalk',
  examples: [{ line: '::ps', explains: 'every process in the pid table' }],
  *run({ target, isFirst, isPipeOut, hasAddress, address }) {
    if (isFirst && !isPipeOut)
      yield { spans: [heading('  PID  PPID REF STATE       ADDR             NAME')] };
    for (const process of hasAddress ? [address] : processes(target)) {
      const value = target.value('struct proc', process);
      const number = (path: string, width: number): string =>
        value.path(path).signed().toString().padStart(width);
      yield {
        spans: [
          text(
            `${number('pid', 5)} ${number('ppid', 5)} ${number('p_kref.refcount', 3)} ${stateName(value.member('state').unsigned()).padEnd(11)} `,
          ),
          pointer(process),
          dumpText(` ${progname(target, process)}`),
        ],
        value: process,
        object: { address: process, type: target.type('struct proc') },
      };
    }
  },
};

const kinds = [
  'cur_proc',
  'owning_proc',
  'kthreads',
  'children list',
  'ksched',
  'alarms',
  'startcore',
] as const;

export const procref: Dcmd = {
  name: 'procref',
  address: 'required',
  summary: 'who holds a reference to a process, and what only points at it',
  origin: 'corewalk',
  examples: [{ line: '::walk proc | ::procref', explains: 'every process' }],
  *run({ target, address }) {
    const found = holders(target, address);
    const spans: Span[] = [];
    for (const kind of kinds) {
      const those = found.filter((holder) => holder.kind === kind);
      if (kind === 'startcore' && those.length === 0) continue;
      const names = those.length === 0 ? '-' : those.map((holder) => holder.what).join(', ');
      spans.push(text(`  ${kind}  ${names}  `));
    }
    yield { spans };
    for (const weak of weakPointers(target, address)) {
      yield {
        spans: [text('  weak: '), { kind: 'address', text: weak.what, address: weak.address }],
      };
    }
    const count = target.value('struct proc', address).path('p_kref.refcount').signed();
    const held = found.reduce((sum, holder) => sum + holder.count, 0n);
    yield {
      spans: [
        text(
          verdict(
            count,
            held,
            weakPointers(target, address).map((each) => each.what),
          ),
        ),
      ],
      data: { address, count, held },
    };
  },
};

function verdict(count: bigint, held: bigint, weak: readonly string[]): string {
  if (count === 0n && held === 0n) {
    const rest =
      weak.length === 0
        ? ''
        : ` Still reachable through weak reference(s): ${weak.join(', ')} (uncounted)`;
    return `refcount 0, no counted holder: the count is right.${rest}`;
  }
  if (count === held) return `refcount ${count}: all references accounted for`;
  return count > held
    ? `LEAK: ${count - held} reference(s) without a holder`
    : `UNDERCOUNT: ${held} holders, refcount ${count}`;
}

export const gpc: Dcmd = {
  name: 'gpc',
  address: 'optional',
  summary: 'guest cores: where they run, where their VMCS is, and whether they still exist',
  origin: 'corewalk',
  examples: [{ line: '::gpc', explains: 'every guest core that something points to' }],
  *run({ target, isFirst, hasAddress, address }) {
    if (isFirst)
      yield {
        spans: [heading('ADDR             CPU VMCS_CORE PROC             VMCS             STATE')],
      };
    for (const guest of hasAddress ? [address] : guestCores(target)) {
      const value = target.value('struct guest_pcore', guest);
      const vmcs = value.member('vmcs').unsigned();
      const state = freedKmalloc(target, guest) ? 'FREED' : 'allocated';
      const page = isPageFree(target, vmcs - kernbase) ? ', VMCS page free' : '';
      yield {
        spans: [
          pointer(guest),
          text(
            ` ${value.member('cpu').signed().toString().padStart(3)} ${value.member('vmcs_core_id').signed().toString().padStart(9)} `,
          ),
          pointer(value.member('proc').unsigned()),
          text(' '),
          pointer(vmcs),
          text(` ${state}${page}`),
        ],
        value: guest,
        object: { address: guest, type: target.type('struct guest_pcore') },
      };
    }
  },
};
