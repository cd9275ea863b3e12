/** Moves: mov movabs movzx movsx movsxd lea push pop leave bswap cmovcc setcc, and the sign extensions of the accumulator. */
import type { Instruction, Operand } from '../decode.ts';
import { RAX, RBP, RDX } from '../layout.ts';
import { conditionText } from '../flags.ts';
import { highWord, lowWord } from '../words.ts';
import { operandSize, spell } from './arithmetic.ts';
import type { Fields, Form, FormBuilder } from './text.ts';
import {
  addressText,
  effectiveAddressText,
  place,
  popStackText,
  pushAddressText,
  readMemoryText,
  readText,
  setStackText,
  stackText,
  writeMemoryText,
  writeRegisterText,
} from './text.ts';

export const moveForms: Readonly<Record<string, FormBuilder>> = {
  mov: (from) => move(from),
  movzx: (from) => extend(from, false),
  movsx: (from) => extend(from, true),
  movsxd: (from) => extend(from, true),
  lea: (from) => loadAddress(from),
  push: (from) => push(from),
  pop: (from) => pop(from),
  leave: () => ({ key: 'leave', text: leaveText, fields: { addressFault: 12 } }),
  bswap: (from) => byteSwap(from),
  cbw: () => ({
    key: 'cbw',
    text: () => `c.w[${RAX * 2}] = (c.b[${RAX * 4}] << 24) >> 24;\n`,
    fields: {},
  }),
  cwde: () => ({
    key: 'cwde',
    text: () => `r[${RAX}] = (r[${RAX}] << 16) >> 16; r[${RAX + 1}] = 0;\n`,
    fields: {},
  }),
  cdqe: () => ({ key: 'cdqe', text: () => `r[${RAX + 1}] = r[${RAX}] >> 31;\n`, fields: {} }),
  cwd: () => ({
    key: 'cwd',
    text: () => `c.w[${RDX * 2}] = (r[${RAX}] << 16) >> 31;\n`,
    fields: {},
  }),
  cdq: () => ({
    key: 'cdq',
    text: () => `r[${RDX}] = r[${RAX}] >> 31; r[${RDX + 1}] = 0;\n`,
    fields: {},
  }),
  cqo: () => ({
    key: 'cqo',
    text: () => `r[${RDX}] = r[${RDX + 1}] = r[${RAX + 1}] >> 31;\n`,
    fields: {},
  }),
};

/** setcc and cmovcc, which carry their condition in the mnemonic. */
export function conditionalMove(from: Instruction): Form | undefined {
  const condition = from.condition;
  if (condition === undefined) return undefined;
  return from.mnemonic.startsWith('set') ? setByte(from, condition) : moveIf(from, condition);
}

function move(from: Instruction): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const what = place(from.operands[1], 's', size, fields);
  if (!to || !what || to.kind === 'immediate' || from.hasLock) return undefined;
  const text = (): string => {
    if (to.kind === 'memory')
      return addressText(to.shape) + readText('r', what) + writeMemoryText(size);
    const address = what.kind === 'memory' ? addressText(what.shape) : '';
    return address + readText('r', what) + writeRegisterText(to);
  };
  return { key: `mov ${size} ${spell(to)} ${spell(what)}`, text, fields };
}

function extend(from: Instruction, isSigned: boolean): Form | undefined {
  const size = operandSize(from);
  const narrow = sizeOf(from.operands[1]);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const what = place(from.operands[1], 's', narrow, fields);
  if (to?.kind !== 'register' || !what || what.kind === 'immediate') return undefined;
  const mask = narrow === 1 ? ' & 255' : narrow === 2 ? ' & 65535' : '';
  const text = (): string => {
    const address = what.kind === 'memory' ? addressText(what.shape) : '';
    const low = isSigned ? 'al' : `(al${mask})`;
    return address + readText('a', what) + writeRegisterText(to, low, isSigned ? 'al >> 31' : '0');
  };
  return { key: `mov${isSigned ? 's' : 'z'}x ${size} ${narrow} ${spell(what)}`, text, fields };
}

