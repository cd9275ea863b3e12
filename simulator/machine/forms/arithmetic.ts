/** Two-operand arithmetic and logic, and its one-operand kin: add or adc sbb and sub xor cmp test, inc dec neg not, xadd, cmpxchg, xchg. */
import type { Instruction } from '../decode.ts';
import { FLAG_BITS, RAX, flagKinds } from '../layout.ts';
import type { Fields, Form, FormBuilder, Place } from './text.ts';
import {
  addressText,
  flagsText,
  lockedReadText,
  lockedWriteText,
  logicFlagsText,
  narrow,
  place,
  readModifyWriteText,
  readText,
  writeRegisterText,
} from './text.ts';

export const arithmeticForms: Readonly<Record<string, FormBuilder>> = {
  add: (from) => twoOperands(from, 'add', true),
  or: (from) => twoOperands(from, 'or', true),
  adc: (from) => twoOperands(from, 'adc', true),
  sbb: (from) => twoOperands(from, 'sbb', true),
  and: (from) => twoOperands(from, 'and', true),
  sub: (from) => twoOperands(from, 'sub', true),
  xor: (from) => twoOperands(from, 'xor', true),
  cmp: (from) => twoOperands(from, 'sub', false),
  test: (from) => twoOperands(from, 'and', false),
  inc: (from) => oneOperand(from, 'inc'),
  dec: (from) => oneOperand(from, 'dec'),
  neg: (from) => oneOperand(from, 'neg'),
  not: (from) => oneOperand(from, 'not'),
  xadd: (from) => exchangeAdd(from),
  cmpxchg: (from) => compareExchange(from),
  xchg: (from) => exchange(from),
};

/** Declares `rl` (and `rh`) of `a` and `b`. */
function computeText(operation: string, size: number): string {
  return size === 8 ? computeWide(operation) : computeNarrow(operation, size);
}

function computeWide(operation: string): string {
  switch (operation) {
    case 'add':
      return `const rl = (al + bl) | 0, rh = (ah + bh + ((rl >>> 0) < (al >>> 0) ? 1 : 0)) | 0;\n`;
    case 'sub':
      return `const rl = (al - bl) | 0, rh = (ah - bh - ((al >>> 0) < (bl >>> 0) ? 1 : 0)) | 0;\n`;
    case 'adc':
      return `const sum = (al >>> 0) + (bl >>> 0) + carry(c);
const rl = sum | 0, rh = (ah + bh + (sum > 4294967295 ? 1 : 0)) | 0;\n`;
    case 'sbb':
      return `const sum = (al >>> 0) - (bl >>> 0) - carry(c);
const rl = sum | 0, rh = (ah - bh - (sum < 0 ? 1 : 0)) | 0;\n`;
    default: {
      const sign = logicSign(operation);
      return `const rl = al ${sign} bl, rh = ah ${sign} bh;\n`;
    }
  }
}

function computeNarrow(operation: string, size: number): string {
  const texts: Readonly<Record<string, string>> = {
    add: 'al + bl',
    sub: 'al - bl',
    adc: 'al + bl + carry(c)',
    sbb: 'al - bl - carry(c)',
  };
  const text = texts[operation];
  return text === undefined
    ? `const rl = al ${logicSign(operation)} bl;\n`
    : `const rl = ${narrow(size, text)};\n`;
}

function logicSign(operation: string): string {
  return operation === 'and' ? '&' : operation === 'or' ? '|' : '^';
}

function flagsOf(operation: string, size: number): string {
  if (operation === 'add' || operation === 'adc') return flagsText(flagKinds.add, size);
  if (operation === 'sub' || operation === 'sbb') return flagsText(flagKinds.subtract, size);
  return logicFlagsText(size);
}

function twoOperands(from: Instruction, operation: string, isStored: boolean): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const with_ = place(from.operands[1], 's', size, fields);
  if (!to || !with_ || to.kind === 'immediate' || (from.hasLock && !isStored)) return undefined;
  const key = `${operation}${isStored ? '' : '?'} ${size} ${spell(to)} ${spell(with_)}${from.hasLock ? ' lock' : ''}`;
  const text = (): string => {
    const compute = computeText(operation, size);
    const flags = flagsOf(operation, size);
    if (to.kind === 'memory' && isStored)
      return `${addressText(to.shape)}${readText('b', with_)}${readModifyWriteText(size, from.hasLock, compute, flags)}`;
    const address =
      to.kind === 'memory'
        ? addressText(to.shape)
        : with_.kind === 'memory'
          ? addressText(with_.shape)
          : '';
    const store = isStored && to.kind === 'register' ? writeRegisterText(to) : '';
    return address + readText('a', to) + readText('b', with_) + compute + store + flags;
  };
  if (from.hasLock && to.kind !== 'memory') return undefined;
  return { key, text, fields };
}

function oneOperand(from: Instruction, operation: string): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  if (!to || to.kind === 'immediate' || (from.hasLock && to.kind !== 'memory')) return undefined;
  const key = `${operation} ${size} ${spell(to)}${from.hasLock ? ' lock' : ''}`;
  const text = (): string => {
    const { compute, flags } = oneOperandText(operation, size);
    if (to.kind === 'memory')
      return addressText(to.shape) + readModifyWriteText(size, from.hasLock, compute, flags);
    return readText('a', to) + compute + writeRegisterText(to) + flags;
  };
  return { key, text, fields };
}

