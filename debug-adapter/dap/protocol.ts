/** What our adapter speaks beyond the Debug Adapter Protocol: launch attributes, and custom requests with their JSON. Types only. */
import type { HexAddress } from './hex-address.ts';
import type {
  AddressSpaceArguments,
  AddressSpaceBody,
  BytesArguments,
  BytesBody,
  LayoutArguments,
  LayoutItem,
  ObjectArguments,
  ObjectBody,
  OverlayArguments,
  OverlayBody,
  SearchArguments,
  SearchBody,
  TimelineBody,
  WalkArguments,
  WalkBody,
} from './picture-protocol.ts';

/** Attributes of a launch or attach configuration of type `corewalk`. */
export interface LaunchAttributes {
  /** Path of the dump. `coreDumpPath`, `core` and `corePath`, as other adapters call it, are accepted too. */
  readonly coreFile: string;
  /** Kernel file with symbols and types, for a dump that carries none. */
  readonly program?: string;
  /** C headers whose types are added. */
  readonly headers?: readonly string[];
  /** mdb lines, run in order once the dump is open. */
  readonly startup?: readonly string[];
  /** From directories as the compiler saw them to directories here: an object, or a list of pairs. */
  readonly sourceMap?: SourceMap;
  /** Shell pipes (`!`). Off unless the client says that the workspace is trusted and the user turned it on. */
  readonly allowShell?: boolean;
}

export type SourceMap =
  Readonly<Record<string, string>> | readonly (readonly [from: string, to: string])[];

export type { HexAddress };

/** Arguments and answers of the custom requests, by command. All are refused with an error before a dump is open. */
export interface CustomRequests {
  readonly 'corewalk/summary': { readonly arguments: undefined; readonly body: SummaryBody };
  readonly 'corewalk/tree': { readonly arguments: TreeArguments; readonly body: TreeBody };
  readonly 'corewalk/run': { readonly arguments: RunArguments; readonly body: RunBody };
  readonly 'corewalk/console': { readonly arguments: ConsoleArguments; readonly body: ConsoleBody };
  readonly 'corewalk/check': { readonly arguments: undefined; readonly body: CheckBody };
  readonly 'corewalk/threads': { readonly arguments: ThreadsArguments; readonly body: ThreadsBody };
  readonly 'corewalk/tool': { readonly arguments: ToolArguments; readonly body: ToolBody };
  readonly 'corewalk/report': { readonly arguments: ReportArguments; readonly body: ReportBody };
  readonly 'corewalk/showThread': {
    readonly arguments: ShowThreadArguments;
    readonly body: ShowThreadBody;
  };
  readonly 'corewalk/typeSource': {
    readonly arguments: TypeSourceArguments;
    readonly body: TypeSourceBody;
  };
  readonly 'corewalk/overlay': { readonly arguments: OverlayArguments; readonly body: OverlayBody };
  readonly 'corewalk/layout': { readonly arguments: LayoutArguments; readonly body: LayoutItem };
  readonly 'corewalk/bytes': { readonly arguments: BytesArguments; readonly body: BytesBody };
  readonly 'corewalk/object': { readonly arguments: ObjectArguments; readonly body: ObjectBody };
  readonly 'corewalk/timeline': { readonly arguments: object; readonly body: TimelineBody };
  readonly 'corewalk/addressSpace': {
    readonly arguments: AddressSpaceArguments;
    readonly body: AddressSpaceBody;
  };
  readonly 'corewalk/pageWalk': { readonly arguments: WalkArguments; readonly body: WalkBody };
  readonly 'corewalk/search': { readonly arguments: SearchArguments; readonly body: SearchBody };
}

/** What a dump is, without running a checker. */
export interface SummaryBody {
  /** As the user named it. */
  readonly name: string;
  readonly kind: 'core' | 'executable';
  readonly machine: string;
  /** Kernel module that recognised it: `illumos`; absent when none did. */
  readonly kernel?: string;
  readonly operatingSystem?: string;
  readonly panicMessage?: string;
  /** Index of the CPU that panicked, or of the one that took the dump. */
  readonly panicCpu?: number;
  readonly buildId?: string;
  readonly cpus: readonly {
    readonly index: number;
    readonly pc?: HexAddress;
    /** Symbol and offset of the pc. */
    readonly symbol?: string;
    readonly thread?: HexAddress;
  }[];
  readonly hasTypes: boolean;
  readonly symbolCount: number;
  /** Bytes of memory in the dump. */
  readonly memorySize: HexAddress;
  /** Present ranges in address order, neighbours joined; at most `rangeLimit`, the rest is told by `rangesLeft`. */
  readonly ranges: readonly MemoryRange[];
  readonly rangesLeft: number;
  /** The text note of the dump: `OSRELEASE`, `BUILD-ID` and so on. */
  readonly info: readonly (readonly [key: string, value: string])[];
  /** What is damaged, missing or doubtful, a sentence each; only an error makes what is shown doubtful. */
  readonly warnings: readonly {
    readonly severity: 'note' | 'warning' | 'error';
    readonly text: string;
  }[];
}

