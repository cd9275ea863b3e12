/** What a Linux kernel tells of its code in a dump: types of BTF, functions of kallsyms, frames of ORC; no lines, no locals. */
import { voidType, type CType, type FunctionType, type RecordType } from '../ctype.ts';
import type { DebugInfo, FunctionInfo, Location, VariableInfo } from '../debug-info.ts';
import type { Memory } from '../memory.ts';
import type { SymbolTable } from '../symbols.ts';
import { lazy } from '../dwarf/lazy.ts';
import type { BtfTypes } from './btf-types.ts';
import { globalTypes, type GlobalType } from './globals.ts';
import type { LinuxModule } from './modules.ts';
import { maximumOrcEntries, OrcUnwindTable, type OrcLayout, type OrcTable } from './orc.ts';

/** Code, types and stacks of a kernel and its modules. */
export class LinuxDebugInfo implements DebugInfo {
  readonly unwind: DebugInfo['unwind'];
  private readonly types: BtfTypes;
  private readonly symbols: SymbolTable;

  /**
   * @param kernelSymbols say where the kernel's own unwind table is
   * @param symbols of the kernel and its modules
   */
  constructor(
    types: BtfTypes,
    kernelSymbols: SymbolTable,
    symbols: SymbolTable,
    modules: () => readonly LinuxModule[],
    memory: Memory,
  ) {
    this.types = types;
    this.symbols = symbols;
    const tables = lazy(() => [
      ...kernelOrcTable(kernelSymbols),
      ...modules().flatMap(({ orc }) => (orc ? [orc] : [])),
    ]);
    this.unwind = new OrcUnwindTable(
      memory,
      orcLayout(types.lookup('struct orc_entry')),
      tables,
      (address) => this.functionAt(address)?.low,
    );
  }

  lookup(name: string): CType | undefined {
    return this.types.lookup(name);
  }

  names(): ReturnType<DebugInfo['names']> {
    return this.types.names();
  }

  functionAt(pc: bigint): FunctionInfo | undefined {
    const symbol = this.symbols.nearestBelow(pc);
    const isInside = symbol?.type === 'function' && pc - symbol.address < symbol.size;
    return isInside ? this.describe(symbol) : undefined;
  }

  functionNamed(name: string): FunctionInfo | undefined {
    const symbol = this.symbols.byName(name);
    return symbol?.type === 'function' ? this.describe(symbol) : undefined;
  }

  scopesAt(): ReturnType<DebugInfo['scopesAt']> {
    return [];
  }

  variable(name: string): VariableInfo | undefined {
    const declared = globalTypes.get(name);
    const symbol = this.symbols.byName(name);
    if (!symbol) return undefined;
    const type = declared ? this.declaredType(declared, symbol.size) : this.types.perCpuType(name);
    if (!type) return undefined;
    const location: Location = declared
      ? { kind: 'memory', address: symbol.address }
      : { kind: 'unavailable', reason: 'there is one for each CPU' };
    return { name, type, declaredAt: undefined, isParameter: false, locate: () => location };
  }

  lineAt(): undefined {
    return undefined;
  }

  typeDeclaredAt(): undefined {
    return undefined;
  }

  addressesOf(): readonly bigint[] {
    return [];
  }

  sourceFiles(): readonly string[] {
    return [];
  }

  private declaredType(
    { type: name, isPointer, isArray }: GlobalType,
    symbolSize: bigint,
  ): CType | undefined {
    const base = name.endsWith(' *')
      ? this.types.lookup(name.slice(0, -2))
      : this.types.lookup(name);
    if (!base) return undefined;
    const named: CType = name.endsWith(' *') ? pointerTo(base) : base;
    if (isPointer) return pointerTo(named);
    if (!isArray || named.size === 0) return named;
    const count = Number(symbolSize / BigInt(named.size));
    return { kind: 'array', element: named, count, size: count * named.size };
  }

  private describe({
    name,
    address,
    size,
  }: {
    readonly name: string;
    readonly address: bigint;
    readonly size: bigint;
  }): FunctionInfo {
    return {
      name,
      low: address,
      high: address + size,
      type: this.types.functionType(name) ?? unknownFunction,
      declaredAt: undefined,
      // BTF names parameters, but not where they are.
      parameters: [],
    };
  }
}

const unknownFunction: FunctionType = {
  kind: 'function',
  size: 0,
  returns: voidType,
  parameters: [],
  isPrototyped: false,
  isVariadic: false,
};

function pointerTo(target: CType): CType {
  return { kind: 'pointer', size: 8, target };
}

/** The layout by the kernel's own `struct orc_entry`; that of Linux 6.1 where there is none. */
function orcLayout(type: CType | undefined): OrcLayout {
  const members = type?.kind === 'struct' ? type.members : [];
  const field = (name: string): OrcLayout['type'] | undefined =>
    members.find((member) => member.name === name)?.bitField;
  const found = field('type');
  if (!isRecord(type) || !found)
    return {
      size: 6,
      type: { offsetBits: 40, sizeBits: 2 },
      end: { offsetBits: 42, sizeBits: 1 },
    };
  return { size: type.size, type: found, end: field('end') };
}

function isRecord(type: CType | undefined): type is RecordType {
  return type?.kind === 'struct';
}

function kernelOrcTable(symbols: SymbolTable): OrcTable[] {
  const at = (name: string): bigint | undefined => symbols.byName(name)?.address;
  const addresses = at('__start_orc_unwind_ip');
  const end = at('__stop_orc_unwind_ip');
  const entries = at('__start_orc_unwind');
  if (addresses === undefined || end === undefined || entries === undefined || end < addresses)
    return [];
  const count = (end - addresses) / 4n;
  return count > BigInt(maximumOrcEntries) ? [] : [{ addresses, entries, count: Number(count) }];
}
