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
  EPT_CAPACITY,
  FLAG_KIND,
  HIGH,
  LATCH,
  LATCH_VALUE,
  LOADS,
  LOAD_CAPACITY,
  MULTIPLY_B,
  STORES,
  STORE_CAPACITY,
  STORE_ENTRY,
  STORE_SEQUENCE,
  TLB,
  TLB_CAPACITY,
  TLB_ENTRY,
  VMX_LAST,
} from './layout.ts';
import { hashWords } from './physical-memory.ts';

export function hashState(cpu: Cpu): bigint {
  const words = cpu.r.slice();
  words.fill(0, FLAG_KIND, MULTIPLY_B + 2);
  words[FLAG_KIND] = readRflags(cpu);
  words[HIGH] = 0;
  words.fill(0, CODE_PAGE, CODE_PAGE + 2);
  if (cpu.word(LATCH) !== 1) words.fill(0, LATCH_VALUE, LATCH_VALUE + 2);
  words[STORE_SEQUENCE] = 0;
  words.fill(0, VMX_LAST, VMX_LAST + 16);
  words.fill(0, COUNT_CR3_LOAD, COUNT_STEP + 2);
  clearFields(words, TLB, TLB_CAPACITY, TLB_ENTRY, ENTRY_STEP, 2);
  clearFields(words, EPT_CACHE, EPT_CAPACITY, TLB_ENTRY, ENTRY_STEP, 2);
  for (const [from, count] of [
    [STORES, STORE_CAPACITY],
    [LOADS, LOAD_CAPACITY],
  ] as const) {
    clearFields(words, from, count, STORE_ENTRY, ACCESS_STEP, 2);
    clearFields(words, from, count, STORE_ENTRY, ACCESS_SEQUENCE, 1);
  }
  let hash = hashWords(words, cpu.index + 1);
  for (const held of cpu.held.values()) {
    const halves = new Int32Array(held.values.buffer);
    hash ^= hashWords(halves, held.address ^ (held.isLaunched ? 1 : 0)) << 1n;
  }
  return BigInt.asUintN(64, hash);
}

function clearFields(
  words: Int32Array,
  from: number,
  count: number,
  entry: number,
  field: number,
  length: number,
): void {
  for (let i = 0; i < count; i++) {
    const at = from + i * entry + field;
    words.fill(0, at, at + length);
  }
}
