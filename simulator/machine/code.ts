/** Decoded code: pages of operations by linear page and physical frame, dropped when the frame's bytes change. */
import type { CodePage, Cpu, Op, RegionEntry } from './cpu.ts';
import { decode, longestInstruction } from './decode.ts';
import type { Instruction } from './decode.ts';
import { protectionFault } from './fault.ts';
import { invalidOp, opOf } from './forms/table.ts';
import { CODE_PAGE, PRIVILEGE, RIP } from './layout.ts';
import { stopAt } from './machine.ts';
import { remark } from './region.ts';
import { access, peekTranslation, translate } from './paging.ts';
import type { PhysicalMemory } from './physical-memory.ts';
import { highWord, join, lowWord } from './words.ts';

/** All decoded pages of a machine, and the marks that its operations carry. */
export class CodeCache {
  /** By slot. Several linear pages may show one frame. */
  private readonly pages: (CodePage[] | undefined)[] = [];
  /** By slot: how often its bytes changed after something was decoded. */
  private readonly versions: number[] = [];
  private readonly marks = new Map<bigint, number>();

  page(low: number, high: number, slot: number): CodePage {
    const pages = (this.pages[slot] ??= []);
    const known = pages.find((each) => each.low === low && each.high === high);
    if (known) return known;
    const page = emptyPage(low, high, slot);
    pages.push(page);
    return page;
  }

  version(slot: number): number {
    return this.versions[slot] ?? 0;
  }

  /** The bytes in a slot have changed. */
  forget(slot: number): void {
    this.versions[slot] = this.version(slot) + 1;
    for (const page of this.pages[slot] ?? []) {
      page.ops.fill(undefined);
      page.crossing.clear();
      page.entries.fill(undefined);
      page.regions = [];
    }
    this.pages[slot] = undefined;
  }

  marksAt(address: bigint): number {
    return this.marks.get(address) ?? 0;
  }

  addMark(mark: number, addresses: Iterable<bigint>): void {
    for (const address of addresses) this.remark(address, this.marksAt(address) | mark, mark);
  }

  clearMark(mark: number): void {
    for (const [address, marks] of this.marks)
      if ((marks & mark) !== 0) this.remark(address, marks & ~mark, mark);
  }

  private remark(address: bigint, marks: number, changed: number): void {
    if (marks === 0) this.marks.delete(address);
    else this.marks.set(address, marks);
    const offset = Number(address & 0xfffn);
    for (const pages of this.pages) {
      for (const page of pages ?? []) {
        if (join(page.low, page.high) !== address - BigInt(offset)) continue;
        for (const op of [page.ops[offset], page.crossing.get(offset)?.op])
          if (op) op.marks = (op.marks & ~changed) | (marks & changed);
        page.regions.forEach(remark);
      }
    }
  }
}

/** Marks of the instruction at rip, without a trace in TLB or page tables; 0 when it can't be read. */
export function peekMarks(cpu: Cpu, code: CodeCache): number {
  const address = cpu.get64(RIP);
  const memory = cpu.machine.memory;
  const bytes = new Uint8Array(longestInstruction);
  let length = 0;
  for (; length < bytes.length; length++) {
    const at = address + BigInt(length);
    const physical = peekTranslation(cpu, lowWord(at), highWord(at));
    const slot = physical === undefined ? 0 : memory.slotOf(Math.floor(physical / 4096));
    if (slot === 0) break;
    bytes[length] = memory.pageBytes(slot)[Number(at & 0xfffn)] ?? 0;
  }
  if (length === 0) return 0;
  const decoded = decode(bytes.subarray(0, length), address);
  return code.marksAt(address) | (typeof decoded === 'string' ? 0 : ownMarks(decoded));
}

/** Brings the page of rip into the CPU's hands. Throws what a fetch raises. */
export function enterCodePage(cpu: Cpu): void {
  const low = cpu.word(RIP) & 0xfffff000;
  const high = cpu.word(RIP + 1);
  let page = cpu.fetched(low, high);
  if (!page) {
    const slot = fetchSlot(cpu, low, high);
    page = cpu.machine.codePage(low, high, slot);
    cpu.rememberFetch(low, high, page);
  }
  cpu.page = page;
  cpu.ops = page.ops;
  cpu.r[CODE_PAGE] = low;
  cpu.r[CODE_PAGE + 1] = high;
}

/**
 * Decodes the instruction at rip, whose page is in hand. Stops the machine when it is outside the subset.
 *
 * @throws CpuFault when a fetch from the next page faults
 */
