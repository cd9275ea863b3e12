/** `::eval`: a string run as commands. */
import { UsageError } from '../../dump-format/errors.ts';
import { AbortError, type Dcmd } from './command.ts';

export const evalCommand: Dcmd = {
  name: 'eval',
  address: 'optional',
  synopsis: 'command',
  summary: 'evaluate the specified command',
  description:
    'Runs the string as commands, once for each address of a pipeline. Dot is the address when it starts, and what the string leaves when it ends. ' +
    'A bare expression in the string sets dot. Blanks and | ; ! want quotes around the string.',
  examples: [
    { line: "::eval '1+2=X'", explains: 'the same as 1+2=X' },
    { line: "! 'echo 10; echo 20' | ::eval '.=D'", explains: 'each number in decimal' },
  ],
  origin: 'mdb',
  *run({ session, arguments: words, isPipeOut }) {
    const [command, ...rest] = words;
    if (command?.kind !== 'word' || rest.length > 0) throw new UsageError('');
    let isFailed = false;
    for (const row of session.execute(command.text, isPipeOut)) {
      if (row.isError) isFailed = true;
      yield row;
    }
    if (isFailed) throw new AbortError();
  },
};
