/** Opens a dump, whatever its container: the one door to this folder for everybody who reads. */
import type { ByteSource } from './byte-source.ts';
import { plainSource } from './containers.ts';
import type { DebugInfo } from './debug-info.ts';
import type { CpuRegisters, Dump, DumpNote, DumpWarning } from './dump.ts';
import { openDwarf, type DwarfInfo } from './dwarf/dwarf.ts';
import * as elf from './elf/constants.ts';
import { openElf, type ElfFile } from './elf/elf.ts';
import { elfMemory, type ElfMemory } from './elf/memory.ts';
import { readCpus } from './elf/registers.ts';
import { elfSymbols, hasSymbols, noSymbols } from './elf/symbol-table.ts';
import { FormatError } from './errors.ts';
import { withQemuState } from './linux/qemu-notes.ts';
import { describeLinux, type LinuxDescription } from './linux/self-description.ts';
import { vmcoreinfoOwner } from './linux/vmcoreinfo.ts';
import type { Memory, MemorySegment } from './memory.ts';
import { sourcesSection, unpackSources } from './source-archive.ts';
import type { SymbolTable } from './symbols.ts';
import { readInfo, textNoteOwner } from './text-note.ts';

export interface OpenDumpOptions {
  /** Kernel file beside the dump: used for symbols and types that the dump does not carry. */
  readonly program?: ByteSource;
  /** What `unpack` found damaged, a sentence each. */
  readonly damages?: readonly string[];
}

/**
 * Opens a crash dump, or a program that was linked (`kind: 'executable'`).
 *
 * Reads headers and notes; symbols, types and memory when asked for. What is damaged becomes a warning.
 * The dump owns its sources from here on and closes them; when this throws, they stay the caller's.
 *
 * @throws FormatError when nothing can be shown: the file is in no known format, or its header is cut off
 */
export function openDump(source: ByteSource, options: OpenDumpOptions = {}): Dump {
  const plain = plainSource(source);
  const file = openElf(plain);
  if (![elf.ET_EXEC, elf.ET_DYN, elf.ET_CORE].includes(file.header.type))
    throw new FormatError(
      `${source.name}: e_type is ${file.header.type}: neither a core (4) nor a linked program (2, 3)`,
    );
  const found = asWarnings('error', [...(options.damages ?? []), ...(plain.damages ?? [])]);
  const program = options.program && openProgram(options.program, found);
  return new ElfDump(file, program, found);
}

/** A kernel file that can't be read does not keep the dump from being shown. */
function openProgram(source: ByteSource, found: DumpWarning[]): ElfFile | undefined {
  try {
    return openElf(plainSource(source));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    found.push({ severity: 'error', text: `${error.message}; the kernel file is not used` });
    source.close();
    return undefined;
  }
}

/** Sections that make a file worth asking for types or frames. */
const debugSections = ['.debug_info', '.debug_frame', '.eh_frame'];

/** Writers whose NT_PRSTATUS has the CPU's number plus one as its pid. */
const cpuNumberingOwners = [textNoteOwner, 'QEMU'];

class ElfDump implements Dump {
  readonly name: string;
  readonly kind: 'core' | 'executable';
  readonly addressBits = 64;
  readonly byteOrder: 'little' | 'big';
  readonly machine: Dump['machine'];
  readonly cpus: readonly CpuRegisters[];
  readonly symbols: SymbolTable;
  readonly buildId: string | undefined;
  readonly info: ReadonlyMap<string, string>;
  readonly notes: readonly DumpNote[];
  readonly #file: ElfFile;
  readonly #program: ElfFile | undefined;
  readonly #memory: ElfMemory;
  /** What a dump of Linux says of its own kernel. */
  readonly #linux: LinuxDescription | undefined;
  /** The kernel ran elsewhere than the kernel file says: nothing in that file is where it says. */
  readonly #isMoved: boolean;
  readonly #dwarf: DwarfInfo | undefined;
  readonly #mismatch: readonly DumpWarning[];
  readonly #found: DumpWarning[];
  #sources: ReadonlyMap<string, string> | undefined;

