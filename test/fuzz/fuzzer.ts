/** The loop: picks an input, changes it, runs the reader, keeps what went somewhere new. The same seed gives the same inputs. */
import { randomFrom, type Random } from '../language/generator.ts';
import type { Coverage } from './coverage.ts';
import { memoryLimit, timeLimit, type FuzzTarget } from './fuzz-target.ts';
import { mutate } from './mutate.ts';

/** Inputs between two looks at the coverage: looking costs more than running. */
const batchSize = 64;

/** Inputs that are kept; a new one takes the place of one that is picked by chance. */
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
  const pool = [...target.seeds(), ...plan.corpus];
  const findings: Finding[] = [];
  let runs = 0;
  const run = async (bytes: Uint8Array): Promise<void> => {
    plan.announce?.(runs, bytes);
    runs += 1;
    const message = await complaintOf(target, bytes, random);
    if (message === undefined) return;
    const finding = { reader: target.name, run: runs, message, bytes };
    findings.push(finding);
    plan.found?.(finding);
  };
  for (const bytes of pool) await run(bytes);
  coverage.take();
  const end = runs + plan.runs;
  while (runs < end && findings.length < plan.findingLimit) {
    const batch = Array.from({ length: Math.min(batchSize, end - runs) }, () =>
      next(target, pool, random),
    );
    for (const bytes of batch) await run(bytes);
    if (coverage.take() > 0) {
      // Which of them it was is not worth a run of each: all go in, and others out.
      for (const bytes of batch) keep(pool, bytes, random);
    }
    plan.report?.(runs, pool.length, coverage.size);
  }
  return { runs, kept: pool, findings };
}

function next(target: FuzzTarget, pool: readonly Uint8Array[], random: Random): Uint8Array {
  const bytes = random.pick(pool);
  const fields = target.fields?.(bytes) ?? [];
  const words = target.words ?? [];
  return mutate({ bytes, fields, words, other: random.pick(pool) }, random);
}

function keep(pool: Uint8Array[], bytes: Uint8Array, random: Random): void {
  if (pool.length < poolLimit) pool.push(bytes);
  else pool[random.next(pool.length)] = bytes;
}

/** Why a run is a finding; undefined when it is none. */
async function complaintOf(
  target: FuzzTarget,
  bytes: Uint8Array,
  random: Random,
): Promise<string | undefined> {
  const start = performance.now();
  const held = process.memoryUsage().arrayBuffers;
  try {
    const running = target.run(bytes, random);
    // A reader that is not asynchronous costs no turn.
    if (running !== undefined) await running;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const taken = performance.now() - start;
  if (taken > timeLimit) return `took ${Math.round(taken)} ms`;
  const grown = process.memoryUsage().arrayBuffers - held;
  if (grown > memoryLimit) return `holds ${grown} bytes more`;
  return undefined;
}
