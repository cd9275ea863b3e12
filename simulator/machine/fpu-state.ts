/** The FPU's register file as XSAVE sees it: images of x87, SSE and AVX state in memory and back. Source: Intel SDM volume 1, chapter 13. */
import { probe, read64, readBytes, write64, writeBytes } from './access.ts';
import type { Cpu } from './cpu.ts';
import { protectionFault } from './fault.ts';
import { FCW, FDP, FIP, FOP, FSW, FTW, MXCSR, ST, YMM } from './layout.ts';
import { access } from './paging.ts';

/** Components of XCR0 and of an XSAVE header. */
export const components = { x87: 1, sse: 2, avx: 4 } as const;

const mxcsrMask = 0xffff;
const legacySize = 416;
const headerAt = 512;
const avxAt = 576;

/** FNINIT. The registers keep their bits: only tags and control words change. */
export function initializeX87(cpu: Cpu): void {
  cpu.r[FCW] = 0x37f;
  cpu.r[FSW] = 0;
  cpu.r[FTW] = 0;
  cpu.r[FOP] = 0;
  cpu.set64(FIP, 0n);
  cpu.set64(FDP, 0n);
}

/** The 512 bytes of FXSAVE64. */
export function fxsaveImage(cpu: Cpu): Uint8Array {
  const image = new Uint8Array(512);
  const view = new DataView(image.buffer);
  view.setUint16(0, cpu.word(FCW), true);
  view.setUint16(2, cpu.word(FSW), true);
  view.setUint8(4, cpu.word(FTW));
  view.setUint16(6, cpu.word(FOP), true);
  view.setBigUint64(8, cpu.get64(FIP), true);
  view.setBigUint64(16, cpu.get64(FDP), true);
  view.setUint32(24, cpu.word(MXCSR), true);
  view.setUint32(28, mxcsrMask, true);
  image.set(cpu.b.subarray(ST * 4, ST * 4 + 128), 32);
  for (let i = 0; i < 16; i++) {
    const from = (YMM + 8 * i) * 4;
    image.set(cpu.b.subarray(from, from + 16), 160 + 16 * i);
  }
  return image;
}

/** Upper halves of ymm0 to ymm15, 16 bytes each. */
export function ymmHighImage(cpu: Cpu): Uint8Array {
  const image = new Uint8Array(256);
  for (let i = 0; i < 16; i++) {
    const from = (YMM + 8 * i + 4) * 4;
    image.set(cpu.b.subarray(from, from + 16), 16 * i);
  }
  return image;
}

/** FXSAVE64: everything but AVX. */
export function fxsave(cpu: Cpu, address: bigint): void {
  if ((address & 15n) !== 0n) protectionFault();
  probe(cpu, address, legacySize, access.write);
  writeBytes(cpu, address, fxsaveImage(cpu).subarray(0, legacySize));
}

/** FXRSTOR64. */
export function fxrstor(cpu: Cpu, address: bigint): void {
  if ((address & 15n) !== 0n) protectionFault();
  probe(cpu, address, legacySize, access.read);
  const image = readBytes(cpu, address, legacySize);
  setMxcsr(cpu, new DataView(image.buffer).getUint32(24, true));
  restoreX87(cpu, image);
  restoreSse(cpu, image);
}

/**
 * XSAVE, XSAVEOPT (which here writes as much) and XSAVEC: the components asked for.
 *
 * AVX counts as in use (SDM volume 1, 13.6: XINUSE) while an upper half is not zero, so that an image of a thread that never
 * touched AVX can be restored when XCR0 does not have it. x87 and SSE always do.
 */
export function xsave(cpu: Cpu, address: bigint, wanted: number, isCompacted: boolean): void {
  if ((address & 63n) !== 0n) protectionFault();
  const size = (wanted & components.avx) !== 0 ? avxAt + 256 : headerAt + 64;
  probe(cpu, address, size, access.write);
  const legacy = fxsaveImage(cpu);
  if ((wanted & components.x87) !== 0) {
    writeBytes(cpu, address, legacy.subarray(0, 24));
    writeBytes(cpu, address + 32n, legacy.subarray(32, 160));
  }
  if ((wanted & (components.sse | components.avx)) !== 0)
    writeBytes(cpu, address + 24n, legacy.subarray(24, 32));
  if ((wanted & components.sse) !== 0)
    writeBytes(cpu, address + 160n, legacy.subarray(160, legacySize));
  const avx = ymmHighImage(cpu);
  if ((wanted & components.avx) !== 0) writeBytes(cpu, address + BigInt(avxAt), avx);
  const used = avx.every((byte) => byte === 0) ? wanted & ~components.avx : wanted;
  const header = address + BigInt(headerAt);
  const before = isCompacted ? 0n : read64(cpu, header) & ~BigInt(wanted);
  write64(cpu, header, before | BigInt(used));
  if (isCompacted) write64(cpu, header + 8n, BigInt(wanted) | 0x8000000000000000n);
}

