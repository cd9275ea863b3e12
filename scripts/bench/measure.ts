/** Medians of repeated measurements, and the table they are printed in. */
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';

export interface Row {
  readonly what: string;
  readonly ours: Figure;
  /** Others on the same file in the same run, by name; absent where the tool is not installed or can't do it. */
  readonly peers: Readonly<Record<string, Figure | undefined>>;
  readonly target?: string;
}

/** A rate (higher is better) or a time (lower is better). */
export interface Figure {
  readonly value: number;
  readonly unit: 's' | 'nodes/s' | 'instructions/s' | 'rows/s' | 'bytes/s' | 'schedules/s';
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Seconds of wall time that `work` takes, the median of `times` runs. */
export function seconds(times: number, work: () => void): number {
  const taken: number[] = [];
  for (let run = 0; run < times; run++) {
    const start = performance.now();
    work();
    taken.push((performance.now() - start) / 1000);
  }
  return median(taken);
}

/** Bytes that a measured process may print. */
const outputLimit = 256 * 1024 * 1024;

/** Of the machine, not of the program: with it, Node reads a bundle of certificates at every start, for a network that nobody uses here. */
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;

/** Seconds that a process takes from start to exit. @throws Error with its output when it fails */
export function processSeconds(times: number, command: string, words: readonly string[]): number {
  return seconds(times, () => {
    const result = spawnSync(command, words, {
      encoding: 'utf8',
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: outputLimit,
    });
    if (result.status !== 0)
      throw new Error(`${command} ${words.join(' ')}: ${result.stderr || result.stdout}`);
  });
}

export function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

export function printTable(rows: readonly Row[]): void {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.peers)))];
  const lines = [['what', 'corewalk', ...peers.flatMap((peer) => [peer, 'ratio']), 'target']];
  for (const row of rows) {
    const cells = peers.flatMap((peer) => {
      const figure = row.peers[peer];
      return figure ? [show(figure), ratio(row.ours, figure)] : ['-', '-'];
    });
    lines.push([row.what, show(row.ours), ...cells, row.target ?? '']);
  }
  printMarkdown(lines);
}

/** Prints a table to be pasted into a Markdown file. The first line is the heading. */
export function printMarkdown(lines: readonly (readonly string[])[]): void {
  const cells = lines.map((line) => line.map((cell) => cell.replaceAll('|', String.raw`\|`)));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((line) => (line[column] ?? '').length)),
  );
  for (const [index, line] of cells.entries()) {
    console.log(`| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
    if (index === 0) console.log(`| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  }
}

function show({ value, unit }: Figure): string {
  if (unit === 's') return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(2)} s`;
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)} G ${unit}`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M ${unit}`;
  return `${(value / 1e3).toFixed(1)} k ${unit}`;
}

/** How many times better ours is: above 1 we win. */
function ratio(ours: Figure, theirs: Figure): string {
  const factor = ours.unit === 's' ? theirs.value / ours.value : ours.value / theirs.value;
  return `${factor.toFixed(1)}x`;
}
