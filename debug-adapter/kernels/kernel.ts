/** A kernel that Corewalk knows: how to recognise it, its threads, its commands, its reference rules. */
import type { Dcmd, Row, Walker } from '../commands/command.ts';
import type { Cpu, KernelThread, Target } from '../target/target.ts';

export interface KernelModule {
  /** `illumos`, `akaros`, `dragonfly`, `freebsd`, `kvm`. */
  readonly name: string;
  /** By symbols and types only: never by file name, never by a note of ours. Symbols are asked first: a type that is not there costs a pass over all units. */
  detect(target: Target): boolean;
  readonly dcmds: readonly Dcmd[];
  readonly walkers: readonly Walker[];
  /** Binds the module to a target. */
  attach(target: Target): Kernel;
}

/** A kernel module bound to one target. */
export interface Kernel {
  readonly name: string;
  /** For `::status`: release, version, machine. */
  readonly operatingSystem: string;
  readonly panicMessage: string | undefined;
  /** Why it is not known whether the kernel panicked; absent when it is. */
  readonly panicFault?: string;
  /** Why the dump was taken of a kernel that did not panic, when the kernel noted it: `guest 0 stuck at 0x118`. */
  readonly dumpReason?: string;
  /** The CPU that panicked; undefined for a forced dump. */
  readonly panicCpu: number | undefined;
  /** The trap that the panic answers, when it answers one: `$r` and `$C` begin there, not in the code that takes the dump. */
  readonly panicTrap?: PanicTrap | undefined;
  threads(): Iterable<KernelThread>;
  /** The same list as addresses, and one of them described: whoever looks for a thread among 100,000 need not have all described. */
  readonly threadsByAddress?: ThreadsByAddress;
  /** The thread structure that a CPU runs. */
  currentThread(cpu: Cpu): bigint | undefined;
  /** Console messages, oldest first. */
  messages(): Iterable<string>;
  /** What lies at an address, by the kernel's own books (stacks, allocators), most specific first. */
  whatis(address: bigint): Iterable<Row>;
  /** The kernel's memory allocator by its own books; absent where they are not known. */
  readonly allocator?: Allocator;
  /** What the machine tree shows below a place, after the generic nodes; nothing is read before a node is opened. */
  treeChildren?(place: TreePlace): Iterable<TreeNode>;
  /** What the kernel has recorded of itself over time; absent when it keeps no trace. Nothing is read before it is asked for. */
  timeline?(): Timeline;
  /** Which members are references to what, counted or weak: data for the generic audit and the graph. */
  readonly references: readonly ReferenceRule[];
  /** Why the count of an object is as it should be although its holders alone don't say so: `rundown in progress (1->0 rule) by tid 7`. */
  explainCount?(type: string, object: bigint): string | undefined;
}

/** Threads that are described when they are asked for. */
export interface ThreadsByAddress {
  /** In the order of `Kernel.threads`. @throws FaultError, LookupError after the ones that could be read */
  addresses(): Iterable<bigint>;
  /** @param address one of `addresses` @throws FaultError, LookupError when its structure can't be read */
  describe(address: bigint): KernelThread;
}

/** A processor's exception in kernel code. */
export interface PanicTrap {
  readonly number: bigint;
  /** The kernel's word for it: `Invalid Opcode`. */
  readonly name?: string;
  /** Registers when it was raised, by the names of the dump's own: `rip`, `rsp`, `rflags`, `trapno`. */
  readonly registers: ReadonlyMap<string, bigint>;
}

/** A kernel's memory allocator, as far as `::findleaks` needs its books. */
export interface Allocator {
  /** Everything that is given out, in any order; bounded. @throws FaultError, LookupError when the books can't be read */
  allocations(): Iterable<Allocation>;
  /** Kernel memory whose words keep nothing alive: slabs (free buffers lie there), the allocator's own books, traces, unused parts of stacks. */
  silent(): Iterable<MemoryRange>;
}

/** A buffer that an allocator has given out. */
export interface Allocation {
  readonly address: bigint;
  readonly size: bigint;
  /** Of the cache, zone or bucket it comes from. */
  readonly cacheAddress: bigint;
  /** The cache's name: `kmem_alloc_96`. */
  readonly cache: string;
}

export interface MemoryRange {
  readonly start: bigint;
  /** One past the last byte. */
  readonly end: bigint;
}

/** A kernel's own trace. */
export interface Timeline {
  /** `ticks` of the time stamp counter; or `order`: each CPU's events are in order, and nothing is known between CPUs. */
  readonly clock: 'ticks' | 'order';
  /** In any order. */
  readonly events: Iterable<TimelineEvent>;
}

/** One entry of a trace. */
export interface TimelineEvent {
  readonly cpu: number;
  /** By the timeline's clock. */
  readonly time: bigint;
  /** A word that events of the same kind share: `save`, `vm_page_insert`. */
  readonly kind: string;
  readonly label: string;
  /** Address of the thread structure that ran, when the entry says. */
  readonly thread?: bigint;
  /** The mdb line that shows the entry. */
  readonly line?: string;
}

/** One place that refers to an object. */
export interface ReferenceRule {
  /**
   * C type and member path that holds the pointer (`struct per_cpu_info`, `cur_proc`), a global symbol (a pointer or an array of them), or a member of the object itself
   * that is not zero while a reference is held for it (`own`: membership of a list that counts).
   */
  readonly holder:
    | { readonly type: string; readonly member: string }
    | { readonly symbol: string }
    | { readonly own: string };
  /** C type pointed to. */
  readonly refersTo: string;
  /** Member path in the object that the pointer leads to, when that is not its beginning: `vm_pmap`. */
  readonly inside?: string;
  /** `implicit`: whoever has it uses the object, and must be done before the count drops, but is not in the count. */
  readonly strength: 'counted' | 'weak' | 'implicit';
  /** Walker that yields every holder of that type; unused for a symbol or the object itself. */
  readonly walker?: string;
  /** Member path of the counter in the object, when `counted`. */
  readonly counter?: string;
  /** Why, with its source. */
  readonly note: string;
}

/** A node of the machine tree that the editor shows; the console says the same with `line`. */
export interface TreeNode {
  /** First and strongest text: `CPU 1`, `vmm`, `bash`. Not escaped; the shell does it. */
  readonly label: string;
  /** Weaker text after the label: `restored at 45670023`. */
  readonly description?: string;
  /** The mdb line that shows the same. */
  readonly line?: string;
  /** What the node is about. */
  readonly address?: bigint;
  /** C type at `address`: `struct ctxop`. */
  readonly type?: string;
  readonly icon?: TreeIcon;
  /** Absent for a leaf. May throw FaultError after the children that could be read. */
  readonly children?: () => Iterable<TreeNode>;
}

/** What a node is; the editor picks the picture. */
export type TreeIcon =
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

/** Where a kernel adds its own nodes. */
export type TreePlace =
  | { readonly kind: 'machine' }
  | { readonly kind: 'cpu'; readonly cpu: Cpu }
  | { readonly kind: 'thread'; readonly thread: KernelThread };
