/** `::echo`: its arguments. */
import { textRow, type Dcmd } from './command.ts';

export const echo: Dcmd = {
  name: 'echo',
  address: 'optional',
  synopsis: 'args',
  summary: 'echo arguments',
  description: 'Prints its arguments, each followed by a blank.',
  examples: [{ line: "::echo a 'b c' $[1+1]", explains: 'prints: a b c 2' }],
  origin: 'mdb',
  *run({ session, arguments: words }) {
    const parts = words.map((word) =>
      word.kind === 'word' ? word.text : word.value.toString(session.radix),
    );
    yield textRow(parts.map((part) => `${part} `).join(''));
  },
};