/** XRSTOR: components that the header says were not in use get their initial state. */
export function xrstor(cpu: Cpu, address: bigint, wanted: number, enabled: number): void {
  if ((address & 63n) !== 0n) protectionFault();
  probe(cpu, address, headerAt + 64, access.read);
  const header = address + BigInt(headerAt);
  const present = read64(cpu, header);
  const compaction = read64(cpu, header + 8n);
  const isCompacted = compaction >> 63n === 1n;
  checkHeader(cpu, header, present, compaction, enabled);
  const used = Number(present & 7n);
  const legacy = readBytes(cpu, address, legacySize);
  if ((wanted & used & components.avx) !== 0) probe(cpu, address + BigInt(avxAt), 256, access.read);
  const needsMxcsr = (wanted & (components.sse | components.avx)) !== 0;
  if (needsMxcsr && (!isCompacted || (used & components.sse) !== 0))
    setMxcsr(cpu, new DataView(legacy.buffer).getUint32(24, true));
  else if (needsMxcsr) cpu.r[MXCSR] = 0x1f80;
  if ((wanted & components.x87) !== 0) {
    if ((used & components.x87) !== 0) restoreX87(cpu, legacy);
    else {
      initializeX87(cpu);
      cpu.r.fill(0, ST, ST + 32);
    }
  }
  if ((wanted & components.sse) !== 0)
    restoreSse(cpu, (used & components.sse) !== 0 ? legacy : new Uint8Array(legacySize));
  if ((wanted & components.avx) !== 0) {
    const isUsed = (used & components.avx) !== 0;
    restoreAvx(cpu, isUsed ? readBytes(cpu, address + BigInt(avxAt), 256) : new Uint8Array(256));
  }
}

/** LDMXCSR and kin. @throws CpuFault #GP for reserved bits */
export function setMxcsr(cpu: Cpu, value: number): void {
  if ((value & ~mxcsrMask) !== 0) protectionFault();
  cpu.r[MXCSR] = value;
}

function checkHeader(
  cpu: Cpu,
  header: bigint,
  present: bigint,
  compaction: bigint,
  enabled: number,
): void {
  if ((present & ~BigInt(enabled)) !== 0n || read64(cpu, header + 16n) !== 0n) protectionFault();
  const isCompacted = compaction >> 63n === 1n;
  const format = compaction & 0x7fffffffffffffffn;
  if (
    isCompacted ? (format & ~BigInt(enabled)) !== 0n || (present & ~format) !== 0n : format !== 0n
  )
    protectionFault();
}

function restoreX87(cpu: Cpu, image: Uint8Array): void {
  const view = new DataView(image.buffer, image.byteOffset);
  cpu.r[FCW] = view.getUint16(0, true);
  cpu.r[FSW] = view.getUint16(2, true);
  cpu.r[FTW] = view.getUint8(4);
  cpu.r[FOP] = view.getUint16(6, true);
  cpu.set64(FIP, view.getBigUint64(8, true));
  cpu.set64(FDP, view.getBigUint64(16, true));
  cpu.b.set(image.subarray(32, 160), ST * 4);
}

function restoreSse(cpu: Cpu, image: Uint8Array): void {
  for (let i = 0; i < 16; i++)
    cpu.b.set(image.subarray(160 + 16 * i, 176 + 16 * i), (YMM + 8 * i) * 4);
}

function restoreAvx(cpu: Cpu, image: Uint8Array): void {
  for (let i = 0; i < 16; i++)
    cpu.b.set(image.subarray(16 * i, 16 * i + 16), (YMM + 8 * i + 4) * 4);
}
