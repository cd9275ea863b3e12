/** Kernels for tests of the machine: `fixtures/start.S` and a piece of C that includes `fixtures/kernel.h`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMachine } from '../../simulator/machine/create-machine.ts';
import type { Machine, MachineConfiguration } from '../../simulator/machine/machine.ts';
import { buildKernel, fixtures } from './kernel-image.ts';

/** A machine with a kernel of that C text, which defines `kmain` and, unless it says so itself, does not expect traps. */
export function smallKernel(
  c: string,
  configuration: Partial<MachineConfiguration> = {},
  arrivals?: number,
): Machine {
  const onTrap = c.includes('void on_trap')
    ? ''
    : 'void on_trap(struct frame *frame) { note_trap(frame); }\n';
  const { image } = buildKernel({
    assembly: readFileSync(join(fixtures, 'start.S'), 'utf8'),
    c: `#include "kernel.h"\n${onTrap}${c}`,
    flags: ['-Og', '-Wno-unused', `-I${fixtures}`],
  });
  return createMachine(image, { cpus: 1, ...configuration }, arrivals);
}

/** Runs CPU 0 to its clean end. */
export function runToEnd(machine: Machine, steps = 1_000_000): void {
  const result = machine.execute(0, steps);
  assert.equal(
    machine.stop?.reason,
    'clean',
    machine.stop?.detail ?? `${result} ${where(machine)}`,
  );
}

/** `results[index]` of the kernel. */
export function result(machine: Machine, index: number): bigint {
  return variable(machine, 'results', index);
}

export function results(machine: Machine, count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => result(machine, i));
}

/** `trapped[index]` of the kernel: 0 vector, 1 error, 2 rip, 3 cr2, 4 rflags, 5 cs, 6 rsp, 7 count. */
export function trapped(machine: Machine, index: number): bigint {
  return variable(machine, 'trapped', index);
}

/** The 64-bit element of a global array, as memory has it. */
export function variable(machine: Machine, name: string, index = 0): bigint {
  const bytes = machine.readVirtual(0, addressOf(machine, name) + BigInt(8 * index), 8);
  return Buffer.from(bytes).readBigUInt64LE();
}

export function setVariable(machine: Machine, name: string, value: bigint): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  machine.writeVirtual(0, addressOf(machine, name), bytes);
}

export function addressOf(machine: Machine, name: string): bigint {
  const symbol = machine.image.symbols.byName(name);
  assert.ok(symbol, `the kernel has ${name}`);
  return symbol.address;
}

function where(machine: Machine): string {
  const rip = machine.register(0, 'rip');
  return `at ${machine.image.symbols.nearestBelow(rip)?.name ?? rip.toString(16)}`;
}