  constructor(file: ElfFile, program: ElfFile | undefined, found: DumpWarning[]) {
    this.#file = file;
    this.#program = program;
    this.#found = found;
    this.name = file.name;
    this.kind = file.header.type === elf.ET_CORE ? 'core' : 'executable';
    this.byteOrder = file.byteOrder;
    this.machine = machineName(file.header.machine);
    this.notes = file.notes;
    this.info = readInfo(file.notes);
    this.buildId = statedBuildId(this.info) ?? file.buildId;
    this.#mismatch = program ? compareBuildIds(this.name, this.buildId, program) : [];
    this.#memory = elfMemory(file, {
      ...(this.info.get(memoryTailKey) === 'zero' && { tail: 'zero' }),
      hasCopies: this.notes.some(({ owner }) => owner === vmcoreinfoOwner),
    });
    this.cpus = withQemuState(this.#readCpus(), this.notes);
    this.#linux = this.kind === 'core' ? this.#describeLinux() : undefined;
    this.#isMoved = program !== undefined && this.#isElsewhere(program);
    this.symbols = this.#openSymbols();
    this.#dwarf = this.#openDwarf();
  }

  get segments(): readonly MemorySegment[] {
    return this.#memory.segments;
  }

  get virtual(): Memory {
    return this.#linux?.virtual ?? this.#memory.virtual;
  }

  get physical(): Memory {
    return this.#memory.physical;
  }

  get debugInfo(): DebugInfo | undefined {
    return this.#dwarf ?? this.#linux?.debugInfo;
  }

  /** A kernel file of another build comes first: nothing said after it can be trusted. */
  get warnings(): readonly DumpWarning[] {
    const damage = [
      ...this.#file.warnings,
      ...(this.#program?.warnings ?? []),
      ...this.#memory.warnings,
    ];
    return [
      ...this.#mismatch,
      ...asWarnings('error', damage),
      ...asWarnings('warning', this.#memory.doubts),
      ...this.#found,
      ...asWarnings('error', this.#dwarf?.warnings),
      ...asWarnings('warning', this.#dwarf?.leftOut),
    ];
  }

  sourceText(file: string): string | undefined {
    this.#sources ??= this.#readSources();
    return this.#sources.get(file);
  }

  close(): void {
    this.#file.source.close();
    this.#program?.source.close();
  }

  #readCpus(): CpuRegisters[] {
    if (this.kind !== 'core') return [];
    const warn = (severity: DumpWarning['severity'], sentence: string): void => {
      this.#found.push({ severity, text: `${this.name}: ${sentence}` });
    };
    if (this.machine !== 'x86-64') {
      warn('warning', 'registers of this machine are not read, only those of x86-64');
      return [];
    }
    const pidIsCpu = this.notes.some(({ owner }) => cpuNumberingOwners.includes(owner));
    return readCpus(this.notes, this.byteOrder, pidIsCpu, warn);
  }

  #describeLinux(): LinuxDescription | undefined {
    const { virtual, physical } = this.#memory;
    const { name, byteOrder, machine, notes, info } = this;
    return describeLinux(
      { name, byteOrder, machine, notes, info, virtual, physical },
      (severity, sentence) => this.#found.push({ severity, text: `${name}: ${sentence}` }),
    );
  }

  #isElsewhere(program: ElfFile): boolean {
    const offset = this.#linux?.vmcoreinfo.kernelOffset ?? 0n;
    if (offset === 0n) return false;
    this.#found.push({
      severity: 'warning',
      text: `${program.name} is not used: the kernel was moved by 0x${offset.toString(16)} (KASLR); its own symbols and types are in the dump`,
    });
    return true;
  }

  /** The dump's own symbols, else those of the kernel file, else those that a kernel of Linux keeps in its memory. */
  #openSymbols(): SymbolTable {
    const owner = this.#carriers().find(hasSymbols);
    if (this.#linux?.symbols && owner === undefined) return this.#linux.symbols;
    return owner ? elfSymbols(owner, (error) => this.#warn(error)) : noSymbols;
  }

  /** The dump's own types, else those of the kernel file, else whichever has tables to unwind by. */
  #openDwarf(): DwarfInfo | undefined {
    const carriers = this.#carriers();
    for (const name of debugSections) {
      const owner = carriers.find(
        (file) => (file.section(name)?.type ?? elf.SHT_NOBITS) !== elf.SHT_NOBITS,
      );
      if (owner) return openDwarf(dwarfSections(owner));
    }
    return undefined;
  }

  #carriers(): readonly ElfFile[] {
    return this.#program && !this.#isMoved ? [this.#file, this.#program] : [this.#file];
  }

  /** The kernel image may carry sources, and the writer of the dump may have added some: the image's come first. */
  #readSources(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const file of this.#carriers())
      for (const section of file.sections.filter(({ name }) => name === sourcesSection)) {
        try {
          const archive = file.sectionBytes(section);
          for (const [name, text] of unpackSources(archive, `${file.name}: ${sourcesSection}`))
            if (!found.has(name)) found.set(name, text);
        } catch (error) {
          this.#warn(error);
        }
      }
    return found;
  }

  #warn(error: unknown): void {
    if (!(error instanceof FormatError)) throw error;
    this.#found.push({ severity: 'error', text: error.message });
  }
}

/**
 * Key of the text note for what `p_memsz` counts beyond `p_filesz`: `zero` when the writer left out only
 * zeros. Without it that memory is absent, as gdb and crash have it.
 */
export const memoryTailKey = 'MEMORY_TAIL';

function machineName(machine: number): Dump['machine'] {
  switch (machine) {
    case elf.EM_X86_64:
      return 'x86-64';
    case elf.EM_AARCH64:
      return 'aarch64';
    case elf.EM_PPC64:
      return 'ppc64';
    default:
      return 'other';
  }
}

function statedBuildId(info: ReadonlyMap<string, string>): string | undefined {
  const stated = info.get('BUILD-ID')?.toLowerCase();
  return stated !== undefined && /^[0-9a-f]+$/.test(stated) ? stated : undefined;
}

function asWarnings(
  severity: DumpWarning['severity'],
  sentences: readonly string[] = [],
): DumpWarning[] {
  return sentences.map((text) => ({ severity, text }));
}

function compareBuildIds(
  name: string,
  buildId: string | undefined,
  program: ElfFile,
): DumpWarning[] {
  if (buildId === undefined || program.buildId === undefined) {
    const lacking = buildId === undefined ? name : program.name;
    const text = `${lacking}: no build id: can't tell whether ${program.name} is the kernel of ${name}`;
    return [{ severity: 'note', text }];
  }
  if (buildId === program.buildId) return [];
  const text = `${program.name} is not the kernel of ${name}: build id ${program.buildId}, the dump has ${buildId}`;
  return [{ severity: 'error', text }];
}

function dwarfSections(file: ElfFile): Parameters<typeof openDwarf>[0] {
  return {
    name: file.name,
    byteOrder: file.byteOrder,
    addressSize: 8,
    section: (name) => {
      const section = file.section(name);
      return section && section.type !== elf.SHT_NOBITS ? file.sectionBytes(section) : undefined;
    },
    address: (name) => file.section(name)?.address,
  };
}
