/** Loads and stores of a CPU that miss its lookasides: translation, page borders, memory order; and 64-bit accesses for system code. */
import type { Cpu } from './cpu.ts';
import { HIGH, LOAD_COUNT, PRIVILEGE, RSP, STORE_COUNT } from './layout.ts';
import { access, translate, translateRead, translateWrite } from './paging.ts';
import { highWord, join, lowWord } from './words.ts';
import { drainAll, forward, forwarded, orderLocked, pushStore, settle } from './store-buffer.ts';

/**
 * Reads 1, 2, 4 or 8 bytes. Returns the low word (zero-extended below 4 bytes) and leaves the high word of 8 bytes in the state's `HIGH`.
 *
 * @throws CpuFault
 */
export function slowRead(cpu: Cpu, low: number, high: number, size: number): number {
  const offset = low & 0xfff;
  if (offset + size > 4096) return readAcross(cpu, low, high, size, access.read);
  const page = translateRead(cpu, low, high);
  if (cpu.r[STORE_COUNT] !== 0 || cpu.r[LOAD_COUNT] !== 0) {
    if (forward(cpu, physicalOf(cpu, page, offset), size)) return forwarded.low;
  }
  return readAt(cpu, page + offset, size);
}

/** As `slowRead`, but faults as a write would: the first half of a read-modify-write. */
export function slowReadForWrite(cpu: Cpu, low: number, high: number, size: number): number {
  const offset = low & 0xfff;
  if (offset + size > 4096) return readAcross(cpu, low, high, size, access.write);
  const page = translateWrite(cpu, low, high);
  if (cpu.r[STORE_COUNT] !== 0 || cpu.r[LOAD_COUNT] !== 0) {
    if (forward(cpu, physicalOf(cpu, page, offset), size)) return forwarded.low;
  }
  return readAt(cpu, page + offset, size);
}

/**
 * Writes 1, 2, 4 or 8 bytes, through the store buffer when the memory model has one.
 *
 * @throws CpuFault with nothing written
 */
export function slowWrite(
  cpu: Cpu,
  low: number,
  high: number,
  size: number,
  valueLow: number,
  valueHigh: number,
): void {
  const offset = low & 0xfff;
  if (offset + size > 4096) {
    writeAcross(cpu, low, high, size, valueLow, valueHigh);
    return;
  }
  const page = translateWrite(cpu, low, high);
  if (cpu.machine.memoryModel !== 'sc') {
    pushStore(cpu, low, high, physicalOf(cpu, page, offset), size, valueLow, valueHigh);
    return;
  }
  writeAt(cpu, page + offset, size, valueLow, valueHigh);
}

/** The read of a LOCKed operation: orders memory first, then reads it past the buffers. */
export function lockedRead(cpu: Cpu, low: number, high: number, size: number): number {
  const offset = low & 0xfff;
  if (offset + size > 4096) {
    drainAll(cpu);
    return readAcross(cpu, low, high, size, access.write);
  }
  const page = translateWrite(cpu, low, high);
  if (cpu.machine.memoryModel !== 'sc') orderLocked(cpu, physicalOf(cpu, page, offset), size);
  return readAt(cpu, page + offset, size);
}

/** The write of a LOCKed operation, in the same step as its read: at once visible. */
export function lockedWrite(
  cpu: Cpu,
  low: number,
  high: number,
  size: number,
  valueLow: number,
  valueHigh: number,
): void {
  const offset = low & 0xfff;
  if (offset + size > 4096) {
    writeAcross(cpu, low, high, size, valueLow, valueHigh);
    return;
  }
  const page = translateWrite(cpu, low, high);
  writeAt(cpu, page + offset, size, valueLow, valueHigh);
}

/** Reads 8 bytes with the privilege of the CPU. */
export function read64(cpu: Cpu, address: bigint): bigint {
  const low = slowRead(cpu, lowWord(address), highWord(address), 8);
  return join(low, cpu.word(HIGH));
}

export function write64(cpu: Cpu, address: bigint, value: bigint): void {
  slowWrite(cpu, lowWord(address), highWord(address), 8, lowWord(value), highWord(value));
}

/** Reads 1, 2 or 4 bytes, unsigned. */
export function read(cpu: Cpu, address: bigint, size: 1 | 2 | 4): number {
  return slowRead(cpu, lowWord(address), highWord(address), size) >>> 0;
}

export function write(cpu: Cpu, address: bigint, size: 1 | 2 | 4, value: number): void {
  slowWrite(cpu, lowWord(address), highWord(address), size, value, 0);
}

/** Reads a multiple of 8 bytes: a block of FPU state. */
export function readBytes(cpu: Cpu, address: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const isPlain = cpu.r[STORE_COUNT] === 0 && cpu.r[LOAD_COUNT] === 0;
  if (isPlain && Number(address & 0xfffn) + length <= 4096) {
    const page = translateRead(cpu, lowWord(address), highWord(address));
    const from = page + Number(address & 0xfffn);
    bytes.set(cpu.mb.subarray(from, from + length));
    return bytes;
  }
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < length; at += 8)
    view.setBigUint64(at, read64(cpu, address + BigInt(at)), true);
  return bytes;
}

/** Writes a multiple of 8 bytes. */
export function writeBytes(cpu: Cpu, address: bigint, bytes: Uint8Array): void {
  const isPlain = cpu.machine.memoryModel === 'sc';
  if (isPlain && Number(address & 0xfffn) + bytes.length <= 4096) {
    const page = translateWrite(cpu, lowWord(address), highWord(address));
    cpu.mb.set(bytes, page + Number(address & 0xfffn));
    cpu.machine.memory.noteWrite(page >>> 12);
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 8)
    write64(cpu, address + BigInt(at), view.getBigUint64(at, true));
}

