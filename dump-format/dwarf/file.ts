/** The sections of one file as the DWARF readers share them, and the list of what was found to be damaged. */
import { FormatError } from '../errors.ts';
import { sectionBytes } from './cursor.ts';
import type { SectionBytes } from './cursor.ts';
import type { DwarfSections } from './sections.ts';

/** Warnings kept; after that one more says that there are others. */
export const warningLimit = 100;

/** Fetches each section once and collects warnings. */
export class DwarfFile {
  readonly sections: DwarfSections;
  readonly warnings: string[] = [];
  readonly leftOut: string[] = [];
  private readonly fetched = new Map<string, SectionBytes | undefined>();
  private readonly warned = new Set<string>();

  constructor(sections: DwarfSections) {
    this.sections = sections;
  }

  /** A section by its ELF name; undefined when absent, and (with a warning) when it can't be delivered. */
  section(name: string): SectionBytes | undefined {
    if (this.fetched.has(name)) return this.fetched.get(name);
    const bytes = this.orWarn(undefined, () => this.sections.section(name));
    const section = bytes && sectionBytes(this.sections, name, bytes);
    this.fetched.set(name, section);
    return section;
  }

  /** @throws FormatError when the file lacks the section */
  requiredSection(name: string): SectionBytes {
    const section = this.section(name);
    if (section) return section;
    throw new FormatError(`${this.sections.name}: ${name}: the section is missing`);
  }

  /** Whether code at an address was dropped by the linker, which leaves its debug information at 0. */
  isDiscarded(address: bigint): boolean {
    return address === 0n && this.sections.address('.text') !== 0n;
  }

  /** Adds a warning, once. */
  warn(sentence: string): void {
    this.add(this.warnings, sentence, 'further damage is not listed');
  }

  /** Tells of debug information that is whole but not read, once. */
  leaveOut(sentence: string): void {
    this.add(this.leftOut, sentence, 'what else is not read is not listed');
  }

  private add(list: string[], sentence: string, more: string): void {
    if (this.warned.has(sentence) || list.length > warningLimit) return;
    this.warned.add(sentence);
    list.push(list.length === warningLimit ? `${this.sections.name}: ${more}` : sentence);
  }

  /** The result of `read`, or `fallback` and a warning when the bytes it meets are damaged. */
  orWarn<Result>(fallback: Result, read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.warn(error.message);
      return fallback;
    }
  }
}
