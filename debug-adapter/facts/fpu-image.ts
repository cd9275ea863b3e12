/** FPU state as FXSAVE writes it, in memory or in the registers of a CPU: what tells one context from another. */
import type { Cpu, Target } from '../target/target.ts';

/** The part of FPU state that tells contexts apart: mxcsr and xmm0-15, at their places in an FXSAVE image (SDM 1, table 10-2). */
export interface FpuImage {
  readonly mxcsr: number;
  readonly xmm: Uint8Array;
}

/** @throws FaultError when the area is not in the dump */
export function imageInMemory(target: Target, saveArea: bigint): FpuImage {
  return image(target.memory.read(saveArea, 512));
}

/** undefined when the dump has no FPU registers of the CPU. */
export function imageInRegisters(cpu: Cpu): FpuImage | undefined {
  return cpu.fxsave && image(cpu.fxsave);
}

function image(area: Uint8Array): FpuImage {
  const view = new DataView(area.buffer, area.byteOffset, area.byteLength);
  return { mxcsr: view.getUint32(0x18, true), xmm: area.slice(0xa0, 0x1a0) };
}

export function sameImage(a: FpuImage, b: FpuImage): boolean {
  return a.mxcsr === b.mxcsr && a.xmm.every((byte, index) => byte === b.xmm[index]);
}

/** The state after reset: nothing has been computed, so equality says nothing. */
export function isInitialImage(each: FpuImage): boolean {
  return (each.mxcsr === 0x1f80 || each.mxcsr === 0) && each.xmm.every((byte) => byte === 0);
}