export function decodeAtRip(cpu: Cpu, code: CodeCache, memory: PhysicalMemory): Op {
  const low = cpu.word(CODE_PAGE);
  const high = cpu.word(CODE_PAGE + 1);
  const page = cpu.fetched(low, high) ?? code.page(low, high, fetchSlot(cpu, low, high));
  const offset = cpu.word(RIP) & 0xfff;
  const address = join(cpu.word(RIP), high);
  const bytes = memory.pageBytes(page.slot).subarray(offset, offset + longestInstruction);
  const decoded = decode(bytes, address);
  if (decoded !== 'truncated' || bytes.length === longestInstruction) {
    const op = operation(cpu, code, decoded, address, bytes);
    page.ops[offset] = op;
    return op;
  }
  return decodeCrossing(cpu, code, memory, page, offset, bytes);
}

/** An instruction that goes on into the next page: looked up anew each time, since that page has a translation of its own. */
function decodeCrossing(
  cpu: Cpu,
  code: CodeCache,
  memory: PhysicalMemory,
  page: CodePage,
  offset: number,
  head: Uint8Array,
): Op {
  const low = (page.low + 4096) | 0;
  const high = low === 0 ? (page.high + 1) | 0 : page.high;
  const slot = cpu.fetched(low, high)?.slot ?? fetchNext(cpu, low, high);
  const version = code.version(slot);
  const known = page.crossing.get(offset);
  if (known && known.slot === slot && known.version === version) return known.op;
  const bytes = new Uint8Array(longestInstruction);
  bytes.set(head);
  bytes.set(memory.pageBytes(slot).subarray(0, longestInstruction - head.length), head.length);
  const address = join(page.low + offset, page.high);
  const op = operation(cpu, code, decode(bytes, address), address, bytes);
  page.crossing.set(offset, { op, slot, version });
  return op;
}

function fetchNext(cpu: Cpu, low: number, high: number): number {
  const slot = fetchSlot(cpu, low, high);
  cpu.rememberFetch(low, high, cpu.machine.codePage(low, high, slot));
  return slot;
}

function fetchSlot(cpu: Cpu, low: number, high: number): number {
  const top = high >> 15;
  if (top !== 0 && top !== -1) protectionFault();
  return translate(cpu, low, high, access.fetch, cpu.r[PRIVILEGE] === 3) >>> 12;
}

function operation(
  cpu: Cpu,
  code: CodeCache,
  decoded: Instruction | 'truncated' | 'invalid',
  address: bigint,
  bytes: Uint8Array,
): Op {
  const op = typeof decoded === 'string' ? invalidOp(address) : opOf(decoded);
  if (!op) {
    const what = typeof decoded === 'string' ? decoded : decoded.mnemonic;
    const length = typeof decoded === 'string' ? bytes.length : decoded.length;
    const text = [...bytes.subarray(0, length)].map((each) => each.toString(16).padStart(2, '0'));
    cpu.machine.halt(cpu, 'unsupported-instruction', `${what} (${text.join(' ')})`);
  }
  op.marks = code.marksAt(address) | (typeof decoded === 'string' ? 0 : ownMarks(decoded));
  return op;
}

/** Instructions that name memory only to compute or hint at an address. */
const addressOnly = new Set([
  'lea',
  'nop',
  'prefetcht0',
  'prefetcht1',
  'prefetcht2',
  'prefetchnta',
  'prefetchw',
  'invlpg',
]);
const stackOnly = new Set([
  'push',
  'pop',
  'call',
  'ret',
  'leave',
  'pushfq',
  'popfq',
  'iretq',
  'retf',
]);

/** Which of `stopAt`'s marks an instruction carries by what it does. */
function ownMarks(instruction: Instruction): number {
  if (instruction.mnemonic === 'pause') return stopAt.pause;
  if (addressOnly.has(instruction.mnemonic)) return 0;
  let marks = stackOnly.has(instruction.mnemonic) ? stopAt.anyMemoryAccess : 0;
  for (const operand of instruction.operands) {
    if (operand.kind === 'string') marks |= stopAt.memoryAccess | stopAt.anyMemoryAccess;
    if (operand.kind !== 'memory') continue;
    const isFrame = (operand.base === 4 || operand.base === 5) && operand.segment === undefined;
    marks |= stopAt.anyMemoryAccess | (isFrame ? 0 : stopAt.memoryAccess);
  }
  return marks;
}

function emptyPage(low: number, high: number, slot: number): CodePage {
  return {
    low,
    high,
    slot,
    ops: Array.from<Op | undefined>({ length: 4096 }).fill(undefined),
    crossing: new Map(),
    regions: [],
    entries: Array.from<RegionEntry | undefined>({ length: 4096 }).fill(undefined),
    arrivals: new Uint16Array(4096),
  };
}
