/** Control flow: jmp jcc call ret jrcxz loop. Targets are absolute in the record. */
import { conditionText } from '../flags.ts';
import { RCX, RIP } from '../layout.ts';
import type { Instruction } from '../decode.ts';
import { highWord, lowWord } from '../words.ts';
import { spell } from './arithmetic.ts';
import type { Fields, Form, FormBuilder } from './text.ts';
import {
  addressText,
  place,
  popStackText,
  pushAddressText,
  readMemoryText,
  readText,
  setStackText,
  stackText,
  writeMemoryText,
} from './text.ts';

export const branchForms: Readonly<Record<string, FormBuilder>> = {
  jmp: (from) => jump(from),
  call: (from) => call(from),
  ret: (from) => ret(from),
  jrcxz: (from) => countedJump(from, ''),
  loop: (from) => countedJump(from, 'true'),
  loope: (from) => countedJump(from, conditionText(4)),
  loopne: (from) => countedJump(from, conditionText(5)),
};

const goText = `r[${RIP}] = op.immLow; r[${RIP + 1}] = op.immHigh;\n`;
const goToText = `r[${RIP}] = rl; r[${RIP + 1}] = rh;\n`;

/** jcc, which carries its condition in the mnemonic. */
export function conditionalJump(from: Instruction): Form | undefined {
  const condition = from.condition;
  const fields = targetOf(from);
  if (condition === undefined || !fields) return undefined;
  const text = (): string => `if (${conditionText(condition)}) { ${goText} }\n`;
  return { key: `j${condition}`, text, fields, flow: 'branch' };
}

function jump(from: Instruction): Form | undefined {
  const direct = targetOf(from);
  if (direct) return { key: 'jmp', text: () => goText, fields: direct, flow: 'jump' };
  const fields: Fields = {};
  const what = place(from.operands[0], 's', 8, fields);
  if (!isNear(from) || !what || what.kind === 'immediate') return undefined;
  const text = (): string => {
    const address = what.kind === 'memory' ? addressText(what.shape) : '';
    return address + readText('r', what) + goToText;
  };
  return { key: `jmp ${spell(what)}`, text, fields, flow: 'return' };
}

function call(from: Instruction): Form | undefined {
  const pushText = `{ ${pushAddressText}${writeMemoryText(8, 'op.nextLow', 'op.nextHigh')}${setStackText} }\n`;
  const direct = targetOf(from);
  if (direct)
    return {
      key: 'call',
      text: () => pushText + goText,
      fields: { ...direct, addressFault: 12 },
      flow: 'branch',
    };
  const fields: Fields = {};
  const what = place(from.operands[0], 's', 8, fields);
  if (!isNear(from) || !what || what.kind === 'immediate') return undefined;
  const text = (): string => {
    const address = what.kind === 'memory' ? addressText(what.shape) : '';
    return address + readText('r', what) + pushText + goToText;
  };
  return { key: `call ${spell(what)}`, text, fields, flow: 'call' };
}

/** `ret` and `ret imm16`. */
function ret(from: Instruction): Form {
  const operand = from.operands[0];
  const bytes = operand?.kind === 'immediate' ? Number(operand.value & 0xffffn) : 0;
  const text = (): string =>
    stackText + readMemoryText('r', 8) + popStackText('op.immLow') + goToText;
  return {
    key: 'ret',
    text,
    fields: { immLow: 8 + bytes, immHigh: 0, addressFault: 12 },
    flow: 'return',
  };
}

/** `jrcxz` (no condition text) and the loop instructions, which count rcx down first. */
function countedJump(from: Instruction, condition: string): Form | undefined {
  const fields = targetOf(from);
  if (!fields) return undefined;
  const isZero = `(r[${RCX}] | r[${RCX + 1}])`;
  const text = (): string => {
    if (condition === '') return `if (${isZero} === 0) { ${goText} }\n`;
    const count = `if (r[${RCX}] === 0) r[${RCX + 1}] = (r[${RCX + 1}] - 1) | 0;\nr[${RCX}] = (r[${RCX}] - 1) | 0;\n`;
    return `${count}if (${isZero} !== 0 && ${condition}) { ${goText} }\n`;
  };
  return { key: from.mnemonic, text, fields, flow: 'branch' };
}

function targetOf(from: Instruction): Fields | undefined {
  const target = from.operands[0];
  if (target?.kind !== 'target') return undefined;
  return { immLow: lowWord(target.address), immHigh: highWord(target.address) };
}

/** Far pointers in memory have six or ten bytes. */
function isNear(from: Instruction): boolean {
  const what = from.operands[0];
  return (what?.kind === 'memory' || what?.kind === 'register') && what.size === 8;
}