/** The processor reads a descriptor or a task segment: supervisor privilege, past the buffers. */
export function readSystem64(cpu: Cpu, address: bigint): bigint {
  if ((address & 0xfffn) > 0xff8n) {
    let value = 0n;
    for (let i = 0n; i < 8n; i++) value |= BigInt(readSystemByte(cpu, address + i)) << (8n * i);
    return value;
  }
  const page = translate(cpu, lowWord(address), highWord(address), access.read, false);
  const offset = Number(address & 0xfffn);
  if (cpu.r[STORE_COUNT] !== 0) settle(cpu, physicalOf(cpu, page, offset), 8);
  return cpu.mv.getBigUint64(page + offset, true);
}

/** The processor writes (a frame, a descriptor's busy bit): supervisor privilege, at once visible. The buffers must be empty. */
export function writeSystem64(cpu: Cpu, address: bigint, value: bigint): void {
  if ((address & 0xfffn) > 0xff8n) {
    for (let i = 0n; i < 8n; i++) {
      const at = address + i;
      const page = translate(cpu, lowWord(at), highWord(at), access.write, false);
      writeAt(cpu, page + Number(at & 0xfffn), 1, Number((value >> (8n * i)) & 0xffn), 0);
    }
    return;
  }
  const page = translate(cpu, lowWord(address), highWord(address), access.write, false);
  writeAt(cpu, page + Number(address & 0xfffn), 8, lowWord(value), highWord(value));
}

/** Faults now if the processor could not write there: before a frame is stored. At most a page long. */
export function probeSystemWrite(cpu: Cpu, address: bigint, length: number): void {
  for (const each of pageStarts(address, length))
    translate(cpu, lowWord(each), highWord(each), access.write, false);
}

/** Faults now if an access of at most a page's length would fault: before anything is moved. `kind` is of `access`. */
export function probe(cpu: Cpu, address: bigint, length: number, kind: number): void {
  for (const each of pageStarts(address, length))
    translate(cpu, lowWord(each), highWord(each), kind, cpu.isUser());
}

/** `push`: an 8-byte store below rsp. */
export function push(cpu: Cpu, value: bigint): void {
  const address = BigInt.asUintN(64, cpu.get64(RSP) - 8n);
  write64(cpu, address, value);
  cpu.set64(RSP, address);
}

/** The address and, when the access goes on into the next page, where that begins. */
function pageStarts(address: bigint, length: number): readonly bigint[] {
  const last = BigInt.asUintN(64, address + BigInt(length - 1));
  return last >> 12n === address >> 12n ? [address] : [address, last & ~0xfffn];
}

function readSystemByte(cpu: Cpu, address: bigint): number {
  const page = translate(cpu, lowWord(address), highWord(address), access.read, false);
  return cpu.mv.getUint8(page + Number(address & 0xfffn));
}

function readAt(cpu: Cpu, at: number, size: number): number {
  if (size === 8) {
    cpu.r[HIGH] = cpu.mv.getInt32(at + 4, true);
    return cpu.mv.getInt32(at, true);
  }
  if (size === 4) return cpu.mv.getInt32(at, true);
  return size === 2 ? cpu.mv.getUint16(at, true) : cpu.mv.getUint8(at);
}

function writeAt(cpu: Cpu, at: number, size: number, low: number, high: number): void {
  if (size === 8) {
    cpu.mv.setInt32(at, low, true);
    cpu.mv.setInt32(at + 4, high, true);
  } else if (size === 4) cpu.mv.setInt32(at, low, true);
  else if (size === 2) cpu.mv.setInt16(at, low, true);
  else cpu.mv.setInt8(at, low);
  cpu.machine.memory.noteWrite(at >>> 12);
}

/** Both pages are translated before anything is read; the buffers are drained, as a split access waits for them. */
function readAcross(cpu: Cpu, low: number, high: number, size: number, kind: number): number {
  const isUser = cpu.r[PRIVILEGE] === 3;
  const nextLow = (low & 0xfffff000) + 4096;
  const first = translate(cpu, low, high, kind, isUser);
  const second = translate(cpu, nextLow | 0, highOfNext(low, high), kind, isUser);
  drainAll(cpu);
  const split = 4096 - (low & 0xfff);
  let value = 0n;
  for (let i = 0; i < size; i++) {
    const at = i < split ? first + (low & 0xfff) + i : second + i - split;
    value |= BigInt(cpu.mv.getUint8(at)) << BigInt(8 * i);
  }
  if (size === 8) cpu.r[HIGH] = highWord(value);
  return lowWord(value);
}

function writeAcross(
  cpu: Cpu,
  low: number,
  high: number,
  size: number,
  valueLow: number,
  valueHigh: number,
): void {
  const isUser = cpu.r[PRIVILEGE] === 3;
  const nextLow = (low & 0xfffff000) + 4096;
  const first = translate(cpu, low, high, access.write, isUser);
  const second = translate(cpu, nextLow | 0, highOfNext(low, high), access.write, isUser);
  drainAll(cpu);
  const split = 4096 - (low & 0xfff);
  for (let i = 0; i < size; i++) {
    const byte = (i < 4 ? valueLow >>> (8 * i) : valueHigh >>> (8 * (i - 4))) & 0xff;
    writeAt(cpu, i < split ? first + (low & 0xfff) + i : second + i - split, 1, byte, 0);
  }
}

function highOfNext(low: number, high: number): number {
  return (low & 0xfffff000) === (0xfffff000 | 0) ? (high + 1) | 0 : high;
}

function physicalOf(cpu: Cpu, page: number, offset: number): number {
  return cpu.machine.memory.frameOf(page >>> 12) * 4096 + offset;
}
