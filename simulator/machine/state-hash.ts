/** A hash of what a CPU will do next: no counters, no clocks, and flags by value, not by the way they are kept. */
import type { Cpu } from './cpu.ts';
import { readRflags } from './flags.ts';
import {
  ACCESS_SEQUENCE,
  ACCESS_STEP,
  CODE_PAGE,
  COUNT_CR3_LOAD,
  COUNT_STEP,
  ENTRY_STEP,
  EPT_CACHE,
  EPT_COUNT,
  FLAG_KIND,
  HIGH,
  LATCH,
  LATCH_VALUE,
  LOADS,
  LOAD_COUNT,
  MULTIPLY_B,
  STATE_WORDS,
  STORES,
  STORE_COUNT,
  STORE_ENTRY,
  STORE_SEQUENCE,
  TLB,
  TLB_COUNT,
  TLB_ENTRY,
  VMX_LAST,
} from './layout.ts';
import { hashWords } from './physical-memory.ts';

/** What is hashed, without what is not in use: most of a CPU's tables is empty. */
const scratch = new Int32Array(STATE_WORDS);

export function hashState(cpu: Cpu): bigint {
  const words = scratch;
  words.set(cpu.r.subarray(0, TLB));
  words.fill(0, FLAG_KIND, MULTIPLY_B + 2);
  words[FLAG_KIND] = readRflags(cpu);
  words[HIGH] = 0;
  words.fill(0, CODE_PAGE, CODE_PAGE + 2);
  if (cpu.word(LATCH) !== 1) words.fill(0, LATCH_VALUE, LATCH_VALUE + 2);
  words[STORE_SEQUENCE] = 0;
  words.fill(0, VMX_LAST, VMX_LAST + 16);
  words.fill(0, COUNT_CR3_LOAD, COUNT_STEP + 2);
  let end = addEntries(cpu, TLB, cpu.word(TLB_COUNT), TLB_ENTRY, TLB);
  clearFields(words, TLB, end, TLB_ENTRY, ENTRY_STEP, 2);
  const cached = end;
  words[end++] = cpu.word(EPT_COUNT);
  end = addEntries(cpu, EPT_CACHE, cpu.word(EPT_COUNT), TLB_ENTRY, end);
  clearFields(words, cached + 1, end, TLB_ENTRY, ENTRY_STEP, 2);
  const accesses = end;
  end = addEntries(cpu, STORES, cpu.word(STORE_COUNT), STORE_ENTRY, end);
  end = addEntries(cpu, LOADS, cpu.word(LOAD_COUNT), STORE_ENTRY, end);
  clearFields(words, accesses, end, STORE_ENTRY, ACCESS_STEP, 2);
  clearFields(words, accesses, end, STORE_ENTRY, ACCESS_SEQUENCE, 1);
  let hash = hashWords(words.subarray(0, end), cpu.index + 1);
  for (const held of cpu.held.values()) {
    const halves = new Int32Array(held.values.buffer);
    hash ^= hashWords(halves, held.address ^ (held.isLaunched ? 1 : 0)) << 1n;
  }
  return BigInt.asUintN(64, hash);
}

/** Puts the entries in use of a table behind what is there. @returns the new end */
function addEntries(cpu: Cpu, table: number, count: number, entry: number, end: number): number {
  const length = count * entry;
  scratch.set(cpu.r.subarray(table, table + length), end);
  return end + length;
}

function clearFields(
  words: Int32Array,
  from: number,
  end: number,
  entry: number,
  field: number,
  length: number,
): void {
  for (let at = from + field; at < end; at += entry)
    for (let i = 0; i < length; i++) words[at + i] = 0;
}
