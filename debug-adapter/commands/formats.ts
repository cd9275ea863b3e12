/** `::formats`: the letters of the format verbs. */
import { formatLetters, matchLetters, writeLetters } from '../print/format-letters.ts';
import { textRow, type Dcmd } from './command.ts';

export const formats: Dcmd = {
  name: 'formats',
  address: 'none',
  summary: 'list format specifiers',
  description:
    'Letters follow / (virtual memory), \\ or @ (physical memory), ? (the object file) and = (the value itself): hz/X, 10=D. ' +
    'A decimal number before a letter repeats it. v w W Z right behind a verb write, l L M search.',
  examples: [{ line: '0t65=XDoc', explains: 'a value in four formats' }],
  origin: 'mdb',
  *run() {
    for (const [letter, { size, help }] of formatLetters) {
      const sizes =
        size === undefined
          ? ''
          : size === 'variable'
            ? ' (variable size)'
            : ` (${size} byte${size === 1 ? '' : 's'})`;
      const role = writeLetters.has(letter) ? 'write ' : matchLetters.has(letter) ? 'match ' : '';
      const text = help.startsWith(role.trim()) && role !== '' ? help : `${role}${help}`;
      yield textRow(`${letter} - ${text}${sizes}`, { data: { letter, help, size } });
    }
  },
};
