/** The debug adapter as a program: DAP on standard input and output, or on a loopback port (`--server=4711`). */
import { isMainThread } from 'node:worker_threads';
import { serveClients } from './serve-clients.ts';

void start();

/** One file, so that a bundle has one; a thread loads the engine, the reading side never does. */
async function start(): Promise<void> {
  if (!isMainThread) {
    (await import('./engine-thread.ts')).runEngineThread();
    return;
  }
  const problem = serveClients(process.argv.slice(2), import.meta.filename);
  if (problem === undefined) return;
  process.stderr.write(`adapter: ${problem}; usage: adapter [--server=PORT]\n`);
  process.exitCode = 2;
}
