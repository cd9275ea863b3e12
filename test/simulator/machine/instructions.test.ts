/** Every instruction form, one by one: results and flags are the host's, undefined flags aside. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMachine } from '../../../simulator/machine/create-machine.ts';
import { stopAt } from '../../../simulator/machine/machine.ts';
import type { Machine, MachineSnapshot, MemoryModel } from '../../../simulator/machine/machine.ts';
import { generator } from '../../../simulator/schedule-random.ts';
import { hasGcc } from '../../support/c-program.ts';
import { buildKernel, fixtures, runOnHost, withFile } from '../../support/kernel-image.ts';
import { instructionCases } from './instruction-cases.ts';
import type { InstructionCase } from './instruction-cases.ts';

/** The other models run the same handlers, and few of them. */
const inputsPerCase = { sc: 40, tso: 8, weak: 8 } as const;
const recordBytes = 128;
const at = { rax: 0, rbx: 8, rcx: 16, rdx: 24, rflags: 32, number: 40, faulted: 48, memory: 64 };
const recordAddress = 0xffffffff80380000n;
const stackTop = 0xffffffff80400000n;
const arithmeticFlags = 0x8d5n;
const seed = 7;

describe('machine, instruction by instruction', function () {
  this.timeout(120_000);
  before(function () {
    if (!hasGcc || process.arch !== 'x64' || process.platform !== 'linux') this.skip();
  });

  for (const memoryModel of ['sc', 'tso', 'weak'] as const) {
    it(`gives the results and defined flags of the host (${memoryModel})`, () => {
      checkAll(memoryModel);
    });
    it(`does so when they are compiled (${memoryModel})`, () => {
      checkAll(memoryModel, 1);
    });
  }
});

function checkAll(memoryModel: MemoryModel, arrivals?: number): void {
  const cases = instructionCases(/\bbmi1\b/.test(readFileSync('/proc/cpuinfo', 'utf8')));
  const records = cases.flatMap((_, number) => inputs(number, inputsPerCase[memoryModel]));
  const assembly = stubsText(cases);
  const expected = withFile('stubs.S', assembly, (path) =>
    runOnHost([path, join(fixtures, 'stubs.c')], ['-O1', '-no-pie'], Buffer.concat(records)),
  );
  assert.equal(expected.length, records.length * recordBytes);
  const machine = createMachine(
    buildKernel({ assembly }).image,
    { cpus: 1, memoryModel },
    arrivals,
  );
  machine.setBreakpoints([machine.image.entry]);
  const clean = machine.snapshot();
  const wrong = records.flatMap((record, i) => {
    const number = Number(record.readBigUInt64LE(at.number));
    const host = expected.subarray(i * recordBytes, (i + 1) * recordBytes);
    return compare(cases[number], record, runStub(machine, clean, number, record), host);
  });
  assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} of ${records.length} differ`);
}

/** A table of functions of a record, which load its registers, execute the text, and store them again. */
function stubsText(cases: readonly InstructionCase[]): string {
  const bodies = cases.map(
    ({ text }, i) => `stub${i}: push %rbx
mov ${at.rax}(%rdi), %rax; mov ${at.rbx}(%rdi), %rbx; mov ${at.rcx}(%rdi), %rcx; mov ${at.rdx}(%rdi), %rdx
push ${at.rflags}(%rdi); popfq
${text}
pushfq; pop ${at.rflags}(%rdi)
mov %rax, ${at.rax}(%rdi); mov %rbx, ${at.rbx}(%rdi); mov %rcx, ${at.rcx}(%rdi); mov %rdx, ${at.rdx}(%rdi)
pop %rbx; ret`,
  );
  return `.globl start, stubs
.text
start: hlt
${bodies.join('\n')}
.section .rodata
.balign 8
stubs: ${cases.map((_, i) => `.quad stub${i}`).join('\n')}
.section .note.GNU-stack,"",@progbits
`;
}

function inputs(number: number, length: number): Buffer[] {
  const random = generator(seed + number);
  return Array.from({ length }, () => {
    const record = Buffer.alloc(recordBytes);
    for (const offset of [at.rax, at.rbx, at.rcx, at.rdx, at.memory, at.memory + 8])
      record.writeBigUInt64LE(edge(random), offset);
    for (let i = 16; i < 64; i++) record[at.memory + i] = random(4) === 0 ? 0 : random(256);
    record.writeBigUInt64LE((BigInt(random(0x1000)) & arithmeticFlags) | 0x202n, at.rflags);
    record.writeBigUInt64LE(BigInt(number), at.number);
    return record;
  });
}

function edge(random: (bound: number) => number): bigint {
  const shift = BigInt(random(64));
  const whole = (BigInt(random(0x7fffffff)) << 33n) ^ BigInt(random(0x7fffffff));
  const choices = [
    (1n << shift) - 1n,
    1n << shift,
    ~(1n << shift),
    -(1n << shift),
    BigInt(random(70)),
    whole,
    whole >> shift,
  ];
  return BigInt.asUintN(64, choices[random(choices.length)] ?? 0n);
}

function runStub(machine: Machine, clean: MachineSnapshot, number: number, record: Buffer): Buffer {
  const { image } = machine;
  machine.writeVirtual(0, recordAddress, record);
  const table = image.symbols.byName('stubs');
  assert.ok(table);
  const entry = Buffer.from(machine.readVirtual(0, table.address + BigInt(8 * number), 8));
  const link = Buffer.alloc(8);
  link.writeBigUInt64LE(image.entry);
  machine.writeVirtual(0, stackTop, link);
  machine.setRegister(0, 'rsp', stackTop);
  machine.setRegister(0, 'rdi', recordAddress);
  machine.setRegister(0, 'rip', entry.readBigUInt64LE());
  const result = machine.execute(0, 10_000, stopAt.breakpoint);
  if (result === 'stopped') {
    assert.match(machine.stop?.detail ?? '', /^neither exception 0 /);
    machine.restore(clean);
    record.writeBigUInt64LE(1n, at.faulted);
    return record;
  }
  assert.equal(result, 'mark');
  while (machine.drain(0));
  return Buffer.from(machine.readVirtual(0, recordAddress, recordBytes));
}

function compare(
  tested: InstructionCase | undefined,
  before: Buffer,
  machine: Buffer,
  host: Buffer,
): string[] {
  assert.ok(tested);
  if (host.readBigUInt64LE(at.faulted) === 1n) {
    return machine.readBigUInt64LE(at.faulted) === 1n ? [] : [`${tested.text}: no #DE`];
  }
  const [rcx, rax] = [before.readBigUInt64LE(at.rcx), before.readBigUInt64LE(at.rax)];
  if (tested.isUndefined?.(rcx, rax)) return [];
  const mask = arithmeticFlags & ~BigInt(tested.undefinedFlags(rcx));
  const [ours, theirs] = [machine, host].map((each) => each.readBigUInt64LE(at.rflags) & mask);
  machine.writeBigUInt64LE(0n, at.rflags);
  const cleaned = Buffer.from(host);
  cleaned.writeBigUInt64LE(0n, at.rflags);
  if (ours === theirs && machine.equals(cleaned)) return [];
  const flags = `flags ${ours?.toString(16)}, host ${theirs?.toString(16)}`;
  return [`${tested.text} of ${show(before)}: ${show(machine)} ${flags}, host ${show(cleaned)}`];
}

function show(record: Buffer): string {
  const registers = (['rax', 'rbx', 'rcx', 'rdx', 'memory'] as const).map(
    (name) => `${name}=${record.readBigUInt64LE(at[name]).toString(16)}`,
  );
  return registers.join(' ');
}
