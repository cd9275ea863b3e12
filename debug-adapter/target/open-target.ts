/** Opens a dump as a target: memory through page tables, types by name, globals, stacks and the kernel that it shows. */
import { strip, type CType, type RecordType, type TypeSource } from '../../dump-format/ctype.ts';
import type { FrameRegisters } from '../../dump-format/debug-info.ts';
import type { Dump, DumpWarning } from '../../dump-format/dump.ts';
import { FaultError, FormatError, LookupError } from '../../dump-format/errors.ts';
import type { Memory } from '../../dump-format/memory.ts';
import { kernelModules } from '../kernels/index.ts';
import type { Kernel, KernelModule } from '../kernels/kernel.ts';
import { AddedSymbols } from './added-symbols.ts';
import { pageTableRoot } from './control-registers.ts';
import { readHardware } from './hardware.ts';
import { kernelHalf } from './kernel-half.ts';
import { valueAtLocation } from './locals.ts';
import { requireMember } from './members.ts';
import { pagedMemory } from './paged-memory.ts';
import { parseTypeName } from './parse-type.ts';
import { formatAddress, symbolize } from './symbolize.ts';
import type { Cpu, Hardware, KernelThread, Target } from './target.ts';
import { valueAt, type ValueSpace } from './typed-value.ts';
import { unwind } from './unwind.ts';
import type { Value } from './value.ts';

/** Types looked up by name that are kept. */
const cachedTypes = 4096;

export interface TargetOptions {
  /** Types asked after those of the dump: `::typedef`, headers. May grow while the target is open. */
  readonly addedTypes?: TypeSource;
  /** Kernels to recognise; the table of all of them when absent. */
  readonly kernelModules?: readonly KernelModule[];
  /** Memory of processes is treated as absent: for what leaves the house. */
  readonly hidesUserMemory?: boolean;
}

/** Opens a dump for reading. Costs nothing until a question is asked. */
export function openTarget(dump: Dump, options: TargetOptions = {}): Target {
  return new DumpTarget(dump, options);
}

/** The module that recognises a target, if any. The first in table order wins. */
export function detectKernel(
  target: Target,
  modules: readonly KernelModule[] = kernelModules,
): KernelModule | undefined {
  return modules.find((module) => module.detect(target));
}

class DumpTarget implements Target {
  readonly dump: Dump;
  readonly symbols: Target['symbols'];
  readonly physical: Memory;
  readonly debugInfo: Target['debugInfo'];
  readonly types: TypeSource;
  readonly cpus: readonly Cpu[];
  private readonly modules: readonly KernelModule[];
  private readonly typesByName = new Map<string, CType | undefined>();
  private readonly hasAddedTypes: boolean;
  private readonly hidesUserMemory: boolean;
  private readonly globals = new Map<string, Value>();
  private attached: { readonly kernel: Kernel | undefined } | undefined;
  private read: { readonly hardware: Hardware | undefined } | undefined;
  private space: Memory | undefined;
  private readonly failures: string[] = [];

  constructor(dump: Dump, options: TargetOptions) {
    this.dump = dump;
    this.symbols = new AddedSymbols(dump.symbols);
    this.physical = dump.physical;
    this.debugInfo = dump.debugInfo;
    this.hasAddedTypes = options.addedTypes !== undefined;
    this.hidesUserMemory = options.hidesUserMemory ?? false;
    this.types = joinTypes(dump.debugInfo, options.addedTypes);
    this.cpus = dump.cpus.map(({ cpu, registers, fxsave }) => ({ index: cpu, registers, fxsave }));
    this.modules = options.kernelModules ?? kernelModules;
  }

  get memory(): Memory {
    this.space ??= this.hidesUserMemory ? kernelHalf(this.openMemory()) : this.openMemory();
    return this.space;
  }

  get kernel(): Kernel | undefined {
    if (!this.attached) {
      // Set first: a module asks this target for threads while it attaches.
      this.attached = { kernel: undefined };
      this.attached = { kernel: this.attach() };
    }
    return this.attached.kernel;
  }

  get hardware(): Hardware | undefined {
    this.read ??= { hardware: readHardware(this.dump, (type, at) => this.value(type, at)) };
    return this.read.hardware;
  }

  get panicCpu(): Cpu {
    const index = this.kernel?.panicCpu;
    const named = this.cpus.find((cpu) => cpu.index === index);
    return named ?? this.cpus[0] ?? { index: 0, registers: new Map(), fxsave: undefined };
  }

  get panicRegisters(): ReadonlyMap<string, bigint> {
    const { registers } = this.panicCpu;
    const trap = this.kernel?.panicTrap;
    return trap ? new Map([...registers, ...trap.registers]) : registers;
  }

  type(name: string): CType {
    const type = this.findType(name);
    if (type) return type;
    throw new LookupError(
      `failed to look up type ${name}: ${this.debugInfo ? 'No type found corresponding to name' : 'no symbolic debug information available for module'}`,
    );
  }

