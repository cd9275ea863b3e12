/** Builds tiny dumps of an invented Linux kernel: page tables, kallsyms, notes, as QEMU writes them. No byte of a real kernel. */
import { buildElf, join, noteSegment } from '../elf-builder.ts';

/** A symbol for kallsyms: the letter that nm shows, and where it is. */
export interface KernelSymbol {
  readonly letter: string;
  readonly name: string;
  readonly address: bigint;
}

export interface TinyLinux {
  readonly depth?: 4 | 5;
  /** What lies in the kernel image, by symbol (in parentheses it is none); each begins a page. */
  readonly objects?: readonly {
    readonly symbol: string;
    readonly letter?: string;
    /** `at` tells addresses of all objects. */
    readonly bytes: Uint8Array | ((at: (symbol: string) => bigint) => Uint8Array);
  }[];
  /** Symbols beside those of the objects. */
  readonly symbols?: readonly KernelSymbol[];
  /** The kernel's types. */
  readonly btf?: Uint8Array;
  /** Lines of the note changed, or left out where undefined. */
  readonly info?: Readonly<Record<string, string | undefined>>;
  /** Bytes of a table changed before it is written. */
  readonly damage?: (table: string, bytes: Uint8Array) => Uint8Array;
  /** Registers of each CPU beside pc: `rsp`, `rbp`. */
  readonly cpus?: readonly { readonly rip: bigint; readonly rsp: bigint; readonly rbp?: bigint }[];
}

const pageBytes = 4096;
/** Linked there plus this much of KASLR. */
const imageStart = 0xffff_ffff_8900_0000n;
/** Where the image is physically: below where it was linked, so `phys_base` is negative. */
const imagePlace = 0x1_0000n;
export const kernelMap = 0xffff_ffff_8000_0000n;

const tokens: readonly string[] = Array.from({ length: 256 }, (_, index) =>
  index === 1 ? 'task' : index === 2 ? 'Dinit_' : String.fromCharCode(index === 0 ? 63 : index),
);

/** Names as indexes of tokens; `init_task` becomes two of them. */
export function encodeName(text: string): Uint8Array {
  const indexes: number[] = [];
  for (let at = 0; at < text.length;) {
    const long = tokens.findIndex(
      (token, index) => index < 3 && index > 0 && text.startsWith(token, at),
    );
    indexes.push(long > 0 ? long : text.charCodeAt(at));
    at += long > 0 ? (tokens[long]?.length ?? 1) : 1;
  }
  const length =
    indexes.length < 128 ? [indexes.length] : [0x80 | (indexes.length & 0x7f), indexes.length >> 7];
  return Uint8Array.from([...length, ...indexes]);
}

/** The five tables of kallsyms. */
export function encodeKallsyms(
  symbols: readonly KernelSymbol[],
  relativeBase: bigint,
): ReadonlyMap<string, Uint8Array> {
  const names = join(symbols.map(({ letter, name }) => encodeName(letter + name)));
  const tokenIndex = new Uint8Array(512);
  let place = 0;
  for (const [index, token] of tokens.entries()) {
    new DataView(tokenIndex.buffer).setUint16(index * 2, place, true);
    place += token.length + 1;
  }
  const latin = Uint8Array.from(`${tokens.join('\0')}\0`, (letter) => letter.charCodeAt(0));
  const offsets = new Uint8Array(symbols.length * 4);
  for (const [index, { address }] of symbols.entries()) {
    const offset = address < kernelMap ? address : relativeBase - 1n - address;
    new DataView(offsets.buffer).setInt32(index * 4, Number(offset), true);
  }
  return new Map([
    ['kallsyms_num_syms', word(symbols.length, 4)],
    ['kallsyms_names', names],
    ['kallsyms_token_table', latin],
    ['kallsyms_token_index', tokenIndex],
    ['kallsyms_offsets', offsets],
    ['kallsyms_relative_base', word(relativeBase, 8)],
  ]);
}

