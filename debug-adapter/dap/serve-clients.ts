/** Where clients come from: standard input and output, or a loopback port that takes any number of them. */
import { createServer } from 'node:net';
import { serve } from './transport.ts';

/**
 * Serves clients as the words of the command line say.
 *
 * @param words `--server=4711` for a port of the loopback interface (0 picks one, which is printed on standard error)
 * @param program the file to run in the engine's thread
 * @returns what is wrong with the words
 */
export function serveClients(words: readonly string[], program: string): string | undefined {
  const port = /^--server=([0-9]{1,5})$/.exec(words[0] ?? '')?.[1];
  if (words.length > (port === undefined ? 0 : 1)) return `unknown option '${words.join(' ')}'`;
  if (port === undefined) {
    const end = (isClean: boolean): never => process.exit(isClean ? 0 : 1);
    serve({ input: process.stdin, output: process.stdout, end }, program);
    return undefined;
  }
  const server = createServer((socket) =>
    serve({ input: socket, output: socket, end: () => socket.end() }, program),
  );
  server.on('error', (error) => {
    process.stderr.write(`corewalk: ${error.message}\n`);
    process.exitCode = 1;
  });
  server.listen(Number(port), '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address)
      process.stderr.write(`listening on 127.0.0.1:${address.port}\n`);
  });
  return undefined;
}
