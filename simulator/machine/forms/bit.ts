/** Single bits and scans: bt bts btr btc, bsf bsr tzcnt. */
import type { Instruction } from '../decode.ts';
import { FLAG_BITS, FLAG_KIND, FLAG_RESULT, flagKinds, rflags } from '../layout.ts';
import { operandSize, spell } from './arithmetic.ts';
import type { Fields, Form, FormBuilder, Place } from './text.ts';
import {
  addressText,
  place,
  readModifyWriteText,
  readText,
  writeRegisterText,
  readMemoryText,
} from './text.ts';

export const bitForms: Readonly<Record<string, FormBuilder>> = {
  bt: (from) => testBit(from, ''),
  bts: (from) => testBit(from, 'a | mask'),
  btr: (from) => testBit(from, 'a & ~mask'),
  btc: (from) => testBit(from, 'a ^ mask'),
  bsf: (from) => scan(from, 'bsf'),
  bsr: (from) => scan(from, 'bsr'),
  tzcnt: (from) => scan(from, 'tzcnt'),
};

/** `change` is the new word in terms of the old one `a` and the bit's `mask`; empty for a mere test. */
function testBit(from: Instruction, change: string): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const which = place(from.operands[1], 's', size, fields);
  if (!to || !which || to.kind === 'immediate' || size === 1) return undefined;
  if (from.hasLock && (to.kind !== 'memory' || change === '')) return undefined;
  const key = `${from.mnemonic} ${size} ${spell(to)} ${spell(which)}${from.hasLock ? ' lock' : ''}`;
  return { key, text: () => testBitText(to, which, size, change, from.hasLock), fields };
}

function testBitText(
  to: Place,
  which: Place,
  size: number,
  change: string,
  isLocked: boolean,
): string {
  const bits = size * 8;
  const index = `${readText('b', which)}const n = bl & ${bits - 1}, mask = 1 << n;\n`;
  const flags = 'keepOtherFlags(c, cf, 0);\n';
  const isHigh = size === 8 ? 'n >= 32 ? ah : al' : 'al';
  const bit = `const cf = ((${isHigh}) >>> n) & 1;\n`;
  const compute = bit + (change === '' ? '' : changeText(size, change));
  if (to.kind === 'register') {
    const store = change === '' ? '' : writeRegisterText(to);
    return index + readText('a', to) + compute + store + flags;
  }
  if (to.kind !== 'memory') return '';
  const address =
    addressText(to.shape) + index + (which.kind === 'register' ? stringText(size) : '');
  if (change === '') return address + readMemoryText('a', size) + compute + flags;
  return address + readModifyWriteText(size, isLocked, compute, flags);
}

/** A register's bit number reaches beyond the operand: the address moves by whole operands. */
function stringText(size: number): string {
  const shift = size === 8 ? 6 : size === 4 ? 5 : 4;
  const scale = size === 8 ? 3 : size === 4 ? 2 : 1;
  const low = size === 8 ? `((bl >>> ${shift}) | (bh << ${32 - shift}))` : `(bl >> ${shift})`;
  const high = size === 8 ? `(bh >> ${shift})` : '(bl >> 31)';
  return `{ const l = ${low} << ${scale}, h = (${high} << ${scale}) | (${low} >>> ${32 - scale});
const sum = (lo + l) | 0; hi = (hi + h + ((sum >>> 0) < (l >>> 0) ? 1 : 0)) | 0; lo = sum; }\n`;
}

function changeText(size: number, change: string): string {
  const low = change.replace('a', 'al');
  if (size !== 8) return `const rl = ${low};\n`;
  const high = change.replace('a', 'ah');
  return `const rl = n < 32 ? ${low} : al, rh = n < 32 ? ah : ${high};\n`;
}

/** bsf and bsr leave the destination alone when there is no bit; tzcnt gives the size. */
function scan(from: Instruction, operation: string): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const what = place(from.operands[1], 's', size, fields);
  if (to?.kind !== 'register' || !what || what.kind === 'immediate') return undefined;
  const text = (): string => {
    const address = what.kind === 'memory' ? addressText(what.shape) : '';
    const narrow = size === 2 ? 'const al = vl & 65535;\n' : 'const al = vl;\n';
    const value = address + readText('v', what) + narrow + (size === 8 ? 'const ah = vh;\n' : '');
    const isNone = size === 8 ? '(al | ah) === 0' : 'al === 0';
    const store = writeRegisterText(to, 'n', '0');
    const found = `const n = ${scanText(operation, size)};\n`;
    if (operation === 'tzcnt')
      return `${value}${found}${store}${explicitFlags(`${isNone}`, 'n === 0')}`;
    return `${value}${found}if (!(${isNone})) { ${store} }\n${explicitFlags('false', isNone)}`;
  };
  return { key: `${operation} ${size} ${spell(what)}`, text, fields };
}

function scanText(operation: string, size: number): string {
  const bits = size * 8;
  const trailing = (x: string): string => `31 - Math.clz32(${x} & -${x})`;
  if (operation === 'bsr')
    return size === 8
      ? '(ah !== 0 ? 63 - Math.clz32(ah) : 31 - Math.clz32(al))'
      : '31 - Math.clz32(al)';
  if (size === 8)
    return `(al !== 0 ? ${trailing('al')} : ah !== 0 ? 32 + ${trailing('ah')} : ${bits})`;
  return `(al !== 0 ? ${trailing('al')} : ${bits})`;
}

function explicitFlags(isCarry: string, isZero: string): string {
  return `r[${FLAG_KIND}] = ${flagKinds.explicit};
r[${FLAG_BITS}] = (${isCarry} ? ${rflags.carry} : 0) | (${isZero} ? ${rflags.zero} : 0);
r[${FLAG_RESULT}] = 0; r[${FLAG_RESULT + 1}] = 0;\n`;
}