function loadAddress(from: Instruction): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const what = place(from.operands[1], 's', size, fields);
  if (to?.kind !== 'register' || what?.kind !== 'memory') return undefined;
  const text = (): string => effectiveAddressText(what.shape) + writeRegisterText(to, 'lo', 'hi');
  return { key: `lea ${size} ${what.shape}`, text, fields };
}

function push(from: Instruction): Form | undefined {
  const operand = from.operands[0];
  if (operand?.kind !== 'immediate' && sizeOf(operand) !== 8) return undefined;
  const fields: Fields = {};
  const what = place(operand, 's', 8, fields);
  if (!what) return undefined;
  fields.addressFault = 12;
  const text = (): string => {
    const value =
      what.kind === 'memory'
        ? `let rl, rh; { ${addressText(what.shape)}${readMemoryText('v', 8)} rl = vl; rh = vh; }\n`
        : readText('r', what);
    return value + pushAddressText + writeMemoryText(8) + setStackText;
  };
  return { key: `push ${spell(what)}`, text, fields };
}

function pop(from: Instruction): Form | undefined {
  const operand = from.operands[0];
  if (sizeOf(operand) !== 8) return undefined;
  const fields: Fields = {};
  const to = place(operand, 'd', 8, fields);
  if (!to || to.kind === 'immediate') return undefined;
  fields.addressFault = 12;
  if (operand?.kind === 'memory' && operand.base === 4) {
    const displacement = operand.displacement + 8n;
    fields.dispLow = lowWord(displacement);
    fields.dispHigh = highWord(displacement);
  }
  const text = (): string => {
    const read = stackText + readMemoryText('r', 8);
    if (to.kind === 'register') return read + popStackText('8') + writeRegisterText(to);
    const store = `{ ${addressText(to.shape)}${writeMemoryText(8)} }\n`;
    return read + store + popStackText('8');
  };
  return { key: `pop ${spell(to)}`, text, fields };
}

function leaveText(): string {
  return `let lo = r[${RBP}], hi = r[${RBP + 1}];
${readMemoryText('r', 8)}${popStackText('8')}r[${RBP}] = rl; r[${RBP + 1}] = rh;\n`;
}

function byteSwap(from: Instruction): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  if (to?.kind !== 'register' || size < 4) return undefined;
  const swap = (x: string): string =>
    `(${x} << 24) | ((${x} & 0xff00) << 8) | ((${x} >>> 8) & 0xff00) | (${x} >>> 24)`;
  const text = (): string => {
    const [low, high] = size === 8 ? [swap('ah'), swap('al')] : [swap('al'), '0'];
    return `${readText('a', to)}const rl = ${low}, rh = ${high};\n${writeRegisterText(to)}`;
  };
  return { key: `bswap ${size}`, text, fields };
}

function setByte(from: Instruction, condition: number): Form | undefined {
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', 1, fields);
  if (!to || to.kind === 'immediate') return undefined;
  const text = (): string => {
    const value = `const rl = ${conditionText(condition)} ? 1 : 0;\n`;
    if (to.kind === 'register') return value + writeRegisterText(to);
    return addressText(to.shape) + value + writeMemoryText(1);
  };
  return { key: `set${condition} ${spell(to)}`, text, fields };
}

/** Memory is read whatever the condition says, and 32 bits clear the upper half in any case. */
function moveIf(from: Instruction, condition: number): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const what = place(from.operands[1], 's', size, fields);
  if (to?.kind !== 'register' || !what || what.kind === 'immediate') return undefined;
  const text = (): string => {
    const address = what.kind === 'memory' ? addressText(what.shape) : '';
    const otherwise = size === 4 ? `else r[op.d + 1] = 0;\n` : '';
    return `${address}${readText('r', what)}if (${conditionText(condition)}) { ${writeRegisterText(to)} }\n${otherwise}`;
  };
  return { key: `cmov${condition} ${size} ${spell(what)}`, text, fields };
}

function sizeOf(operand: Operand | undefined): number {
  return operand?.kind === 'register' || operand?.kind === 'memory' ? operand.size : 0;
}