export interface MemoryRange {
  readonly virtualAddress?: HexAddress;
  readonly physicalAddress?: HexAddress;
  readonly size: HexAddress;
  /** `rwx` as in `ls -l`. */
  readonly access: string;
}

export interface TreeArguments {
  /** `id` of the node to open; absent for the roots. */
  readonly node?: number;
  /** Children to leave out from the front, and how many to give: for lists of thousands. */
  readonly start?: number;
  readonly count?: number;
}

export interface TreeBody {
  readonly nodes: readonly TreeItem[];
  /** There are children after these. */
  readonly hasMore: boolean;
}

export interface TreeItem {
  /** Good until the dump is closed or restarted. */
  readonly id: number;
  /** Control characters are escaped already, here and in every other text of these messages. */
  readonly label: string;
  readonly description?: string;
  /** The mdb line that shows the same. */
  readonly line?: string;
  readonly address?: HexAddress;
  /** C type at `address`. */
  readonly type?: string;
  readonly icon:
    | 'machine'
    | 'cpu'
    | 'thread'
    | 'process'
    | 'list'
    | 'object'
    | 'register'
    | 'memory'
    | 'reference'
    | 'weak-reference'
    | 'warning';
  readonly hasChildren: boolean;
  /** The DAP thread that this node is, to select it in the call stack. */
  readonly threadId?: number;
}

export interface RunArguments {
  /** One mdb line. It runs in a frame of its own: dot stays, unless `movesDot`. */
  readonly line: string;
  readonly movesDot?: boolean;
  /** Rows to leave out from the front, and how many to give; 10,000 unless told. */
  readonly start?: number;
  readonly count?: number;
}

/** A line that a view runs for its user. Line and output come as `output` events, as if it had been typed at the prompt. */
export interface ConsoleArguments {
  readonly line: string;
}

export interface ConsoleBody {
  readonly status: 'ok' | 'error';
}

export interface ReportArguments {
  readonly format: 'markdown' | 'html';
  /** Texts of the dump are replaced by their length, memory of processes is left out. */
  readonly isRedacted: boolean;
  /** Lines whose output belongs into the report. */
  readonly lines: readonly string[];
  readonly notes: readonly { readonly line: string; readonly comment: string }[];
}

export interface ReportBody {
  readonly text: string;
}

/** A tool of a language model, by its name in `debug-adapter/tools`. */
export interface ToolArguments {
  readonly name: string;
  /** As the model gave it. */
  readonly input: Readonly<Record<string, unknown>>;
}

export interface ToolBody {
  readonly text: string;
  readonly isError: boolean;
}

export interface RunBody {
  readonly rows: readonly RowItem[];
  /** There are rows after these. */
  readonly hasMore: boolean;
  readonly status: 'ok' | 'error';
}

export interface RowItem {
  readonly spans: readonly SpanItem[];
  /** What the next stage of a pipeline would take. */
  readonly value?: HexAddress;
  readonly object?: { readonly address: HexAddress; readonly type: string };
  /** The data behind the line; 64-bit numbers are `HexAddress`. */
  readonly data?: unknown;
  readonly isError?: true;
}

export interface SpanItem {
  readonly kind:
    | 'text'
    | 'heading'
    | 'address'
    | 'symbol'
    | 'type'
    | 'member'
    | 'number'
    | 'string'
    | 'error'
    | 'comment';
  readonly text: string;
  readonly address?: HexAddress;
}

export interface CheckBody {
  readonly findings: readonly FindingItem[];
}

export interface FindingItem {
  readonly check: string;
  readonly severity: 'BUG' | 'ERROR' | 'WARNING' | 'PENDING' | 'NOTE' | 'OK' | 'SKIPPED';
  readonly verdict: string;
  readonly evidence: readonly {
    readonly spans: readonly SpanItem[];
    /** The mdb line that shows the same. */
    readonly line?: string;
    readonly address?: HexAddress;
  }[];
}

/** All kernel threads in pages: the standard `threads` request stops at a limit. */
export interface ThreadsArguments {
  readonly start?: number;
  /** 1,000 unless told. */
  readonly count?: number;
}

export interface ThreadsBody {
  readonly threads: readonly ThreadItem[];
  readonly hasMore: boolean;
}

export interface ThreadItem {
  readonly address: HexAddress;
  readonly type: string;
  readonly name: string;
  readonly state: string;
  readonly id: string;
  readonly cpu?: number;
  readonly process?: HexAddress;
  /** DAP thread, when the `threads` request lists it. */
  readonly threadId?: number;
  /** Functions on its stack, innermost first, at most 16: to group equal stacks. */
  readonly stack: readonly string[];
}

export interface TypeSourceArguments {
  /** C type: `kthread_t`, `struct ctxop`. */
  readonly type: string;
}

/** Where a type is defined. */
export interface TypeSourceBody {
  /** A `Source` of the protocol. */
  readonly source: {
    readonly name?: string;
    readonly path?: string;
    readonly sourceReference?: number;
  };
  /** As the client counts. */
  readonly line: number;
}

export interface ShowThreadArguments {
  /** Address of a kernel thread structure. */
  readonly address: HexAddress;
}

export interface ShowThreadBody {
  /** Listed by `threads` from now on; a `stopped` event that selects it follows. */
  readonly threadId: number;
}
