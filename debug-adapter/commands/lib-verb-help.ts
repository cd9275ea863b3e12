/** Help about the verbs that are no dcmds of ours: formats and assignment. mdb has them in its table of dcmds. */
import type { HelpExample } from './command.ts';

export interface VerbHelp {
  readonly name: string;
  readonly summary: string;
  readonly synopsis: string;
  readonly description: string;
  readonly examples: readonly HelpExample[];
}

const formats =
  'Each letter of the list prints an item and moves on by its size; a decimal number before it repeats it, text in double quotes is printed as it is, $[expression] computes a count. ' +
  'Without a list the word there and the instruction are shown. Dot stays, and + is what lies behind. ::formats has the letters.';

const search =
  ' /l /L /M search upwards for a value of 2, 4 or 8 bytes, under a mask if one follows. Writing (/v /w /W /Z /z) is refused: a dump is not open for writing.';

export const verbHelp: readonly VerbHelp[] = [
  {
    name: '/',
    summary: 'format data from virtual memory',
    synopsis: '[ addr ] [, count ] / [ format ... ]',
    description: formats + search,
    examples: [
      { line: 'panicstr/K', explains: 'a word of a variable' },
      { line: '<rsp,8/nap', explains: 'eight words of the stack, each with its address' },
      { line: 'panic_thread/L 0', explains: 'the next word from there on that is 0' },
    ],
  },
  {
    name: '?',
    summary: 'format data from the object file',
    synopsis: '[ addr ] [, count ] ? [ format ... ]',
    description: `The same as /: a dump carries no other copy of the kernel. ${formats}`,
    examples: [{ line: 'panic?ai', explains: 'the first instruction of a function' }],
  },
  ...['\\', '@'].map((name) => ({
    name,
    summary: 'format data from physical memory',
    synopsis: `[ addr ] [, count ] ${name} [ format ... ]`,
    description: `The address is physical. ${formats}`,
    examples: [{ line: `100000${name}4X`, explains: 'four words at physical 0x100000' }],
  })),
  {
    name: '=',
    summary: 'format the value of dot itself',
    synopsis: '[ value ] [, count ] = format ...',
    description: `Nothing is read: the value is printed by each letter of the list. ${formats}`,
    examples: [
      { line: '0t1000=X', explains: 'decimal 1000 in hexadecimal' },
      { line: 'panic_thread=K', explains: 'the address of a symbol' },
      { line: '1f=j', explains: 'the bits of a number' },
    ],
  },
  {
    name: '>',
    summary: 'assign dot to a variable',
    synopsis: '[ value ] >name, >/c/name, >/s/name, >/i/name, >/l/name',
    description:
      'The variable is read as <name in expressions. A letter between slashes cuts the value to a char, short, int or long.',
    examples: [{ line: 'panic_thread>t; <t=K', explains: 'a variable of your own' }],
  },
];
