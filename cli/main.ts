/** `corewalk`: the process around a command line. */
import { isMainThread } from 'node:worker_threads';
import { exitStatus } from './command.ts';
import { runWords } from './run-words.ts';

if (isMainThread) void main(process.argv.slice(2));
else void import('./thread.ts').then(({ runThread }) => runThread());

async function main(words: readonly string[]): Promise<void> {
  // A reader that has had enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? exitStatus.ok : exitStatus.failed),
  );
  process.exitCode = await runWords(words, {
    // Node makes a stream when it is first asked for, of modules that a run without it never loads.
    get output() {
      return process.stdout;
    },
    get errors() {
      return process.stderr;
    },
    get input() {
      return process.stdin;
    },
    environment: process.env,
    program: import.meta.filename,
  });
}