/** The bytes of a dump: physical memory alone, `e_ehsize` wrong, notes as QEMU writes them. */
export function buildLinuxDump(linux: TinyLinux = {}): Uint8Array {
  const depth = linux.depth ?? 4;
  const places = new Map<string, bigint>();
  let end = imageStart;
  const reserve = (name: string, size: number): void => {
    places.set(name, end);
    end += BigInt(Math.ceil(Math.max(1, size) / pageBytes) * pageBytes);
  };
  const at = (symbol: string): bigint => places.get(symbol) ?? 0n;
  const objects = [
    ...(linux.objects ?? []),
    ...(linux.btf ? [{ symbol: '__start_BTF', letter: 'R', bytes: linux.btf }] : []),
  ];
  reserve('swapper_pg_dir', pageBytes);
  for (const { symbol, bytes } of objects)
    reserve(symbol, bytes instanceof Uint8Array ? bytes.length : bytes(at).length);
  const symbols: KernelSymbol[] = [
    ...(linux.symbols ?? []).filter(({ address }) => address < kernelMap),
    { letter: 'D', name: 'swapper_pg_dir', address: at('swapper_pg_dir') },
    ...objects
      .filter(({ symbol }) => !symbol.startsWith('('))
      .map(({ symbol, letter = 'D' }) => ({ letter, name: symbol, address: at(symbol) })),
    ...(linux.symbols ?? []).filter(({ address }) => address >= kernelMap),
    ...(linux.btf
      ? [{ letter: 'R', name: '__stop_BTF', address: at('__start_BTF') + BigInt(linux.btf.length) }]
      : []),
  ];
  const damage = linux.damage ?? ((_, bytes: Uint8Array) => bytes);
  const tables = [...encodeKallsyms(symbols, imageStart)].map(
    ([name, bytes]) => [name, damage(name, bytes)] as const,
  );
  for (const [name, bytes] of tables) reserve(name, bytes.length);
  const imageBytes = Number(end - imageStart);
  const memory = new Uint8Array(Number(imagePlace) + imageBytes + 5 * pageBytes);
  const write = (name: string, bytes: Uint8Array): void =>
    memory.set(bytes, Number(at(name) - imageStart + imagePlace));
  for (const { symbol, bytes } of objects)
    write(symbol, damage(symbol, bytes instanceof Uint8Array ? bytes : bytes(at)));
  for (const [name, bytes] of tables) write(name, bytes);
  mapImage(memory, depth, imageBytes);
  const info = {
    OSRELEASE: '6.1.0-tiny',
    'SYMBOL(swapper_pg_dir)': at('swapper_pg_dir').toString(16),
    ...Object.fromEntries(tables.map(([name]) => [`SYMBOL(${name})`, at(name).toString(16)])),
    'NUMBER(phys_base)': (imagePlace - (imageStart - kernelMap)).toString(),
    'NUMBER(pgtable_l5_enabled)': depth === 5 ? '1' : '0',
    KERNELOFFSET: '8000000',
    ...linux.info,
  };
  const lines = Object.entries(info).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}\n`],
  );
  const cpus = linux.cpus ?? [{ rip: imageStart + 0x10n, rsp: imageStart }];
  const dump = buildElf({
    segments: [
      noteSegment([
        ...cpus.map((cpu, index) => ({ owner: 'CORE', type: 1, data: prstatus(cpu, index) })),
        ...cpus.map(() => ({ owner: 'QEMU', type: 0, data: qemuState() })),
        { owner: 'VMCOREINFO', type: 0, data: new TextEncoder().encode(lines.join('')) },
      ]),
      { virtualAddress: 0n, physicalAddress: 0n, bytes: memory },
    ],
  });
  new DataView(dump.buffer).setUint16(0x34, 8, true);
  return dump;
}

/** Page tables of 4 KiB pages, behind the image; the top one is in it. */
function mapImage(memory: Uint8Array, depth: 4 | 5, imageBytes: number): void {
  const view = new DataView(memory.buffer);
  let table = Number(imagePlace);
  let next = Number(imagePlace) + imageBytes;
  for (let level = depth; level > 1; level--) {
    const index = Number((imageStart >> BigInt(12 + 9 * (level - 1))) & 0x1ffn);
    view.setBigUint64(table + index * 8, BigInt(next) | 0x63n, true);
    table = next;
    next += pageBytes;
  }
  const first = Number((imageStart >> 12n) & 0x1ffn);
  for (let page = 0; page < imageBytes / pageBytes; page++) {
    const place = imagePlace + BigInt(page * pageBytes);
    view.setBigUint64(table + (first + page) * 8, place | 0x63n, true);
  }
}

function prstatus(
  cpu: { readonly rip: bigint; readonly rsp: bigint; readonly rbp?: bigint },
  index: number,
): Uint8Array {
  const data = new Uint8Array(336);
  const view = new DataView(data.buffer);
  view.setUint32(32, index + 1, true);
  view.setBigUint64(112 + 16 * 8, cpu.rip, true);
  view.setBigUint64(112 + 19 * 8, cpu.rsp, true);
  view.setBigUint64(112 + 4 * 8, cpu.rbp ?? 0n, true);
  return data;
}

/** CR3 and the base of gs, in their places. */
function qemuState(): Uint8Array {
  const data = new Uint8Array(440);
  const view = new DataView(data.buffer);
  view.setUint32(0, 1, true);
  view.setUint32(4, 440, true);
  view.setBigUint64(264, 0xffff_8880_0000_0000n, true);
  view.setBigUint64(416, imagePlace, true);
  return data;
}

/** A little-endian integer. */
export function word(value: bigint | number, bytes: 1 | 2 | 4 | 8): Uint8Array {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  return data.subarray(0, bytes);
}
