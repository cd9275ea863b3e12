/** From an instruction to how it is executed: the one table of what the machine can do. */
import type { Cpu, Handler, Op } from '../cpu.ts';
import type { Instruction } from '../decode.ts';
import { raise, vectors } from '../fault.ts';
import { ZERO } from '../layout.ts';
import { highWord, lowWord } from '../words.ts';
import { arithmeticForms } from './arithmetic.ts';
import { bitForms } from './bit.ts';
import { branchForms, conditionalJump } from './branch.ts';
import { compileForm } from './compile.ts';
import { conditionalMove, moveForms } from './move.ts';
import { multiplyForms } from './multiply.ts';
import { shiftForms } from './shift.ts';
import { stringForms } from './string.ts';
import { systemForms } from './system.ts';
import type { Form, FormBuilder } from './text.ts';

/** Tried in order: a `mov` of a control register is no form of the first table. */
const tables: readonly Readonly<Record<string, FormBuilder>>[] = [
  moveForms,
  arithmeticForms,
  branchForms,
  shiftForms,
  multiplyForms,
  bitForms,
  stringForms,
  systemForms,
];

/** How to execute an instruction; undefined when it is outside the subset. */
function formOf(instruction: Instruction): Form | undefined {
  for (const table of tables) {
    const form = Object.hasOwn(table, instruction.mnemonic)
      ? table[instruction.mnemonic]?.(instruction)
      : undefined;
    if (form) return form;
  }
  if (instruction.condition === undefined) return undefined;
  return instruction.mnemonic.startsWith('j')
    ? conditionalJump(instruction)
    : conditionalMove(instruction);
}

/** The record of an instruction; undefined when it is outside the subset. */
export function opOf(instruction: Instruction): Op | undefined {
  const form = formOf(instruction);
  if (!form) return undefined;
  const isIllegalLock = instruction.hasLock && !mayLock(instruction);
  const run = isIllegalLock ? invalid : 'run' in form ? form.run : compileForm(form.key, form.text);
  const op = record(instruction.address, instruction.length, run, form.fields);
  if (isIllegalLock || 'run' in form) return op;
  op.text = form.text;
  op.flow = form.flow;
  return op;
}

/** The record of bytes that are no instruction: it raises #UD. */
export function invalidOp(address: bigint): Op {
  return record(address, 1, invalid, {});
}

/** LOCK is legal on these alone, and only when they write memory. */
function mayLock(instruction: Instruction): boolean {
  const legal = 'add adc and btc btr bts cmpxchg dec inc neg not or sbb sub xor xadd xchg'.split(
    ' ',
  );
  return (
    legal.includes(instruction.mnemonic) &&
    instruction.operands.some((each) => each.kind === 'memory')
  );
}

function record(address: bigint, length: number, run: Handler, fields: Partial<Op>): Op {
  const next = BigInt.asUintN(64, address + BigInt(length));
  return {
    run,
    low: lowWord(address),
    high: highWord(address),
    nextLow: lowWord(next),
    nextHigh: highWord(next),
    d: fields.d ?? 0,
    s: fields.s ?? 0,
    x: fields.x ?? 0,
    base: fields.base ?? ZERO,
    index: fields.index ?? ZERO,
    segment: fields.segment ?? ZERO,
    dispLow: fields.dispLow ?? 0,
    dispHigh: fields.dispHigh ?? 0,
    immLow: fields.immLow ?? 0,
    immHigh: fields.immHigh ?? 0,
    length,
    marks: fields.marks ?? 0,
    addressFault: fields.addressFault ?? vectors.generalProtection,
    text: undefined,
    flow: undefined,
  };
}

function invalid(_cpu: Cpu, _op: Op): void {
  raise(vectors.invalidOpcode);
}
