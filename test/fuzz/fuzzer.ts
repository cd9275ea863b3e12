/** The loop: picks an input, changes it, runs the reader, keeps what went somewhere new. The same seed gives the same inputs. */
import { getHeapStatistics } from 'node:v8';
import { randomFrom, type Random } from '../language/generator.ts';
import type { Coverage } from './coverage.ts';
import { editorRequests, throughAdapter, throughCommandLine } from './doors.ts';
import { memoryLimit, timeLimit, type FuzzTarget } from './fuzz-target.ts';
import { mutate } from './mutate.ts';

/** Inputs between two looks at the coverage, which cost more than a run: few while there is much to find, more when looks find nothing. */
const smallestBatch = 32;
const largestBatch = 1024;

/** So few are not told apart any more: all of them are kept when one of them went somewhere new. */
const togetherLimit = 4;

/** How much of the work may be second runs, which tell the inputs of a batch apart. */
const searchShare = 0.2;

/** One of so many inputs goes through the doors of the product too. */
export const doorShare = 64;

/** Changed inputs that are kept; a new one takes the place of one that is picked by chance. */
const poolLimit = 512;

export interface Finding {
  readonly reader: string;
  /** Which run found it. */
  readonly run: number;
  readonly message: string;
  readonly bytes: Uint8Array;
}

export interface FuzzResult {
  readonly runs: number;
  /** Inputs in the pool at the end. */
  readonly kept: readonly Uint8Array[];
  readonly findings: readonly Finding[];
}

export interface FuzzPlan {
  /** Changed inputs; the sound ones and the corpus run before them. */
  readonly runs: number;
  readonly seed: number;
  /** Inputs of earlier runs. */
  readonly corpus: readonly Uint8Array[];
  /** Findings after which it ends. */
  readonly findingLimit: number;
  /** Called before each run: a run that never ends is told by what was announced. */
  readonly announce?: (run: number, bytes: Uint8Array) => void;
  /** Called at once: a run that is stopped has told what it found. */
  readonly found?: (finding: Finding) => void;
  readonly report?: (runs: number, pool: number, blocks: number) => void;
}

export async function fuzz(
  target: FuzzTarget,
  coverage: Coverage,
  plan: FuzzPlan,
): Promise<FuzzResult> {
  const random = randomFrom(plan.seed);
  const seeds = target.seeds();
  const pool = [...seeds, ...plan.corpus];
  const findings: Finding[] = [];
  // One mistake is found thousands of times: it is told once for each stack.
  const places = new Set<string>();
  let runs = 0;
  const chance = (): boolean => random.next(doorShare) === 0;
  const run = async (bytes: Uint8Array, isAtDoors: boolean): Promise<void> => {
    plan.announce?.(runs, bytes);
    runs += 1;
    const message =
      (await complaintOf(bytes, (each) => target.run(each, random))) ??
      (isAtDoors ? await complaintAtDoors(target, bytes) : undefined);
    if (message === undefined) return;
    const place = message.slice(message.indexOf('\n    at '));
    if (places.has(place)) return;
    places.add(place);
    const finding = { reader: target.name, run: runs, message, bytes };
    findings.push(finding);
    plan.found?.(finding);
  };
  // What is sound goes through the doors in any case: they are reached however short the run is.
  for (const [index, bytes] of pool.entries()) await run(bytes, index < seeds.length || chance());
  coverage.take();
  const sound = runs;
  let batchSize = smallestBatch;
  let spent = 0;
  while (runs < sound + plan.runs && findings.length < plan.findingLimit) {
    const count = Math.min(batchSize, sound + plan.runs - runs);
    const batch = Array.from({ length: count }, () => next(target, pool, random));
    for (const bytes of batch) await run(bytes, chance());
    const added = coverage.take();
    batchSize = added.size > 0 ? smallestBatch : Math.min(largestBatch, batchSize * 2);
    const again = async (bytes: Uint8Array): Promise<void> => {
      spent += 1;
      plan.announce?.(runs, bytes);
      await complaintOf(bytes, (each) => target.run(each, randomFrom(1)));
    };
    const isWorth = spent <= runs * searchShare;
    const found = isWorth
      ? await reaching(again, coverage, batch, added)
      : some(batch, added, random);
    for (const bytes of found) keep(pool, sound, bytes, random);
    plan.report?.(runs - sound, pool.length, coverage.size);
  }
  return { runs: runs - sound, kept: pool, findings };
}

/** The inputs of a batch that ran these blocks, by halves. Their second run is not counted, and what it depends on by chance may differ. */
async function reaching(
  run: (bytes: Uint8Array) => Promise<void>,
  coverage: Coverage,
  batch: readonly Uint8Array[],
  blocks: ReadonlySet<string>,
): Promise<readonly Uint8Array[]> {
  if (blocks.size === 0 || batch.length <= togetherLimit) return blocks.size === 0 ? [] : batch;
  const middle = batch.length >> 1;
  const found: Uint8Array[] = [];
  const left = new Set(blocks);
  for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
    if (left.size === 0) break;
    for (const bytes of half) await run(bytes);
    const ran = coverage.takeAmong(left);
    for (const block of ran) left.delete(block);
    found.push(...(await reaching(run, coverage, half, ran)));
  }
  return found;
}

/** A few of a batch, by chance: more where it found more. */
function some(
  batch: readonly Uint8Array[],
  blocks: ReadonlySet<string>,
  random: Random,
): readonly Uint8Array[] {
  const count = Math.min(togetherLimit, blocks.size);
  return Array.from({ length: count }, () => random.pick(batch));
}

function next(target: FuzzTarget, pool: readonly Uint8Array[], random: Random): Uint8Array {
  const bytes = random.pick(pool);
  const fields = target.fields?.(bytes) ?? [];
  const words = target.words ?? [];
  const { change } = target;
  return mutate(
    { bytes, fields, words, other: random.pick(pool), ...(change && { change }) },
    random,
  );
}

/** The sound ones stay. */
function keep(pool: Uint8Array[], sound: number, bytes: Uint8Array, random: Random): void {
  if (pool.length < sound + poolLimit) pool.push(bytes);
  else pool[sound + random.next(poolLimit)] = bytes;
}

async function complaintAtDoors(
  { lines }: FuzzTarget,
  bytes: Uint8Array,
): Promise<string | undefined> {
  if (lines === undefined) return undefined;
  return (
    (await complaintOf(bytes, async (each) => void (await throughCommandLine(each, lines)))) ??
    (await complaintOf(bytes, async (each) => void (await throughAdapter(each, editorRequests))))
  );
}

/** Why a run is a finding; undefined when it is none. */
async function complaintOf(
  bytes: Uint8Array,
  run: (bytes: Uint8Array) => void | Promise<void>,
): Promise<string | undefined> {
  const start = performance.now();
  // `process.memoryUsage` would read a file of the system each time.
  const held = getHeapStatistics().external_memory;
  try {
    const running = run(bytes);
    // A reader that is not asynchronous costs no turn.
    if (running !== undefined) await running;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const taken = performance.now() - start;
  if (taken > timeLimit) return `took ${Math.round(taken)} ms`;
  const grown = getHeapStatistics().external_memory - held;
  if (grown > memoryLimit) return `holds ${grown} bytes more`;
  return undefined;
}
