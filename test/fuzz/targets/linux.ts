/** Dumps of Linux: what they say of themselves, page tables, kallsyms, BTF, ORC, modules; and compressed kdumps. */
import { bytesSource } from '../../../dump-format/byte-source.ts';
import type { CType } from '../../../dump-format/ctype.ts';
import type { FrameRegisters } from '../../../dump-format/debug-info.ts';
import type { Dump } from '../../../dump-format/dump.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { encodeBtf, kind, signedInt } from '../../dump-format/linux/btf-builder.ts';
import { buildLinuxDump, word, type TinyLinux } from '../../dump-format/linux/linux-builder.ts';
import { buildKdump, flatten } from '../../dump-format/kdump/kdump-builder.ts';
import { join } from '../../dump-format/elf-builder.ts';
import { attempt, type Field, type FuzzTarget } from '../fuzz-target.ts';

export const linuxDump: FuzzTarget = {
  name: 'linux',
  seeds: () => [
    smallLinux(4),
    smallLinux(5),
    smallLinux(4, { 'SYMBOL(kallsyms_names)': undefined, 'SYMBOL(_stext)': 'ffffffff89000000' }),
  ],
  fields: wordsThatAreNotZero,
  lines: ['::status', '$C', '::ps', '::msgbuf', 'init_task::print', '::nm'],
  words: ['SYMBOL(', 'NUMBER(phys_base)=', 'KERNELOFFSET='],
  reaches: [
    'self-description.ts:describeLinux',
    'kallsyms.ts:openKallsyms',
    'find-kallsyms.ts:findKallsyms',
    'page-tables.ts:pageTables',
    'modules.ts:readModules',
  ],
  run: (bytes) => void attempt(() => useLinux(openDump(bytesSource(bytes, 'vmcore')))),
};

export const kdump: FuzzTarget = {
  name: 'kdump',
  seeds: () => {
    const raw = smallKdump();
    return [raw, flatten(raw, 3000)];
  },
  fields: wordsThatAreNotZero,
  lines: ['::status', '::mappings'],
  words: ['KDUMP   ', 'makedumpfile\0'],
  reaches: [
    'kdump.ts:kdumpSource',
    'flattened.ts:flattenedSource',
    'lzo.ts:unpackLzo',
    'page-map.ts:readPageMap',
  ],
  run(bytes) {
    attempt(() => {
      const { physical, segments } = openDump(bytesSource(bytes, 'vmcore'));
      for (const { physicalAddress = 0n } of segments.slice(0, 16))
        attempt(() => physical.read(physicalAddress, 4096));
    });
  },
};

/** Most of such a file is holes and filling. */
function wordsThatAreNotZero(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (let offset = 0; offset + 4 <= bytes.length; offset += 4)
    if (bytes.subarray(offset, offset + 4).some((byte) => byte !== 0))
      fields.push({ offset, size: 4 });
  return fields;
}

