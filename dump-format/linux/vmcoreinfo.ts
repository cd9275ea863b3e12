/** What a Linux dump says of its own kernel: the values of the VMCOREINFO note that its memory and symbols are found by. */
import type { DumpNote } from '../dump.ts';

/** Owner of the note. Source: linux, Documentation/admin-guide/kdump/vmcoreinfo.rst. */
export const vmcoreinfoOwner = 'VMCOREINFO';

export interface Vmcoreinfo {
  /** `OSRELEASE`: `6.1.0-56-cloud-amd64`. */
  readonly release: string;
  /** How far KASLR moved the kernel from where it was linked; undefined when the note does not say. */
  readonly kernelOffset: bigint | undefined;
  /** What to add to an offset in the kernel image to get a physical address: unsigned, but means a negative number where KASLR moved the kernel up. */
  readonly physicalBase: bigint;
  readonly pageTableDepth: 4 | 5;
  /** Bits of page table entries that say "encrypted" and are no address. */
  readonly encryptionMask: bigint;
  /** A C address by its name in the kernel; undefined when the note does not have it. */
  symbol(name: string): bigint | undefined;
}

/** The values of the note; undefined when the dump has none, or one that names no kernel. */
export function readVmcoreinfo(
  notes: readonly DumpNote[],
  info: ReadonlyMap<string, string>,
): Vmcoreinfo | undefined {
  const release = info.get('OSRELEASE');
  if (release === undefined || !notes.some(({ owner }) => owner === vmcoreinfoOwner))
    return undefined;
  const symbol = (name: string): bigint | undefined => hexadecimal(info.get(`SYMBOL(${name})`));
  return {
    release,
    kernelOffset: hexadecimal(info.get('KERNELOFFSET')),
    physicalBase: decimal(info.get('NUMBER(phys_base)')) ?? 0n,
    pageTableDepth: decimal(info.get('NUMBER(pgtable_l5_enabled)')) === 1n ? 5 : 4,
    encryptionMask: decimal(info.get('NUMBER(sme_mask)')) ?? 0n,
    symbol,
  };
}

function hexadecimal(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-f]{1,16}$/.test(text) ? BigInt(`0x${text}`) : undefined;
}

/** `phys_base` has a sign. */
function decimal(text: string | undefined): bigint | undefined {
  return text !== undefined && /^-?\d{1,20}$/.test(text)
    ? BigInt.asUintN(64, BigInt(text))
    : undefined;
}
