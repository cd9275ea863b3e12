/** Call frame information: the entries of `.eh_frame` and `.debug_frame`, found by code address (DWARF 5, section 6.4.1). */
import { AddressMapBuilder } from './address-map.ts';
import type { AddressMap } from './address-map.ts';
import { DW_EH_PE } from './constants.ts';
import { DwarfCursor } from './cursor.ts';
import type { SectionBytes } from './cursor.ts';
import type { DwarfFile } from './file.ts';
import { readUnitLength } from './units.ts';

/** What the functions of one compilation share (a CIE). */
export interface CommonFrame {
  readonly section: SectionBytes;
  readonly addressSize: 4 | 8;
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  /** Column whose rule recovers the caller's pc. */
  readonly returnRegister: number;
  /** The frames are of traps or signals: the pc they interrupt is exact. */
  readonly isSignalFrame: boolean;
  /** `DW_EH_PE_*` of the addresses in its function entries. */
  readonly pointerEncoding: number;
  /** Reads an address of that encoding; undefined for one that is left out. */
  readonly readAddress: (cursor: DwarfCursor) => bigint | undefined;
  /** Function entries carry augmentation data with a length. */
  readonly hasAugmentationData: boolean;
  /** Instructions: offsets into the section. */
  readonly start: number;
  readonly end: number;
}

/** How to unwind one stretch of code (an FDE). */
export interface FunctionFrame {
  readonly common: CommonFrame;
  readonly low: bigint;
  readonly high: bigint;
  /** Instructions: offsets into the section. */
  readonly start: number;
  readonly end: number;
}

/** All entries of one section. */
export class FrameSection {
  private readonly file: DwarfFile;
  private readonly section: SectionBytes;
  private readonly isEhFrame: boolean;
  private readonly commons = new Map<number, CommonFrame | undefined>();
  private index: AddressMap | undefined;

  /** @param section `.eh_frame` or `.debug_frame`, which differ in how an entry names its CIE and its addresses */
  constructor(file: DwarfFile, section: SectionBytes, isEhFrame: boolean) {
    this.file = file;
    this.section = section;
    this.isEhFrame = isEhFrame;
  }

  /** The entry that covers an address. */
  at(address: bigint): FunctionFrame | undefined {
    this.index ??= this.buildIndex();
    const offset = this.index.at(address);
    return offset === undefined ? undefined : this.readFunctionFrame(this.entry(offset));
  }

  private buildIndex(): AddressMap {
    const builder = new AddressMapBuilder();
    let offset = 0;
    while (offset < this.section.bytes.length) {
      const entry = this.file.orWarn(undefined, () => this.entry(offset));
      if (!entry) break;
      this.file.orWarn(undefined, () => {
        if (entry.isCommon) return;
        const frame = this.readFunctionFrame(entry);
        if (frame && !this.file.isDiscarded(frame.low))
          builder.add(frame.low, frame.high, entry.offset);
      });
      offset = entry.end;
    }
    return builder.build();
  }

  /** The length and the kind of an entry. A length of 0 ends a list in `.eh_frame`; others may follow. */
  private entry(offset: number): FrameEntry {
    const cursor = new DwarfCursor(this.section, offset);
    const { offsetSize, end } = readUnitLength(cursor);
    if (end > this.section.bytes.length) throw cursor.damage('a frame entry that is cut off');
    if (end - cursor.position < 4) return { offset, end, isCommon: true, body: end, common: 0 };
    const idOffset = cursor.position;
    if (this.isEhFrame) {
      const id = cursor.u32();
      const common = idOffset - id;
      return { offset, end, isCommon: id === 0, body: cursor.position, common };
    }
    const isCommon =
      offsetSize === 4 ? cursor.u32() === 0xffffffff : cursor.u64() === 2n ** 64n - 1n;
    const body = cursor.position;
    if (isCommon) return { offset, end, isCommon, body, common: 0 };
    const common = new DwarfCursor(this.section, idOffset).offset(offsetSize);
    return { offset, end, isCommon, body, common };
  }

  /** Undefined when its CIE is damaged, which was warned about. */
  private readFunctionFrame(entry: FrameEntry): FunctionFrame | undefined {
    const common = this.common(entry.common);
    if (!common) return undefined;
    const cursor = new DwarfCursor(this.section, entry.body, entry.end);
    const low = common.readAddress(cursor);
    const length = this.pointer(cursor, common.pointerEncoding & 0x07, common);
    if (low === undefined || length === undefined)
      throw cursor.damage('a frame entry without code');
    if (common.hasAugmentationData) cursor.skip(cursor.uleb());
    const high = BigInt.asUintN(64, low + length);
    return { common, low, high, start: cursor.position, end: entry.end };
  }

  private common(offset: number): CommonFrame | undefined {
    if (this.commons.has(offset)) return this.commons.get(offset);
    const common = this.file.orWarn(undefined, () => this.readCommonFrame(this.entry(offset)));
    this.commons.set(offset, common);
    return common;
  }

