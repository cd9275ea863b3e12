#!/usr/bin/env node
/**
 * The first file of a program: runs the bundle beside it with the bytecode of an earlier run, so that a start compiles nothing.
 *
 * `corewalk.cjs` is this file bundled, and runs `corewalk.program.cjs`. What an earlier run compiled is kept beside the two, in a file for each version of the engine that runs
 * them. Where it can't be read or written (another's folder, another V8, a full disk), the program is compiled anew, and does the same.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { getHeapCodeStatistics } from 'node:v8';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** The size and date of the program, and how much bytecode there was: three numbers before V8's own data. */
const headerBytes = 24;

/** How much more bytecode than was kept is worth another file: another command has other functions. */
const growth = 1.1;

/** Seconds of a whole run: a shorter one has compiled little that was not kept. */
const shortRun = 0.12;

/** Milliseconds after which a program that stays keeps what it has compiled. */
const settlingTime = 5000;

interface Kept {
  readonly bytecodeSize: number;
  readonly data: Uint8Array;
}

const loader = import.meta.filename;
const folder = import.meta.dirname;
const program = loader.replace(/\.cjs$/, '.program.cjs');
const keptFile = `${program}.${process.versions.v8}-${process.arch}${isMainThread ? '' : '.thread'}.cache`;

run();

function run(): void {
  const { size, mtimeMs } = statSync(program);
  const kept = readKept(size, mtimeMs);
  // The bundle is ASCII, and a function already (`scripts/build.mjs`): this is how it is read fastest.
  const source = readFileSync(program, 'latin1');
  const script = new Script(source, {
    filename: program,
    ...(kept && { cachedData: kept.data }),
  });
  const known = script.cachedDataRejected === false && kept ? kept.bytecodeSize : 0;
  // Flags make other bytecode, and a run under a profiler or a coverage tool is no model for others.
  if (process.execArgv.length === 0) keepLater(script, { size, mtimeMs, known });
  const main: unknown = script.runInThisContext();
  if (typeof main !== 'function') throw new Error(`${program} is no program`);
  const module = { exports: {} };
  main(module.exports, require, module, loader, folder);
}

function readKept(size: number, mtimeMs: number): Kept | undefined {
  try {
    const bytes = readFileSync(keptFile);
    const [keptSize, keptTime, bytecodeSize = 0] = new Float64Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + headerBytes),
    );
    if (keptSize !== size || keptTime !== mtimeMs) return undefined;
    return { bytecodeSize, data: bytes.subarray(headerBytes) };
  } catch {
    return undefined;
  }
}

/** Once, when the program is about to end or has settled: by then the functions that it needs are compiled. */
function keepLater(
  script: Script,
  { size, mtimeMs, known }: { size: number; mtimeMs: number; known: number },
): void {
  const keep = (): void => {
    process.off('exit', keep);
    if (known > 0 && process.uptime() < shortRun) return;
    const bytecodeSize = getHeapCodeStatistics().bytecode_and_metadata_size;
    if (bytecodeSize < known * growth) return;
    const header = new Uint8Array(Float64Array.of(size, mtimeMs, bytecodeSize).buffer);
    writeWhole(keptFile, Buffer.concat([header, script.createCachedData()]));
  };
  process.once('exit', keep);
  setTimeout(keep, settlingTime).unref();
}

/** All or nothing, a crash of the machine included: another process may be reading it, and V8 trusts what it is given. */
function writeWhole(file: string, bytes: Uint8Array): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, bytes, { flag: 'wx', flush: true });
    renameSync(unfinished, file);
  } catch {
    rmSync(unfinished, { force: true });
  }
}
