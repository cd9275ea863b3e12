/** The state of one CPU at one moment. */
import type { Cpu, HeldVmcs } from './cpu.ts';
import { chooseLookaside, recountStores } from './store-buffer.ts';

export interface CpuSnapshot {
  readonly words: Int32Array;
  readonly held: readonly HeldVmcs[];
}

export function saveCpu(cpu: Cpu): CpuSnapshot {
  return { words: cpu.r.slice(), held: [...cpu.held.values()].map(copyVmcs) };
}

/** Puts a CPU back; its shortcuts are forgotten. */
export function restoreCpu(cpu: Cpu, { words, held }: CpuSnapshot): void {
  cpu.r.set(words);
  cpu.held = new Map(held.map((each) => [each.address, copyVmcs(each)]));
  cpu.op = undefined;
  cpu.flushLookasides();
  chooseLookaside(cpu);
  recountStores(cpu);
}

function copyVmcs(held: HeldVmcs): HeldVmcs {
  return { ...held, values: held.values.slice() };
}
