/** The table of `::tlb`: a cached translation beside what the page tables say now. */
import type { Invocation, Row } from '../commands/command.ts';
import { fullAddressCell, tableRow, type Column } from '../print/table.ts';
import type { Target } from '../target/target.ts';
import { selected } from './selected.ts';

export const tlbColumns: readonly Column[] = [
  { heading: 'CPU', width: 3, align: 'right' },
  { heading: 'VA', width: 16, align: 'left' },
  { heading: 'PA', width: 16, align: 'left' },
  { heading: 'PERM', width: 5, align: 'left' },
  { heading: 'PTE NOW', width: 16, align: 'left' },
  { heading: 'STATE', width: 0, align: 'left' },
];

/** `dead`: of an address space that is gone. */
export type TlbState = 'ok' | 'pending' | 'stale' | 'dead';

const stateNames = { ok: 'ok', pending: 'PENDING', stale: 'STALE', dead: 'DEAD SPACE' } as const;

export interface CachedTranslation {
  /** Of the hardware table's entry. */
  readonly at: bigint;
  readonly cpu: number;
  /** Of the page. */
  readonly address: bigint;
  readonly physical: bigint;
  readonly isWritable: boolean;
  readonly isDirty: boolean;
  /** Absent where a kernel's entries are never global. */
  readonly isGlobal?: boolean;
}

/** @param pte the entry that the page tables have there now */
export function tlbRow(
  target: Target,
  entry: CachedTranslation,
  pte: bigint | undefined,
  state: TlbState,
): Row {
  const hex = (word: bigint): string => word.toString(16).padStart(16, '0');
  return tableRow(
    tlbColumns,
    [
      { text: entry.cpu.toString() },
      fullAddressCell(entry.address),
      { text: hex(entry.physical) },
      { text: permissions(entry) },
      { text: pte === undefined ? '-' : hex(pte) },
      { kind: state === 'stale' || state === 'dead' ? 'error' : 'text', text: stateNames[state] },
    ],
    {
      value: entry.at,
      object: { address: entry.at, type: target.type('struct sim_tlbent') },
      data: { ...entry, pte, state },
    },
  );
}

function permissions({ isWritable, isGlobal, isDirty }: CachedTranslation): string {
  const global = isGlobal === undefined ? '' : isGlobal ? 'g' : '-';
  return `r${isWritable ? 'w' : '-'}${global}${isDirty ? 'd' : '-'}`;
}

/** Entries of the page that the address before `::tlb` is in. @throws LookupError when no CPU has any */
export function entriesOfPage<Judged extends { readonly entry: CachedTranslation }>(
  invocation: Pick<Invocation, 'hasAddress' | 'address'>,
  judged: Iterable<Judged>,
): Generator<Judged> {
  const isOfPage = ({ entry }: Judged, address: bigint): boolean =>
    entry.address >> 12n === address >> 12n;
  return selected(judged, invocation, isOfPage, 'is in no page that a cpu has cached');
}
