/** String instructions: movs stos lods scas cmps, with and without rep; one element per step. */
import type { Instruction } from '../decode.ts';
import { LATCH, RAX, RCX, RDI, RIP, RSI, SYSTEM_FLAGS, flagKinds, rflags } from '../layout.ts';
import type { Form, FormBuilder } from './text.ts';
import { flagsText, narrow, readMemoryText, writeMemoryText } from './text.ts';

export const stringForms: Readonly<Record<string, FormBuilder>> = Object.fromEntries(
  ['movs', 'stos', 'lods', 'scas', 'cmps'].flatMap((operation) =>
    [
      ['b', 1],
      ['w', 2],
      ['d', 4],
      ['q', 8],
    ].map(([letter, size]) => [
      `${operation}${letter}`,
      (from: Instruction) => stringForm(from, operation, Number(size)),
    ]),
  ),
);

function stringForm(from: Instruction, operation: string, size: number): Form | undefined {
  if (from.operands.some((each) => each.kind === 'other') || from.hasLock) return undefined;
  const isString = from.operands.some((each) => each.kind === 'string');
  if (!isString) return undefined;
  return {
    key: `${from.repeat} ${operation}${size}`,
    text: () => stringText(from.repeat, operation, size),
    fields: {},
    // Each element is a step.
    ...(from.repeat === 'none' ? {} : { flow: 'alone' }),
  };
}

function stringText(repeat: string, operation: string, size: number): string {
  const step = `const step = r[${SYSTEM_FLAGS}] & ${rflags.direction} ? -${size} : ${size};\n`;
  const once = step + elementText(operation, size);
  if (repeat === 'none') return once;
  const isCompare = operation === 'scas' || operation === 'cmps';
  const isEqual = size === 8 ? '(rl | rh) === 0' : 'rl === 0';
  const goesOn = isCompare ? ` && ${repeat === 'repne' ? `!(${isEqual})` : isEqual}` : '';
  return `if ((r[${RCX}] | r[${RCX + 1}]) === 0) return;
${once}if (r[${RCX}] === 0) r[${RCX + 1}] = (r[${RCX + 1}] - 1) | 0;
r[${RCX}] = (r[${RCX}] - 1) | 0;
if ((r[${RCX}] | r[${RCX + 1}]) !== 0${goesOn}) {
r[${RIP}] = op.low; r[${RIP + 1}] = op.high; r[${LATCH}] = 2;
} else r[${LATCH}] = 0;\n`;
}

function elementText(operation: string, size: number): string {
  const isWide = size === 8;
  const source = `let lo = r[${RSI}], hi = r[${RSI + 1}];\n`;
  const target = `let lo = r[${RDI}], hi = r[${RDI + 1}];\n`;
  const accumulator =
    size === 1
      ? `(c.b[${RAX * 4}] << 24) >> 24`
      : size === 2
        ? `(c.w[${RAX * 2}] << 16) >> 16`
        : `r[${RAX}]`;
  const high = isWide ? `, ah = r[${RAX + 1}]` : '';
  switch (operation) {
    case 'movs':
      return `let rl, rh; { ${source}${readMemoryText('v', size)}rl = vl;${isWide ? ' rh = vh;' : ''} }
{ ${target}${writeMemoryText(size)} }\n${advance(RSI)}${advance(RDI)}`;
    case 'stos':
      return `const al = ${accumulator}${high};
{ ${target}${writeMemoryText(size, 'al', 'ah')} }\n${advance(RDI)}`;
    case 'lods':
      return `{ ${source}${readMemoryText('v', size)}${setAccumulator(size)} }\n${advance(RSI)}`;
    case 'scas':
      return `const al = ${accumulator}${high};
let bl, bh; { ${target}${readMemoryText('v', size)}bl = vl;${isWide ? ' bh = vh;' : ''} }
${compareText(size)}${advance(RDI)}`;
    default:
      return `let al, ah, bl, bh;
{ ${source}${readMemoryText('v', size)}al = vl;${isWide ? ' ah = vh;' : ''} }
{ ${target}${readMemoryText('v', size)}bl = vl;${isWide ? ' bh = vh;' : ''} }
${compareText(size)}${advance(RSI)}${advance(RDI)}`;
  }
}

function compareText(size: number): string {
  const compute =
    size === 8
      ? 'const rl = (al - bl) | 0, rh = (ah - bh - ((al >>> 0) < (bl >>> 0) ? 1 : 0)) | 0;\n'
      : `const rl = ${narrow(size, 'al - bl')};\n`;
  return compute + flagsText(flagKinds.subtract, size);
}

function setAccumulator(size: number): string {
  if (size === 8) return `r[${RAX}] = vl; r[${RAX + 1}] = vh;`;
  if (size === 4) return `r[${RAX}] = vl; r[${RAX + 1}] = 0;`;
  return size === 2 ? `c.w[${RAX * 2}] = vl;` : `c.b[${RAX * 4}] = vl;`;
}

function advance(register: number): string {
  return `{ const next = (r[${register}] + step) | 0;
if (step > 0) { if ((next >>> 0) < step) r[${register + 1}] = (r[${register + 1}] + 1) | 0; }
else if ((next >>> 0) > (r[${register}] >>> 0)) r[${register + 1}] = (r[${register + 1}] - 1) | 0;
r[${register}] = next; }\n`;
}
