/** What the pictures of the extension ask for: memory with the members that lie there, objects and their references, time, translation. Types only. */
import type { HexAddress } from './hex-address.ts';

export interface OverlayArguments {
  /** An mdb expression: `fffffe5af5cc8040`, `panic_thread`, `*panic_thread`, `<rsp`. */
  readonly at: string;
  /** C type of what lies there; what the engine knows when absent. */
  readonly type?: string;
}

export interface OverlayBody {
  readonly address: HexAddress;
  /** Symbol and offset. */
  readonly symbol?: string;
  /** Absent when it is not known what lies there. */
  readonly object?: LayoutItem;
}

export interface LayoutArguments {
  readonly type: string;
}

export interface LayoutItem {
  /** Where it begins; 0 for the layout of a type alone. */
  readonly address: HexAddress;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** By offset, holes among them. */
  readonly fields: readonly FieldItem[];
  /** There are more fields than are given. */
  readonly isCut: boolean;
}

export interface FieldItem {
  /** Member path; empty for a hole. */
  readonly path: string;
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  readonly bits?: { readonly offsetBits: number; readonly sizeBits: number };
  readonly isHole?: true;
  /** Its bytes belong to an earlier member of the same union. */
  readonly isAlternative?: true;
  /** The value on one line. */
  readonly text?: string;
  /** Where a pointer leads. */
  readonly pointer?: HexAddress;
}

export interface BytesArguments {
  readonly address: HexAddress;
  /** At most 65,536. */
  readonly count: number;
}

export interface BytesBody {
  /** Present runs by address; what is in none is absent, which isn't zero. */
  readonly runs: readonly { readonly address: HexAddress; readonly data: string }[];
}

export interface SearchArguments {
  /** Bytes in hexadecimal: `6279 7665`. */
  readonly bytes: string;
  /** Where to begin; the lowest address when absent. */
  readonly from?: HexAddress;
}

export interface SearchBody {
  readonly matches: readonly HexAddress[];
  /** There are matches after these. */
  readonly hasMore: boolean;
}

export interface ObjectArguments {
  readonly at: string;
  readonly type?: string;
}

/** One object of a graph. */
export interface ObjectBody {
  readonly address: HexAddress;
  readonly type: string;
  readonly symbol?: string;
  /** Members that tell objects of a type apart. */
  readonly facts: readonly (readonly [member: string, value: string])[];
  /** The count of the object against its holders. */
  readonly audit?: string;
  readonly outgoing: readonly OutgoingItem[];
  readonly incoming: readonly IncomingItem[];
  /** Incoming references that are not given. */
  readonly incomingLeft: number;
}

/** Whether a pointer keeps its object alive, by the rules of the kernel. */
export type StrengthItem = 'counted' | 'implicit' | 'weak' | 'unknown';

export interface OutgoingItem {
  readonly member: string;
  readonly strength: StrengthItem;
  readonly to: HexAddress;
  readonly type: string;
  /** For a reference to the same type: the elements from there on, at most 100, and how many there are. */
  readonly list?: { readonly elements: readonly HexAddress[]; readonly count: number };
}

export interface IncomingItem {
  readonly from: HexAddress;
  readonly type: string;
  readonly member: string;
  readonly strength: StrengthItem;
}

/** The kernel's own trace. */
export interface TimelineBody {
  /** `order`: each CPU's events are in order, and nothing is known between CPUs. */
  readonly clock: 'ticks' | 'order';
  readonly cpus: readonly number[];
  /** In time order. */
  readonly events: readonly TimelineEventItem[];
  /** Older events that are not given. */
  readonly eventsLeft: number;
  /** Why the trace ends early. */
  readonly gap?: string;
}

export interface TimelineEventItem {
  readonly cpu: number;
  readonly time: HexAddress;
  readonly kind: string;
  readonly label: string;
  readonly thread?: HexAddress;
  readonly threadName?: string;
  /** The mdb line that shows the entry. */
  readonly line?: string;
}

export interface AddressSpaceArguments {
  /** CPU whose page tables are read; the one that panicked when absent. */
  readonly cpu?: number;
}

/** What the page tables of a CPU map. */
export interface AddressSpaceBody {
  readonly cpu: number;
  readonly cr3: HexAddress;
  /** CPUs whose page tables are known. */
  readonly cpus: readonly { readonly cpu: number; readonly cr3: HexAddress }[];
  /** By address. */
  readonly ranges: readonly MappedRangeItem[];
  /** There are more ranges than are given. */
  readonly isCut: boolean;
  readonly landmarks: readonly { readonly address: HexAddress; readonly label: string }[];
}

export interface MappedRangeItem {
  readonly start: HexAddress;
  readonly size: HexAddress;
  /** `rwx` as in `ls -l`, then `u` for user code. */
  readonly rights: string;
  /** Bytes of it that are in the dump. */
  readonly present: HexAddress;
  readonly pageSize: HexAddress;
}

export interface WalkArguments extends AddressSpaceArguments {
  /** An mdb expression. */
  readonly at: string;
}

/** One address through the page tables. */
export interface WalkBody {
  readonly address: HexAddress;
  readonly symbol?: string;
  readonly cpu: number;
  readonly cr3: HexAddress;
  readonly steps: readonly {
    readonly level: string;
    readonly index: number;
    readonly entryAddress: HexAddress;
    /** Absent when the table is not in the dump. */
    readonly entry?: HexAddress;
    readonly flags: readonly string[];
  }[];
  readonly physical?: HexAddress;
  readonly pageSize?: HexAddress;
  /** As in a range. */
  readonly rights: string;
  /** The page is in the dump. */
  readonly isPresent: boolean;
  /** Why there is no physical address. */
  readonly problem?: string;
}
