#!/usr/bin/env node
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
    output: process.stdout,
    errors: process.stderr,
    input: process.stdin,
    environment: process.env,
    program: import.meta.filename,
  });
}
