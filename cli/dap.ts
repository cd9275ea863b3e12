/** `corewalk dap`: the debug adapter, for editors that start it by themselves. */
import { UsageError } from '../dump-format/errors.ts';
import { serveClients } from '../debug-adapter/dap/serve-clients.ts';
import type { Command } from './command.ts';

export const command: Command = {
  usage: '[--server=PORT]',
  description:
    'Speaks the Debug Adapter Protocol on standard input and output, or, for editors that connect\n' +
    'instead of starting a program, on a port of the loopback interface. Launch attributes: coreFile,\n' +
    'program, headers, startup, sourceMap.',
  options: [
    {
      option: '--server=PORT',
      help: 'serve on 127.0.0.1:PORT, any number of clients; 0 picks a port',
    },
  ],
  examples: [
    { line: 'corewalk dap', explains: 'what an editor runs' },
    { line: 'corewalk dap --server=4711', explains: 'then connect to 127.0.0.1:4711' },
  ],
  run(words, { program }) {
    const problem = serveClients(words, program);
    if (problem !== undefined) throw new UsageError(problem);
    return new Promise(() => {
      // The adapter ends the process when its client has gone.
    });
  },
};
