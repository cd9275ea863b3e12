/** Keeps general registers and flags of a region in local variables: the state is read when it is entered, and written when somebody may look. */
import { FLAG_KIND, GPR, MULTIPLY_B, RAX, RDX, SYSTEM_FLAGS, ZERO } from './layout.ts';

/** A word of the state in handler text: `r[(4) + 1]`, `r[36]`. */
const word = /\br\[\(?(\d+)\)?( \+ 1)?\]/g;
/** A byte or half of a register, written and read. */
const partWrite = /\bc\.([bw])\[\(?(\d+)\)?\] = ([^;]+);/g;
const partRead = /\bc\.([bw])\[\(?(\d+)\)?\]/g;

/** Helpers that read flags from the state, that set them there, and that change registers there. */
const flagReaders = /\b(?:carry\(c\)|isConditionMet\(c, \d+\)|rotate\(c, [^;]*\))/g;
const flagWriters = /^(?:keepOtherFlags\(c, .*\);|rotated\.setFlags\(c\);)$/gm;
const accumulators = /^(?:multiplyAccumulator|divideAccumulator)\(.*\);$/gm;

/** Stands for a call that writes all that was changed to the state. */
export const flushMark = '/*flush*/';

/** A function's body that declares `r`, and the functions that it needs. */
export interface RegionText {
  readonly text: string;
  readonly functions: string;
}

/** Replaces words of the state by local variables throughout a region's text, and writes out `flushMark`. */
export function withLocals(text: string): RegionText {
  const used = new Set<number>();
  const changed = new Set<number>();
  const nameOf = (index: number): string => {
    used.add(index);
    return `r${index}`;
  };
  const local = text
    .replace(partWrite, (_, view: string, index: string, value: string) => {
      const { word: at, shift, mask } = partOf(view, Number(index));
      return `r[${at}] = (r[${at}] & ${~(mask << shift)}) | (((${value}) & ${mask}) << ${shift});`;
    })
    .replace(partRead, (_, view: string, index: string) => {
      const { word: at, shift, mask } = partOf(view, Number(index));
      return `((r[${at}] >>> ${shift}) & ${mask})`;
    })
    .replace(word, (whole, base: string, next: string | undefined) => {
      const index = Number(base) + (next === undefined ? 0 : 1);
      if (index === ZERO || index === ZERO + 1) return '0';
      return isLocal(index) ? nameOf(index) : whole;
    });
  for (const [, index] of local.matchAll(/\br(\d+) = /g)) changed.add(Number(index));
  const flush = flusher('flush', [...changed]);
  const flushFlags = flusher('flushFlags', [...changed].filter(isFlag));
  const reload = (which: (index: number) => boolean): string =>
    [...used]
      .filter(which)
      .map((index) => `r${index} = r[${index}];`)
      .join(' ');
  const body = local
    .replace(flagReaders, (call) => `(${flushFlags.call}, ${call})`)
    .replace(flagWriters, (call) => `${flushFlags.call}; ${call} ${reload(isFlag)}`)
    .replace(accumulators, (call) => `${flush.call}; ${call} ${reload(isFlagOrAccumulator)}`)
    .replaceAll(flushMark, flush.call);
  const names = [...used].map((index) => `r${index} = r[${index}]`);
  const locals = names.length === 0 ? '' : `let ${names.join(', ')};\n`;
  return {
    text: `const r = c.r;\n${locals}${body}`,
    functions: flush.declaration + flushFlags.declaration,
  };
}

/** A function that writes locals to the state: calling it is a third of the code of doing it. */
function flusher(name: string, indexes: readonly number[]): { call: string; declaration: string } {
  const parameters = ['r', ...indexes.map((index) => `r${index}`)].join(', ');
  const stores = indexes.map((index) => `r[${index}] = r${index};`).join(' ');
  return {
    call: `${name}(${parameters})`,
    declaration: `function ${name}(${parameters}) { ${stores} }\n`,
  };
}

function isLocal(index: number): boolean {
  return (index >= GPR && index < ZERO) || isFlag(index);
}

function isFlag(index: number): boolean {
  return index >= FLAG_KIND && index < MULTIPLY_B + 2 && index !== SYSTEM_FLAGS;
}

function isFlagOrAccumulator(index: number): boolean {
  return isFlag(index) || (index & ~1) === RAX || (index & ~1) === RDX;
}

/** Where an element of the byte or half view lies. */
function partOf(view: string, index: number): { word: number; shift: number; mask: number } {
  return view === 'b'
    ? { word: index >> 2, shift: (index & 3) * 8, mask: 0xff }
    : { word: index >> 1, shift: (index & 1) * 16, mask: 0xffff };
}