  private readCommonFrame(entry: FrameEntry): CommonFrame {
    const cursor = new DwarfCursor(this.section, entry.body, entry.end);
    if (!entry.isCommon) throw cursor.damage('a frame entry whose CIE is none');
    const version = cursor.u8();
    if (version !== 1 && version !== 3 && version !== 4)
      throw cursor.damage(`a CIE of version ${version}`);
    const augmentation = cursor.text();
    let { addressSize } = this.file.sections;
    if (version === 4) {
      const size = cursor.u8();
      if ((size !== 4 && size !== 8) || cursor.u8() !== 0)
        throw cursor.damage('a CIE with segments or strange addresses');
      addressSize = size;
    }
    if (augmentation === 'eh') cursor.skip(addressSize);
    const shared = {
      section: this.section,
      addressSize,
      codeAlignment: cursor.uleb(),
      dataAlignment: cursor.sleb(),
      returnRegister: version === 1 ? cursor.u8() : cursor.uleb(),
    };
    const extra = this.augmentation(cursor, augmentation, shared);
    const readAddress = (each: DwarfCursor): bigint | undefined =>
      this.pointer(each, extra.pointerEncoding, shared);
    return { ...shared, ...extra, readAddress, start: cursor.position, end: entry.end };
  }

  /** What the letters of the augmentation say (LSB core specification, section 10.6.1). */
  private augmentation(
    cursor: DwarfCursor,
    letters: string,
    common: Pick<CommonFrame, 'section' | 'addressSize'>,
  ): Pick<CommonFrame, 'isSignalFrame' | 'pointerEncoding' | 'hasAugmentationData'> {
    let pointerEncoding: number = DW_EH_PE.absptr;
    let isSignalFrame = false;
    if (letters === '' || letters === 'eh')
      return { isSignalFrame, pointerEncoding, hasAugmentationData: false };
    if (!letters.startsWith('z'))
      throw cursor.damage(`a CIE with the augmentation '${letters.replace(/[^ -~]/g, '?')}'`);
    const length = cursor.uleb();
    const end = cursor.position + length;
    for (const letter of letters.slice(1)) {
      if (letter === 'R') pointerEncoding = cursor.u8();
      else if (letter === 'S') isSignalFrame = true;
      else if (letter === 'L') cursor.u8();
      else if (letter === 'P') this.pointer(cursor, cursor.u8() & ~DW_EH_PE.indirect, common);
      // The letters after one that is not known can't be told apart; their length is known.
      else break;
    }
    if (end > cursor.end) throw cursor.damage('a CIE whose augmentation is cut off');
    cursor.position = end;
    return { isSignalFrame, pointerEncoding, hasAugmentationData: true };
  }

  /** An encoded address; undefined for one that is left out. */
  private pointer(
    cursor: DwarfCursor,
    encoding: number,
    common: Pick<CommonFrame, 'addressSize'>,
  ): bigint | undefined {
    if (encoding === DW_EH_PE.omit) return undefined;
    const at = cursor.position;
    const value = readPointer(cursor, encoding & 0x0f, common.addressSize);
    return BigInt.asUintN(common.addressSize * 8, value + this.pointerBase(cursor, encoding, at));
  }

  private pointerBase(cursor: DwarfCursor, encoding: number, at: number): bigint {
    const { sections } = this.file;
    switch (encoding & 0xf0) {
      case DW_EH_PE.absptr:
        return 0n;
      case DW_EH_PE.pcrel:
        return (sections.address('.eh_frame') ?? 0n) + BigInt(at);
      case DW_EH_PE.textrel:
        return sections.address('.text') ?? 0n;
      case DW_EH_PE.datarel:
        return sections.address('.got') ?? 0n;
      default:
        throw cursor.damage(`an address of encoding 0x${encoding.toString(16)}`);
    }
  }
}

interface FrameEntry {
  readonly offset: number;
  readonly end: number;
  /** A CIE, or the zero that ends a list. */
  readonly isCommon: boolean;
  /** Offset behind the id. */
  readonly body: number;
  /** Offset of the CIE of a function entry. */
  readonly common: number;
}

function readPointer(cursor: DwarfCursor, form: number, addressSize: 4 | 8): bigint {
  switch (form) {
    case DW_EH_PE.absptr:
      return cursor.unsigned(addressSize);
    case DW_EH_PE.uleb128:
      return cursor.ulebBig();
    case DW_EH_PE.udata2:
      return BigInt(cursor.u16());
    case DW_EH_PE.udata4:
      return BigInt(cursor.u32());
    case DW_EH_PE.udata8:
      return cursor.u64();
    case DW_EH_PE.sleb128:
      return cursor.slebBig();
    case DW_EH_PE.sdata2:
      return BigInt(cursor.i16());
    case DW_EH_PE.sdata4:
      return BigInt(cursor.i32());
    case DW_EH_PE.sdata8:
      return cursor.i64();
    default:
      throw cursor.damage(`an address of form 0x${form.toString(16)}`);
  }
}