function oneOperandText(operation: string, size: number): { compute: string; flags: string } {
  const isWide = size === 8;
  if (operation === 'not')
    return { compute: `const rl = ~al${isWide ? ', rh = ~ah' : ''};\n`, flags: '' };
  if (operation === 'neg') {
    const swap = `const zl = 0, zh = 0, bl = al${isWide ? ', bh = ah' : ''};\n`;
    const compute = isWide
      ? 'const rl = -bl | 0, rh = (-bh - (bl !== 0 ? 1 : 0)) | 0;\n'
      : `const rl = ${narrow(size, '-bl')};\n`;
    const flags = flagsText(flagKinds.subtract, size, 'z');
    return { compute: swap + compute, flags };
  }
  const one = `const bl = 1${isWide ? ', bh = 0' : ''};\n`;
  const kind = operation === 'inc' ? flagKinds.increment : flagKinds.decrement;
  return {
    compute: one + computeText(operation === 'inc' ? 'add' : 'sub', size),
    flags: `r[${FLAG_BITS}] = carry(c);\n${flagsText(kind, size)}`,
  };
}

function exchangeAdd(from: Instruction): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const with_ = place(from.operands[1], 's', size, fields);
  if (!to || to.kind === 'immediate' || with_?.kind !== 'register') return undefined;
  if (from.hasLock && to.kind !== 'memory') return undefined;
  const key = `xadd ${size} ${spell(to)}${from.hasLock ? ' lock' : ''}`;
  const text = (): string => {
    const compute = computeText('add', size);
    const flags = writeRegisterText(with_, 'al', 'ah') + flagsText(flagKinds.add, size);
    if (to.kind === 'register')
      return (
        readText('a', to) +
        readText('b', with_) +
        compute +
        writeRegisterText(with_, 'al', 'ah') +
        writeRegisterText(to) +
        flagsText(flagKinds.add, size)
      );
    return `${addressText(to.shape)}${readText('b', with_)}${readModifyWriteText(size, from.hasLock, compute, flags)}`;
  };
  return { key, text, fields };
}

/** The destination is written in any case, with what it held when the comparison fails. */
function compareExchange(from: Instruction): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const with_ = place(from.operands[1], 's', size, fields);
  if (!to || to.kind === 'immediate' || with_?.kind !== 'register') return undefined;
  if (from.hasLock && to.kind !== 'memory') return undefined;
  const key = `cmpxchg ${size} ${spell(to)}${from.hasLock ? ' lock' : ''}`;
  const text = (): string => {
    const isWide = size === 8;
    const accumulator: Place & { kind: 'register' } = { kind: 'register', field: 'x', size };
    const isEqual = isWide ? 'al === el && ah === eh' : 'al === el';
    const compute = `${readText('n', with_)}${readText('e', accumulator)}const isEqual = ${isEqual};
const rl = isEqual ? nl : al${isWide ? ', rh = isEqual ? nh : ah' : ''};\n`;
    const compare = `const bl = al${isWide ? ', bh = ah' : ''};
{ const al = el${isWide ? ', ah = eh' : ''};
${computeText('sub', size)}${flagsText(flagKinds.subtract, size)} }\n`;
    const after = `if (!isEqual) { ${writeRegisterText(accumulator, 'al', 'ah')} }\n${compare}`;
    if (to.kind === 'memory')
      return addressText(to.shape) + readModifyWriteText(size, from.hasLock, compute, after);
    const store = `if (isEqual) { ${writeRegisterText(to)} }\n`;
    return readText('a', to) + compute + store + after;
  };
  fields.x = RAX;
  return { key, text, fields };
}

/** With memory it is LOCKed by nature. */
function exchange(from: Instruction): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const [first, second] = [from.operands[0], from.operands[1]];
  const isSwapped = second?.kind === 'memory';
  const to = place(isSwapped ? second : first, 'd', size, fields);
  const with_ = place(isSwapped ? first : second, 's', size, fields);
  if (!to || to.kind === 'immediate' || with_?.kind !== 'register') return undefined;
  if (from.hasLock && to.kind !== 'memory') return undefined;
  const text = (): string => {
    if (to.kind === 'register')
      return (
        readText('a', to) +
        readText('b', with_) +
        writeRegisterText(to, 'bl', 'bh') +
        writeRegisterText(with_, 'al', 'ah')
      );
    return (
      addressText(to.shape) +
      readText('b', with_) +
      lockedReadText('a', size) +
      lockedWriteText(size, 'bl', 'bh') +
      writeRegisterText(with_, 'al', 'ah')
    );
  };
  return { key: `xchg ${size} ${spell(to)}`, text, fields };
}

/** Bytes of the first operand. */
export function operandSize(from: Instruction): number {
  const first = from.operands[0];
  return first?.kind === 'register' || first?.kind === 'memory' ? first.size : 8;
}

/** A place in a key: `r`, `i`, or the shape of an address. */
export function spell(at: Place): string {
  return at.kind === 'memory' ? at.shape : at.kind === 'register' ? `r${at.size}` : 'i';
}
