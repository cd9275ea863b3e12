/** The process in which a reader is fuzzed: it writes down which input it is at before each run, so that its end tells the cause. */
import { openSync, writeSync } from 'node:fs';
import { corpusFiles, readCorpus, writeToCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { openDoors } from './doors.ts';
import { fuzz } from './fuzzer.ts';
import { guard } from './guard.ts';
import { fuzzTargets } from './targets/index.ts';

export interface Job {
  readonly reader: string;
  readonly runs: number;
  readonly seed: number;
  /** What goes somewhere new is added to the corpus. */
  readonly keeps: boolean;
  /** File of the current run: its number, its input's size (32-bit, little-endian), its input. */
  readonly current: string;
}

export type FromChild =
  | { readonly type: 'finding'; readonly message: string; readonly bytes: string }
  | {
      readonly type: 'progress';
      readonly runs: number;
      readonly kept: number;
      readonly blocks: number;
    };

/** Milliseconds between two reports. */
const reportInterval = 30_000;

const job: Job = JSON.parse(process.argv[2] ?? '{}');
const target = fuzzTargets.find(({ name }) => name === job.reader);
if (!target) throw new Error(`no reader ${job.reader}`);

const file = openSync(job.current, 'w');
const header = new Uint8Array(8);
const view = new DataView(header.buffer);
const corpus = readCorpus(job.reader);
const coverage = new Coverage();
const tell = (message: FromChild): void => void process.send?.(message);
let lastReport = performance.now();

// The one that announces is taken before the guard stands.
const write = writeSync;
if (target.lines) await openDoors();
const unguard = guard();
const { runs, kept } = await fuzz(target, coverage, {
  runs: job.runs,
  seed: job.seed,
  corpus,
  findingLimit: 20,
  announce(run, bytes) {
    view.setUint32(0, run, true);
    view.setUint32(4, bytes.length, true);
    write(file, header, 0, 8, 0);
    write(file, bytes, 0, bytes.length, 8);
  },
  found: ({ message, bytes }) =>
    tell({ type: 'finding', message, bytes: Buffer.from(bytes).toString('base64') }),
  report(done, pool, blocks) {
    if (performance.now() - lastReport < reportInterval) return;
    lastReport = performance.now();
    tell({ type: 'progress', runs: done, kept: pool, blocks });
  },
});
unguard();
if (job.keeps) {
  const added = kept.slice(target.seeds().length + corpus.length);
  for (let room = corpusFiles - corpus.length; room > 0; room--) {
    const bytes = added.shift();
    if (bytes) writeToCorpus(job.reader, bytes);
  }
}
tell({ type: 'progress', runs, kept: kept.length, blocks: coverage.size });
coverage.close();
process.disconnect?.();
