/**
 * `npm run fuzz -- --reader elf --runs 1000000 [--seed N] [--keep]`: the long run of a fuzzer, or of all; `--truncate`: dumps
 * cut off at every byte.
 *
 * The reader runs in a process with a bound on its memory; a run that does not end is ended. Findings are written below out/fuzz;
 * `--keep` adds what went somewhere new to the corpus.
 */
import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDoors } from './doors.ts';
import { timeLimit } from './fuzz-target.ts';
import type { FromChild, Job } from './fuzz-child.ts';
import { guard } from './guard.ts';
import { fuzzTargets } from './targets/index.ts';
import { checkTruncation, wholeDumps } from './truncate.ts';

/** A bound on memory; the rest is for speed: most of what a run makes is garbage after it. */
const engineOptions = [
  '--max-old-space-size=1024',
  '--max-semi-space-size=64',
  '--single-threaded-gc',
];

const folder = join(import.meta.dirname, '../../out/fuzz');

const { values } = parseArgs({
  options: {
    reader: { type: 'string' },
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
    truncate: { type: 'boolean', default: false },
  },
});

mkdirSync(folder, { recursive: true });
let findings = values.truncate ? await truncateEverywhere() : 0;
for (const { name } of values.truncate ? [] : fuzzTargets) {
  if (values.reader !== undefined && values.reader !== name) continue;
  findings += await runOne({
    reader: name,
    runs: Number(values.runs),
    seed: Number(values.seed),
    keeps: values.keep,
    current: join(folder, `${name}.current`),
  });
}
process.exitCode = findings === 0 ? 0 : 1;

/** Cuts each of the dumps at every byte; the number of cuts that broke something. */
async function truncateEverywhere(): Promise<number> {
  await openDoors();
  const unguard = guard();
  let broken = 0;
  for (const [name, whole] of wholeDumps) {
    const before = broken;
    for (let size = 0; size < whole.length; size++)
      try {
        await checkTruncation(whole, size);
      } catch (error) {
        broken += 1;
        console.log(`${name}, its first ${size} bytes: ${String(error)}`);
      }
    console.log(`${name}: cut at each of ${whole.length} bytes, ${broken - before} findings`);
  }
  unguard();
  return broken;
}

/** Findings of one reader. */
function runOne(job: Job): Promise<number> {
  const started = performance.now();
  writeFileSync(job.current, '');
  const child = fork(join(import.meta.dirname, 'fuzz-child.ts'), [JSON.stringify(job)], {
    execArgv: ['--import', 'tsx', ...engineOptions],
  });
  let found = 0;
  const save = (message: string, bytes: Uint8Array): void => {
    found += 1;
    const file = join(folder, `${job.reader}-${job.seed}-${found}`);
    writeFileSync(file, bytes);
    console.log(`${job.reader}: ${message}\n  input: ${file}`);
  };
  const current = (): { readonly run: number; readonly bytes: Uint8Array } => {
    const file = readFileSync(job.current);
    if (file.length < 8) return { run: 0, bytes: new Uint8Array(0) };
    return { run: file.readUInt32LE(0), bytes: file.subarray(8, 8 + file.readUInt32LE(4)) };
  };
  return new Promise((done) => {
    let [last, since] = [-1, performance.now()];
    let isEnded = false;
    const watch = setInterval(() => {
      const { run, bytes } = current();
      if (run !== last) [last, since] = [run, performance.now()];
      else if (performance.now() - since > 3 * timeLimit) {
        save(`run ${run} does not end`, bytes);
        isEnded = true;
        child.kill('SIGKILL');
      }
    }, 1000);
    child.on('message', (message: FromChild) => {
      if (message.type === 'finding') {
        save(message.message, Buffer.from(message.bytes, 'base64'));
        return;
      }
      const rate = Math.round((message.runs * 1000) / (performance.now() - started));
      console.log(
        `${job.reader}: ${message.runs} runs (${rate}/s), ${message.kept} inputs, ${message.blocks} blocks`,
      );
    });
    child.on('exit', (status, signal) => {
      clearInterval(watch);
      if (status !== 0 && !isEnded) save(`ended with ${signal ?? status}`, current().bytes);
      console.log(`${job.reader}: ${found} findings`);
      done(found);
    });
  });
}
