/** The ORC tables of loaded modules: each module brings its own. */
import type { CType, RecordType } from '../ctype.ts';
import { FaultError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import type { SymbolTable } from '../symbols.ts';
import type { BtfTypes } from './btf-types.ts';
import { maximumOrcEntries, type OrcTable } from './orc.ts';

/** Modules that are looked at. */
export const maximumModules = 65536;

/** Tables of the modules on the list `modules`; those that can be read, where the list is damaged. */
export function moduleOrcTables(
  types: BtfTypes,
  symbols: SymbolTable,
  memory: Memory,
): readonly OrcTable[] {
  const head = symbols.byName('modules')?.address;
  const link = offsetOf(types.lookup('struct module'), 'list');
  const addresses = offsetOf(types.lookup('struct module'), 'arch', 'orc_unwind_ip');
  const entries = offsetOf(types.lookup('struct module'), 'arch', 'orc_unwind');
  const count = offsetOf(types.lookup('struct module'), 'arch', 'num_orcs');
  if (
    head === undefined ||
    link === undefined ||
    addresses === undefined ||
    entries === undefined ||
    count === undefined
  )
    return [];
  const found: OrcTable[] = [];
  try {
    let node = memory.readU64(head);
    for (let seen = 0; node !== head && node !== 0n && seen < maximumModules; seen++) {
      const module = BigInt.asUintN(64, node - link);
      const size = memory.readU32(module + count);
      if (size > 0 && size <= maximumOrcEntries)
        found.push({
          addresses: memory.readU64(module + addresses),
          entries: memory.readU64(module + entries),
          count: size,
        });
      node = memory.readU64(node);
    }
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
  }
  return found;
}

function offsetOf(type: CType | undefined, ...path: readonly string[]): bigint | undefined {
  let record: CType | undefined = type;
  let offset = 0;
  for (const name of path) {
    const member = isRecord(record) ? record.members.find((each) => each.name === name) : undefined;
    if (!member) return undefined;
    offset += member.offset;
    record = member.type;
  }
  return BigInt(offset);
}

function isRecord(type: CType | undefined): type is RecordType {
  return type?.kind === 'struct' || type?.kind === 'union';
}
