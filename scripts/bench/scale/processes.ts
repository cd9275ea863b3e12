/** Time and peak memory of whole processes: ours, the engine alone, gdb. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { median, seconds } from '../measure.ts';
import type { Step, Work } from './scale-engine.ts';

/** What a process took. */
export interface Cost {
  readonly seconds: number;
  /** Bytes; undefined where the system does not tell. */
  readonly peak: number | undefined;
}

const root = resolve(import.meta.dirname, '../../..');
const cli = join(root, 'dist/corewalk.cjs');
const outputLimit = 1 << 30;

/** The command line, from start to exit: the median of some runs. @param status what it has to exit with; a damaged dump gives 1 */
export function commandLine(
  folder: string,
  path: string,
  line: string,
  times = 5,
  status = 0,
): Cost & { readonly text: string } {
  const report = join(folder, 'peak');
  const words = ['--require', join(root, 'scripts/bench/scale/report-peak.cjs')];
  const peaks: number[] = [];
  let text = '';
  const taken = seconds(times, () => {
    const result = spawnSync(process.execPath, [...words, cli, path, '-e', line], {
      encoding: 'utf8',
      maxBuffer: outputLimit,
      env: { ...process.env, COREWALK_BENCH_PEAK: report },
    });
    if (result.status !== status) throw new Error(`${line} on ${path}: ${result.stderr}`);
    text = result.stdout + result.stderr;
    peaks.push(Number(readFileSync(report, 'utf8')));
  });
  return { seconds: taken, peak: median(peaks), text };
}

/** The engine in a process of its own. @param program what `bundleProgram` made of scale-engine.ts */
export function engineSteps(program: string, path: string, works: readonly Work[]): Step[] {
  const result = spawnSync(process.execPath, [program, path, JSON.stringify(works)], {
    encoding: 'utf8',
    maxBuffer: outputLimit,
  });
  if (result.status !== 0) throw new Error(`the engine on ${path}: ${result.stderr}`);
  const steps: Step[] = JSON.parse(result.stdout);
  return steps;
}

const gdbPeak = 'python print([l for l in open("/proc/self/status") if l.startswith("VmHWM")][0])';

/** gdb, from start to exit: the median of some runs. @param files program and core, or one of them */
export function gdb(files: readonly string[], commands: readonly string[], times = 3): Cost {
  const words = [...commands, gdbPeak].flatMap((command) => ['-ex', command]);
  const peaks: number[] = [];
  const taken = seconds(times, () => {
    const result = spawnSync('gdb', ['-nx', '-batch', ...words, ...files], {
      encoding: 'utf8',
      maxBuffer: outputLimit,
    });
    if (result.status !== 0) throw new Error(`gdb on ${files.join(' ')}: ${result.stderr}`);
    const found = /^VmHWM:\s*(\d+) kB/m.exec(result.stdout);
    if (found) peaks.push(Number(found[1]) * 1024);
  });
  return { seconds: taken, peak: peaks.length > 0 ? median(peaks) : undefined };
}