function useLinux(dump: Dump): void {
  const { symbols, debugInfo, virtual } = dump;
  attempt(() => [...symbols.all()].length);
  attempt(() => symbols.withPrefix('', 10));
  attempt(() => virtual.rangeAtOrAbove(0n));
  for (const name of ['init_task', 'modules', 'nothing']) {
    const address = symbols.byName(name)?.address ?? 0n;
    attempt(() => symbols.nearestBelow(address + 1n));
    attempt(() => virtual.readU64(address + 4093n));
    attempt(() => virtual.readAvailable(address, 70_000));
    attempt(() => debugInfo?.variable(name)?.type.size);
    attempt(() => debugInfo?.functionAt(address)?.type.returns.size);
    attempt(() => debugInfo?.unwind.step(frameAt(dump, address)));
  }
  for (const { name, kind: of } of debugInfo?.names() ?? [])
    attempt(() =>
      look(debugInfo?.lookup(['base', 'typedef'].includes(of) ? name : `${of} ${name}`)),
    );
  for (const { text } of dump.warnings)
    if (/undefined|NaN|\[object/.test(text)) throw new Error(`a warning: ${text}`);
}

/** Looks at a type and, once, at what it is made of. */
function look(type: CType | undefined): void {
  if (type?.kind === 'struct' || type?.kind === 'union')
    for (const { type: inner } of type.members) void inner.size;
  if (type?.kind === 'enum') void type.enumerators.length;
  if (type?.kind === 'function') void type.parameters.length;
}

function frameAt(dump: Dump, address: bigint): FrameRegisters {
  return {
    lookupAddress: address,
    pc: address,
    register: () => address,
    cfa: () => undefined,
    memory: dump.virtual,
    caller: () => undefined,
  };
}

function smallLinux(depth: 4 | 5, info: TinyLinux['info'] = {}): Uint8Array {
  const struct = (name: string, size: number, ...members: readonly (string | number)[]) => ({
    kind: kind.struct,
    name,
    count: members.length / 3,
    sizeOrType: size,
    words: members,
  });
  const btf = encodeBtf([
    signedInt,
    { kind: kind.pointer, sizeOrType: 0 },
    struct('list_head', 16, 'next', 2, 0, 'prev', 2, 64),
    struct('task_struct', 64, 'tasks', 3, 0, 'pid', 1, 128),
    struct('module_layout', 16, 'base', 2, 0, 'size', 1, 64),
    struct('module', 64, 'list', 3, 0, 'kallsyms', 2, 128, 'core_layout', 5, 192),
    struct('mod_kallsyms', 32, 'symtab', 2, 0, 'num_symtab', 1, 64, 'strtab', 2, 128),
    { kind: kind.prototype, sizeOrType: 1, count: 1, words: ['how', 1] },
    { kind: kind.function, name: 'schedule', sizeOrType: 8 },
    { kind: kind.enum64, name: 'wide', count: 1, sizeOrType: 8, words: ['ONE', 1, 1] },
    { kind: kind.array, words: [1, 1, 4] },
    { kind: kind.typedef, name: 'four_t', sizeOrType: 11 },
    { kind: kind.variable, name: 'runqueues', sizeOrType: 1, words: [1] },
  ]);
  const own = (at: (symbol: string) => bigint, name: string, ...values: readonly bigint[]) =>
    join([word(at(name), 8), word(at(name), 8), ...values.map((value) => word(value, 8))]);
  return buildLinuxDump({
    depth,
    info,
    btf,
    symbols: [{ letter: 'A', name: 'runqueues', address: 0x40n }],
    objects: [
      { symbol: 'schedule', letter: 'T', bytes: new Uint8Array(64) },
      {
        symbol: '__start_orc_unwind_ip',
        bytes: (at) =>
          join(
            [0n, 4n].map((place) => word(at('schedule') - at('__start_orc_unwind_ip') + place, 4)),
          ),
      },
      { symbol: '__stop_orc_unwind_ip', bytes: new Uint8Array(1) },
      {
        symbol: '__start_orc_unwind',
        bytes: Uint8Array.from([8, 0, 0, 0, 5, 0, 8, 0, 0, 0, 5, 4]),
      },
      { symbol: 'init_task', bytes: (at) => own(at, 'init_task', 7n) },
      { symbol: 'symtab', bytes: join([new Uint8Array(24), word(1, 4), new Uint8Array(20)]) },
      { symbol: 'names', bytes: new TextEncoder().encode('\0tiny_run\0') },
      {
        symbol: 'table',
        bytes: (at) => join([at('symtab'), 2n, at('names')].map((each) => word(each, 8))),
      },
      {
        symbol: 'first',
        bytes: (at) =>
          join(
            [at('modules'), at('modules'), at('table'), at('schedule'), 64n].map((each) =>
              word(each, 8),
            ),
          ),
      },
      { symbol: 'modules', bytes: (at) => join([word(at('first'), 8), word(at('first'), 8)]) },
    ],
  });
}

function smallKdump(): Uint8Array {
  const lzo = Uint8Array.from([18, 7, 32, ...Array<number>(15).fill(0), 237, 0, 0, 17, 0, 0]);
  return buildKdump({
    vmcoreinfo: 'OSRELEASE=6.1.0-tiny\n',
    pages: [
      { page: 0, bytes: new Uint8Array(4096).fill(1) },
      { page: 1, bytes: lzo, flags: 2 },
      { page: 5, bytes: new Uint8Array(4096).fill(5), flags: 0 },
    ],
  });
}