  findType(name: string): CType | undefined {
    const known = this.typesByName.get(name);
    if (known !== undefined || this.typesByName.has(name)) return known;
    const inDump = parseTypeName(this.debugInfo ?? noTypes, name);
    const isFinal = !this.hasAddedTypes || (inDump !== undefined && !isDeclaration(inDump));
    const type = isFinal ? inDump : parseTypeName(this.types, name);
    // What the dump does not have may be added later.
    if (isFinal && this.typesByName.size < cachedTypes) this.typesByName.set(name, type);
    return type;
  }

  member(record: RecordType, name: string): ReturnType<Target['member']> {
    return requireMember(record, name);
  }

  value(type: CType | string, address: bigint): Value {
    return valueAt(this.valueSpace, typeof type === 'string' ? this.type(type) : type, address);
  }

  global(name: string): Value {
    const known = this.globals.get(name);
    if (known) return known;
    const value = this.findGlobal(name);
    if (value) {
      this.globals.set(name, value);
      return value;
    }
    const symbol = this.symbols.byName(name);
    if (!symbol) throw new LookupError(`failed to dereference symbol ${name}: unknown symbol name`);
    throw new LookupError(`no type data available for ${name}`);
  }

  hasGlobal(name: string): boolean {
    return this.globals.has(name) || this.findGlobal(name) !== undefined;
  }

  symbolize(address: bigint): string | undefined {
    return symbolize(this.symbols, address);
  }

  formatAddress(address: bigint): string {
    return formatAddress(this.symbols, address);
  }

  symbolAddress(name: string): bigint {
    const symbol = this.symbols.byName(name);
    if (symbol) return symbol.address;
    throw new LookupError(`failed to dereference symbol ${name}: unknown symbol name`);
  }

  threads(): Iterable<KernelThread> {
    return this.kernel ? this.kernel.threads() : this.cpus.map(cpuAsThread);
  }

  stack(start: Parameters<Target['stack']>[0]): ReturnType<typeof unwind> {
    return unwind(this, start);
  }

  get warnings(): readonly DumpWarning[] {
    void this.kernel;
    void this.memory;
    if (this.failures.length === 0) return this.dump.warnings;
    const failures = this.failures.map((text): DumpWarning => ({ severity: 'error', text }));
    return [...this.dump.warnings, ...failures];
  }

  /** A dump whose kernel can't be read is still memory, registers and types. */
  private attach(): Kernel | undefined {
    const module = detectKernel(this, this.modules);
    try {
      return module?.attach(this);
    } catch (error) {
      const isOfTheDump = [FaultError, FormatError, LookupError].some(
        (each) => error instanceof each,
      );
      if (!isOfTheDump || !(error instanceof Error)) throw error;
      this.failures.push(
        `${this.dump.name}: it shows ${module?.name ?? 'a kernel'}, but: ${error.message}`,
      );
      return undefined;
    }
  }

  private get valueSpace(): ValueSpace {
    return { memory: this.memory, byteOrder: this.dump.byteOrder };
  }

  private findGlobal(name: string): Value | undefined {
    const variable = this.debugInfo?.variable(name);
    if (!variable) return undefined;
    const located = valueAtLocation(
      this.valueSpace,
      variable.type,
      variable.locate(noFrame(this.memory)),
    );
    if (typeof located !== 'string') return located;
    const symbol = this.symbols.byName(name);
    return symbol && this.value(variable.type, symbol.address);
  }

  /** Segments with virtual addresses come first; page tables fill in what they lack, when a CR3 is known. */
  private openMemory(): Memory {
    const { dump } = this;
    this.space = dump.virtual;
    const root = this.findPageTables();
    if (dump.machine !== 'x86-64' || root === undefined) return dump.virtual;
    return pagedMemory(dump.virtual, dump.physical, root.cr3, root.depth);
  }

  /** A dump whose hardware table can't be read is still its segments. */
  private findPageTables(): ReturnType<typeof pageTableRoot> {
    try {
      return pageTableRoot(this);
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof LookupError)) throw error;
      this.failures.push(`${error.message}; memory that only page tables map is not shown`);
      return undefined;
    }
  }
}

function cpuAsThread({ index }: Cpu): KernelThread {
  return {
    address: 0n,
    type: '',
    name: `cpu ${index}`,
    state: 'ONPROC',
    cpu: index,
    id: index.toString(),
    process: undefined,
    start: { kind: 'cpu', cpu: index },
  };
}

const noTypes: TypeSource = { lookup: () => undefined, names: () => [] };

/** Registers of no frame: what a global's location needs is its address alone. */
function noFrame(memory: Memory): FrameRegisters {
  return {
    lookupAddress: 0n,
    pc: 0n,
    register: () => undefined,
    cfa: () => undefined,
    memory,
    caller: () => undefined,
  };
}

function joinTypes(first: TypeSource | undefined, second: TypeSource | undefined): TypeSource {
  return {
    lookup(name) {
      const found = first?.lookup(name);
      const isWhole = found !== undefined && !isDeclaration(found);
      return isWhole ? found : (second?.lookup(name) ?? found);
    },
    *names() {
      if (first) yield* first.names();
      if (second) yield* second.names();
    },
  };
}

function isDeclaration(type: CType): boolean {
  const base = strip(type);
  return (
    (base.kind === 'struct' || base.kind === 'union' || base.kind === 'enum') && base.isDeclaration
  );
}
