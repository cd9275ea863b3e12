/** Names and values of the ELF specification (gABI 4.2, chapters 4 and 5), as far as dumps and kernels use them. */

export const magic = [0x7f, 0x45, 0x4c, 0x46] as const;

/** Bytes of the ELF64 structures. */
export const headerBytes = 64;
export const programHeaderBytes = 56;
export const sectionHeaderBytes = 64;
export const symbolBytes = 24;
export const noteHeaderBytes = 12;
export const compressionHeaderBytes = 24;

export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const ELFDATA2MSB = 2;
export const ELFOSABI_LINUX = 3;

export const ET_EXEC = 2;
export const ET_DYN = 3;
export const ET_CORE = 4;

export const EM_PPC64 = 21;
export const EM_X86_64 = 62;
export const EM_AARCH64 = 183;

export const PT_LOAD = 1;
export const PT_NOTE = 4;
/**
 * Ours, in the range for operating systems: as `PT_LOAD`, for memory that has a physical address alone.
 * As a `PT_LOAD` with `p_vaddr` 0, which QEMU writes, it would be what gdb and drgn show behind a NULL pointer.
 */
export const PT_PHYSICAL = 0x6043_4f52;

/** `e_phnum` when the count does not fit: section 0 has it in `sh_info`. */
export const PN_XNUM = 0xffff;
/** Section indexes from here on don't fit the header's 16 bits. */
export const SHN_LORESERVE = 0xff00;
/** `e_shstrndx` when the index does not fit: section 0 has it in `sh_link`. */
export const SHN_XINDEX = 0xffff;

export const SHT_NULL = 0;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_DYNSYM = 11;

export const SHF_ALLOC = 0x2;
export const SHF_COMPRESSED = 0x800;

export const ELFCOMPRESS_ZLIB = 1;
export const ELFCOMPRESS_ZSTD = 2;

/** Notes of owner `CORE` (Linux `include/uapi/linux/elf.h`). */
export const NT_PRSTATUS = 1;
export const NT_FPREGSET = 2;
export const NT_PRPSINFO = 3;
export const NT_AUXV = 6;
export const NT_FILE = 0x46494c45;
/** Entries of `NT_AUXV`. */
export const AT_NULL = 0;
export const AT_PHDR = 3;
export const AT_PHENT = 4;
export const AT_PHNUM = 5;
export const AT_PAGESZ = 6;
export const AT_ENTRY = 9;
/** Note of owner `GNU`. */
export const NT_GNU_BUILD_ID = 3;

/** A physical address that is not known (Linux `fs/proc/kcore.c` and `vmcore.c`). */
export const unknownPhysicalAddress = 0xffff_ffff_ffff_ffffn;
