/** Operands for handlers that are functions of ours: 64-bit values, no text. */
import { read, read64, write, write64 } from '../access.ts';
import type { Cpu, Handler, Op } from '../cpu.ts';
import type { Instruction, Operand } from '../decode.ts';
import { protectionFault } from '../fault.ts';
import { PRIVILEGE, RAX, RDX } from '../layout.ts';
import { join } from '../words.ts';
import type { Fields, Form, FormBuilder } from './text.ts';
import { memoryShape } from './text.ts';

/** A form without operands. LOCK is refused by the table. */
export function plain(run: Handler): FormBuilder {
  return () => ({ run, fields: {} });
}

/** A form without operands for privilege 0. */
export function privileged(run: Handler): FormBuilder {
  return plain(kernelOnly(run));
}

export function kernelOnly(run: Handler): Handler {
  return (cpu, op) => {
    if (cpu.r[PRIVILEGE] !== 0) protectionFault();
    run(cpu, op);
  };
}

/** A form whose one memory operand the handler finds with `operandAddress`. */
export function withMemory(run: Handler, operandIndex = 0): FormBuilder {
  return (from) => {
    const fields: Fields = {};
    return setMemory(from.operands[operandIndex], fields) ? { run, fields } : undefined;
  };
}

/** Records a memory operand; false when it is none. `x` is the shift of its index. */
export function setMemory(operand: Operand | undefined, fields: Fields): boolean {
  if (operand?.kind !== 'memory' || !operand.isWide) return false;
  memoryShape(operand, fields);
  fields.x = operand.shift;
  return true;
}

/** A form for a register or memory operand: `register` gets the number in `op.d`, `memory` finds its address. */
export function registerOrMemory(
  from: Instruction,
  index: number,
  register: Handler,
  memory: Handler,
  fields: Fields = {},
): Form | undefined {
  const operand = from.operands[index];
  if (operand?.kind === 'register') {
    if (operand.isHighByte) return undefined;
    fields.d = operand.number;
    return { run: register, fields };
  }
  return setMemory(operand, fields) ? { run: memory, fields } : undefined;
}

/** Linear address of the memory operand. */
export function operandAddress(cpu: Cpu, op: Op): bigint {
  const index = cpu.get64(op.index) << BigInt(op.x);
  const sum = cpu.get64(op.base) + index + join(op.dispLow, op.dispHigh) + cpu.get64(op.segment);
  return BigInt.asUintN(64, sum);
}

export function readOperand(cpu: Cpu, op: Op, size: number): bigint {
  const address = operandAddress(cpu, op);
  if (size === 8) return read64(cpu, address);
  return BigInt(read(cpu, address, size === 4 ? 4 : size === 2 ? 2 : 1));
}

export function writeOperand(cpu: Cpu, op: Op, size: number, value: bigint): void {
  const address = operandAddress(cpu, op);
  if (size === 8) write64(cpu, address, value);
  else write(cpu, address, size === 4 ? 4 : size === 2 ? 2 : 1, Number(BigInt.asIntN(32, value)));
}

/** edx:eax. */
export function pairOf(cpu: Cpu): bigint {
  return join(cpu.word(RAX), cpu.word(RDX));
}

/** Splits a value over edx:eax; the upper halves are cleared. */
export function setPair(cpu: Cpu, value: bigint): void {
  cpu.set64(RAX, value & 0xffffffffn);
  cpu.set64(RDX, (value >> 32n) & 0xffffffffn);
}
