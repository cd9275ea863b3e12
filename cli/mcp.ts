/** `corewalk mcp`: dumps for language models, over the Model Context Protocol on standard input and output. */
import { resolve } from 'node:path';
import { exitStatus, type Command, type OptionTable } from './command.ts';
import { readWords } from './words.ts';

const options: OptionTable = {};

export const command: Command = {
  usage: '[DUMP...]',
  description:
    'Serves a client of the Model Context Protocol on standard input and output until it hangs up. The\n' +
    'tools open a dump, run its checkers, read stacks, types and references, and run lines of the mdb\n' +
    'language. They read the dump and nothing else: no shell, no macro files, no logs, no network. When\n' +
    'dumps are named, those alone can be opened. Text of a dump is marked as data in every answer.',
  options: [],
  examples: [
    { line: 'corewalk mcp', explains: 'any dump that the client names' },
    { line: 'corewalk mcp machine.vmcore', explains: 'this dump alone' },
  ],
  async run(given, { input }) {
    const files = readWords(given, options).operands.map((file) => resolve(file));
    const { serveModelContext } = await import('./mcp-server.ts');
    await serveModelContext(files, input);
    return exitStatus.ok;
  },
};
