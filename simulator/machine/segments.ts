/** Descriptors: code and stack segments of 64-bit mode, the task register, privilege. */
import { readSystem64, writeSystem64 } from './access.ts';
import type { Cpu } from './cpu.ts';
import { protectionFault, raiseWithError, vectors } from './fault.ts';
import {
  CS,
  FS_BASE,
  GDTR_BASE,
  GDTR_LIMIT,
  GS_BASE,
  LDTR,
  LDTR_BASE,
  PRIVILEGE,
  SELECTORS,
  SS,
  TR,
  TR_BASE,
  TR_LIMIT,
} from './layout.ts';

export interface Descriptor {
  readonly raw: bigint;
  readonly base: bigint;
  readonly limit: number;
  /** Bits 0 to 3 of the type; bit 4 set for code and data. */
  readonly type: number;
  readonly privilege: number;
  readonly isPresent: boolean;
  readonly isLong: boolean;
}

/** Reads an 8-byte descriptor of the GDT. @throws CpuFault `vector` with the selector as error code when it is outside the table */
export function readDescriptor(cpu: Cpu, selector: number, vector: number): Descriptor {
  const error = selector & 0xfffc;
  if ((selector & 4) !== 0 || (selector | 7) > cpu.word(GDTR_LIMIT)) raiseWithError(vector, error);
  const raw = readSystem64(
    cpu,
    BigInt.asUintN(64, cpu.get64(GDTR_BASE) + BigInt(selector & 0xfff8)),
  );
  const limit = Number((raw & 0xffffn) | ((raw >> 32n) & 0xf0000n));
  return {
    raw,
    base: ((raw >> 16n) & 0xffffffn) | ((raw >> 32n) & 0xff000000n),
    limit: (raw & 0x80000000000000n) !== 0n ? limit * 4096 + 4095 : limit,
    type: Number((raw >> 40n) & 0x1fn),
    privilege: Number((raw >> 45n) & 3n),
    isPresent: (raw & 0x800000000000n) !== 0n,
    isLong: (raw & 0x20000000000000n) !== 0n,
  };
}

/** The descriptor of a 64-bit code segment. Stops the machine for one of another mode. */
export function readCodeDescriptor(cpu: Cpu, selector: number, vector: number): Descriptor {
  if ((selector & 0xfffc) === 0) raiseWithError(vector, 0);
  const found = readDescriptor(cpu, selector, vector);
  if ((found.type & 0x18) !== 0x18) raiseWithError(vector, selector & 0xfffc);
  if (!found.isPresent) raiseWithError(vectors.segmentNotPresent, selector & 0xfffc);
  if (!found.isLong) {
    const text = selector.toString(16);
    cpu.machine.halt(cpu, 'unsupported-instruction', `code segment ${text} is not a 64-bit one`);
  }
  return found;
}

/** Changes the privilege level. Pages that the old one could reach by a lookaside are looked up anew. */
export function setPrivilege(cpu: Cpu, privilege: number): void {
  if (cpu.word(PRIVILEGE) === privilege) return;
  cpu.r[PRIVILEGE] = privilege;
  cpu.flushLookasides();
}

export function setCode(cpu: Cpu, selector: number, privilege: number): void {
  cpu.r[CS] = (selector & 0xfffc) | privilege;
  setPrivilege(cpu, privilege);
}

/** `mov` to a segment register, es ss ds fs gs by number. The base of fs and gs comes from the descriptor, 0 for null. */
export function loadSegment(cpu: Cpu, number: number, selector: number): void {
  const isStack = number === SS - SELECTORS;
  let base = 0n;
  if ((selector & 0xfffc) === 0) {
    if (isStack && cpu.word(PRIVILEGE) === 3) protectionFault();
  } else {
    const found = readDescriptor(cpu, selector, vectors.generalProtection);
    const isData = (found.type & 0x18) === 0x10 || (!isStack && (found.type & 0x1a) === 0x1a);
    if (!isData || (isStack && found.privilege !== cpu.word(PRIVILEGE)))
      protectionFault(selector & 0xfffc);
    const missing = isStack ? vectors.stackFault : vectors.segmentNotPresent;
    if (!found.isPresent) raiseWithError(missing, selector & 0xfffc);
    base = found.base;
  }
  cpu.r[SELECTORS + number] = selector;
  if (number === 4) cpu.set64(FS_BASE, base);
  if (number === 5) cpu.set64(GS_BASE, base);
}

/** `ltr`: an available 64-bit TSS, which becomes busy. */
export function loadTaskRegister(cpu: Cpu, selector: number): void {
  const found = readSystemDescriptor(cpu, selector, 9);
  const at = BigInt.asUintN(64, cpu.get64(GDTR_BASE) + BigInt(selector & 0xfff8));
  writeSystem64(cpu, at, found.raw | 0x20000000000n);
  cpu.r[TR] = selector;
  cpu.set64(TR_BASE, found.base);
  cpu.r[TR_LIMIT] = found.limit;
}

/** `lldt`: null, or a descriptor of an LDT, which no segment may then use: LDTs are not modelled. */
export function loadLocalTable(cpu: Cpu, selector: number): void {
  cpu.r[LDTR] = selector;
  cpu.set64(
    LDTR_BASE,
    (selector & 0xfffc) === 0 ? 0n : readSystemDescriptor(cpu, selector, 2).base,
  );
}

/** A 64-bit word of the TSS. @throws CpuFault #TS when it is beyond the limit */
export function readTask(cpu: Cpu, offset: number): bigint {
  if (offset + 7 > cpu.word(TR_LIMIT)) raiseWithError(vectors.invalidTss, cpu.word(TR) & 0xfffc);
  return readSystem64(cpu, BigInt.asUintN(64, cpu.get64(TR_BASE) + BigInt(offset)));
}

/** A 16-byte descriptor of a system segment of the given type, present. */
function readSystemDescriptor(cpu: Cpu, selector: number, type: number): Descriptor {
  if ((selector & 0xfffc) === 0) protectionFault();
  const found = readDescriptor(cpu, selector, vectors.generalProtection);
  if (found.type !== type || (selector | 15) > cpu.word(GDTR_LIMIT))
    protectionFault(selector & 0xfffc);
  if (!found.isPresent) raiseWithError(vectors.segmentNotPresent, selector & 0xfffc);
  const upper = BigInt.asUintN(64, cpu.get64(GDTR_BASE) + BigInt((selector & 0xfff8) + 8));
  const base = found.base | ((readSystem64(cpu, upper) & 0xffffffffn) << 32n);
  return { ...found, base };
}
