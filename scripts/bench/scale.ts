/** `npm run bench -- scale`: dumps far larger than the samples, with the time and the peak memory of the process, beside gdb on the same files. */
import { rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleProgram } from './bundle.ts';
import { listStart, writeListCore, writeLoop } from './list-core.ts';
import { isInstalled, printMarkdown } from './measure.ts';
import { arrayFigures, stackFigures, threadsFigures } from './scale/adapter-work.ts';
import { frameCount, writeLargeCore } from './scale/large-core.ts';
import { namesOf, writeLargeProgram } from './scale/large-program.ts';
import {
  elements,
  hugeMembers,
  largeMembers,
  largeStructs,
  writeLargeTypes,
} from './scale/large-types.ts';
import { commandLine, engineSteps, gdb, type Cost } from './scale/processes.ts';
import type { Step, Work } from './scale/scale-engine.ts';
import {
  holedSegments,
  lastWord,
  largeStart,
  tebibyte,
  writeHoledCore,
  writeSegmentsCore,
  writeTebibyteCore,
} from './scale/sparse-cores.ts';
import { writeThreadCore } from './thread-core.ts';

/** What the measurements need of the checkout. */
export interface ScalePaths {
  /** A dump of our illumos kernel. */
  readonly sample: string;
  /** The image that it is of. */
  readonly image: string;
  /** The same as a program for gdb. */
  readonly kernel: string;
  readonly adapter: string;
  /** For files; the caller removes it. */
  readonly folder: string;
}

const segmentCount = 200_000;
const nodeCount = 10_000_000;
const threadCount = 100_000;
const debugBytes = 200 * 2 ** 20;
/** Of lists and arrays gdb does a part: the whole would take it minutes, and its rate is no better there. */
const gdbNodeCount = 20_000;
const gdbElements = 20_000;

interface ScaleRow {
  readonly what: string;
  readonly ours: string;
  readonly cost?: Cost | undefined;
  readonly gdb?: Cost | undefined;
  /** Instead of gdb's seconds. */
  readonly gdbRate?: string | undefined;
  readonly target: string;
}

/** Measures all of it and prints a table to be pasted. Takes some minutes and three gigabytes of disk. */
export async function scaleBench(paths: ScalePaths): Promise<void> {
  const engine = await bundleProgram('scale/scale-engine.ts');
  const bench = new ScaleBench(paths, engine);
  const parts = [
    () => bench.tebibyte(),
    () => bench.segments(),
    () => bench.lists(),
    () => bench.threads(),
    ...(isInstalled('gcc') ? [() => bench.types(), () => bench.debugInfo()] : []),
  ];
  const rows: ScaleRow[] = [];
  for (const [index, part] of parts.entries()) {
    rows.push(...(await part()));
    console.error(`${index + 1} of ${parts.length} parts are measured`);
    // Whoever interrupts this is heard here.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const header = ['what', 'corewalk', 'memory', 'gdb', 'its memory', 'target'];
  printMarkdown([
    header,
    ...rows.map(({ what, ours, cost, gdb: peer, gdbRate, target }) => [
      what,
      ours,
      memory(cost),
      gdbRate ?? (peer ? time(peer.seconds) : '-'),
      memory(peer),
      target,
    ]),
  ]);
  if (!isInstalled('gcc')) console.log('large structs and debug information need gcc');
}

class ScaleBench {
  private readonly paths: ScalePaths;
  private readonly engine: string;
  private readonly hasGdb = isInstalled('gdb');

  constructor(paths: ScalePaths, engine: string) {
    this.paths = paths;
    this.engine = engine;
  }

  tebibyte(): ScaleRow[] {
    const { sample, image, kernel } = this.paths;
    const sparse = this.file('tebibyte.vmcore');
    writeTebibyteCore(sparse, sample, image);
    const end = (largeStart + BigInt(tebibyte) - 8n).toString(16);
    const word = lastWord.toString(16);
    const status = commandLine(this.paths.folder, sparse, '::status');
    const peers = this.gdbOn([kernel, sparse], ['info threads']);
    const far = this.steps(sparse, [{ line: `${end}/K` }]);
    expect(far[1]?.last.includes(word), 'the word at the far end');
    const cancelled = this.steps(sparse, [{ line: `${word}::kgrep`, cancelAfter: 1 }]);
    const stop = { ...at(cancelled, 1), seconds: at(cancelled, 1).seconds - 1 };
    rmSync(sparse);
    const holed = this.file('holed.vmcore');
    writeHoledCore(holed, sample, image);
    const search = this.steps(holed, [{ line: `${word}::kgrep` }]);
    expect(search[1]?.rows === holedSegments.count, 'a match in every piece that is saved');
    rmSync(holed);
    return [
      row('start to `::status` of a sparse core of 1 TiB', status, peers, '200 ms, 150 MB'),
      row('open it and read a word at its far end', sum(far)),
      row('`::kgrep` over its holes, cancelled after 1 s: time to stop', stop, undefined, '100 ms'),
      row('`::kgrep` over 1 TiB of which 64 MiB were saved', at(search, 1), undefined, '1 s'),
    ];
  }

  segments(): ScaleRow[] {
    const { sample, image, kernel, folder } = this.paths;
    const path = this.file('segments.vmcore');
    writeSegmentsCore(path, sample, image, segmentCount);
    const last = (largeStart + BigInt(segmentCount - 1) * 8192n).toString(16);
    const status = commandLine(folder, path, '::status', 3);
    const peers = this.gdbOn([kernel, path], ['info threads']);
    const steps = this.steps(path, [
      { line: `${last}/K` },
      { line: '::mappings' },
      { line: `${lastWord.toString(16)}::kgrep` },
    ]);
    expect(at(steps, 3).rows === segmentCount, 'a match in every segment');
    rmSync(path);
    return [
      row(`start to \`::status\` of ${thousands(segmentCount)} segments`, status, peers, '1 s'),
      row('a word in the last of them', at(steps, 1)),
      row('`::mappings`, a page', at(steps, 2)),
      row('`::kgrep` over all of them', at(steps, 3), undefined, '2 s'),
    ];
  }

  lists(): ScaleRow[] {
    const rows: ScaleRow[] = [];
    for (const how of ['in order', 'shuffled'] as const) {
      const path = this.file('list.vmcore');
      writeListCore(path, this.paths.image, nodeCount, how === 'shuffled');
      rows.push(...this.list(path, how));
      if (how === 'in order') rows.push(this.loop(path), ...this.truncated(path));
      rmSync(path);
    }
    return rows;
  }

  private list(path: string, how: 'in order' | 'shuffled'): ScaleRow[] {
    const first = hex(listStart);
    const chain = { first, linkOffset: '0x38' } as const;
    const line = `${listStart.toString(16)}::list "struct ctxop" next | ::tail -1`;
    const follow = this.steps(path, [chain]);
    expect(at(follow, 1).rows === nodeCount, 'all nodes');
    const console_ = this.steps(path, [{ line }]);
    expect(at(console_, 1).rows === 1, 'the last node');
    const bare = this.steps(path, [{ ...chain, isBare: true }]);
    expect(at(bare, 1).rows === nodeCount, 'all nodes');
    const script =
      `set $p = (struct ctxop *)${first}\nset $n = 0\n` +
      `while $p && $n < ${gdbNodeCount}\nset $p = $p->next\nset $n = $n + 1\nend\n`;
    const peer = this.gdbScript(path, script);
    const gdbRate = peer && rate(gdbNodeCount / peer.seconds, 'nodes/s');
    const target = how === 'in order' ? '10 M nodes/s' : '3 M nodes/s';
    const what = `follow a list of ${nodeCount / 1e6} M nodes, ${how}`;
    const ours = rate(nodeCount / at(follow, 1).seconds, 'nodes/s');
    return [
      { what, ours, cost: at(follow, 1), gdb: peer, gdbRate, target },
      {
        what: `\`::list | ::tail -1\` of it, ${how}`,
        ours: rate(nodeCount / at(console_, 1).seconds, 'nodes/s'),
        cost: at(console_, 1),
        target: '1 M nodes/s',
      },
      {
        what: `a bare loop over the same nodes in one buffer, ${how}`,
        ours: rate(nodeCount / at(bare, 1).seconds, 'nodes/s'),
        cost: at(bare, 1),
        target: 'what the memory gives',
      },
    ];
  }

  private loop(path: string): ScaleRow {
    writeLoop(path, nodeCount, nodeCount / 2);
    const work = { first: hex(listStart), linkOffset: '0x38' };
    const step = at(this.steps(path, [work]), 1);
    expect(step.last === 'loop' && step.rows === nodeCount, 'the loop');
    return {
      what: 'its last node leads back to the middle: found',
      ours: rate(nodeCount / step.seconds, 'nodes/s'),
      cost: step,
      target: '10 M nodes/s',
    };
  }

  private truncated(path: string): ScaleRow[] {
    const { folder } = this.paths;
    const megabytes = 256;
    truncateSync(path, statSync(path).size - megabytes * 2 ** 20);
    const status = commandLine(folder, path, '::status', 3, 1);
    expect(status.text.includes('truncated: has '), 'a warning that the core is truncated');
    const follow = this.steps(path, [{ first: hex(listStart), linkOffset: '0x38' }]);
    expect(at(follow, 1).last === 'fault', 'a list that ends where the file does');
    return [row(`start to \`::status\` without the last ${megabytes} MiB: says so`, status)];
  }

  async threads(): Promise<ScaleRow[]> {
    const path = this.file('threads.vmcore');
    writeThreadCore(path, this.paths.sample, this.paths.image, threadCount);
    const [, stacks, list] = this.steps(path, [{ line: '::stacks -v' }, { line: '::threadlist' }]);
    if (!stacks || !list) throw new Error('steps are missing');
    expect(stacks.last.startsWith(`${threadCount + 1} threads`), 'all threads');
    const figures = await threadsFigures(this.paths.adapter, path);
    rmSync(path);
    const adapter = (seconds: number): Cost => ({ seconds, peak: figures.peak });
    return [
      row(`\`::stacks\` of ${thousands(threadCount)} threads`, stacks, undefined, '20 s'),
      row('`::threadlist`', list),
      row('adapter: launch to stopped', adapter(figures.open), undefined, '2 s'),
      row('adapter: threads and the first stack', adapter(figures.first), undefined, '1 s'),
      row('adapter: a page of 200 threads with stacks', adapter(figures.page), undefined, '1 s'),
    ];
  }

  async types(): Promise<ScaleRow[]> {
    const { folder, adapter } = this.paths;
    const path = writeLargeTypes(folder);
    const program = this.file('types');
    const list = 'large::list "struct large" next | ::print "struct large"';
    const huge = commandLine(folder, path, 'huge::print', 3);
    const hugeGdb = this.gdbOn([program, path], ['set print pretty on', 'p huge']);
    const [, large, array, streamed] = this.steps(path, [
      { line: list },
      { line: '::set -o array_mem_limit=none; numbers::print' },
      { line: `pairs::array "struct pair" 0t${elements} | ::print "struct pair" left` },
    ]);
    if (!large || !array || !streamed) throw new Error('steps are missing');
    expect(streamed.rows === elements, 'all elements');
    const loop = `set $t = large_head\nset print pretty on\nwhile $t\np *$t\nset $t = $t->next\nend\n`;
    const largeGdb = this.gdbScript(path, loop, program);
    const elementsGdb = this.gdbScript(
      path,
      `set max-value-size unlimited\nset print elements ${gdbElements}\np numbers\n`,
      program,
    );
    const figures = await arrayFigures(adapter, path, 'numbers', elements);
    const page = (seconds: number): Cost => ({ seconds, peak: figures.peak });
    rmSync(path);
    rmSync(program);
    const size = thousands(elements);
    return [
      row(`start to the end of a struct of ${thousands(hugeMembers)} members`, huge, hugeGdb),
      row(`${thousands(largeStructs)} structs of ${largeMembers} members`, large, largeGdb, '1 s'),
      {
        what: `an array of ${size}, all of it`,
        ours: rate(elements / array.seconds, 'elements/s'),
        cost: array,
        gdb: elementsGdb,
        gdbRate: elementsGdb && rate(gdbElements / elementsGdb.seconds, 'elements/s'),
        target: '0.5 M elements/s',
      },
      row('`::array | ::print` of as many', streamed, undefined, '2 s'),
      row('adapter: a page of 100 elements at its end', page(figures.lastPage)),
    ];
  }

  async debugInfo(): Promise<ScaleRow[]> {
    const { folder, adapter } = this.paths;
    const program = writeLargeProgram(folder, debugBytes);
    const path = this.file('large.vmcore');
    writeLargeCore(path, program.path, program.unitCount);
    const names = namesOf(program.unitCount - 1);
    const ask = (line: string, command: string): [Cost, Cost | undefined] => [
      commandLine(folder, path, line, 3),
      this.gdbOn([program.path, path], [command]),
    ];
    const status = ask('::status', 'info threads');
    const type = ask(`::print -at "${names.struct}"`, `ptype /o ${names.struct}`);
    const symbol = ask(`${names.function}::nm`, `info address ${names.function}`);
    const stack = ask('$c', 'bt');
    const adapterFigures = await stackFigures(adapter, path, frameCount);
    const megabytes = Math.round(statSync(path).size / 1e6);
    rmSync(path);
    rmSync(program.path);
    const of = `${Math.round(program.debugBytes / 2 ** 20)} MB of debug information`;
    return [
      row(`start to \`::status\`: ${of}, a core of ${megabytes} MB`, ...status, '0.5 s'),
      row('start to a type of its last unit', ...type, '2 s'),
      row('start to a symbol', ...symbol, '0.5 s'),
      row(`start to a stack of ${frameCount} frames with arguments`, ...stack, '2 s'),
      row('adapter: launch to the first frame with its line', adapterFigures, undefined, '2 s'),
    ];
  }

  private file(name: string): string {
    return join(this.paths.folder, name);
  }

  private steps(path: string, works: readonly Work[]): ReturnType<typeof engineSteps> {
    return engineSteps(this.engine, path, works);
  }

  private gdbOn(files: readonly string[], commands: readonly string[]): Cost | undefined {
    return this.hasGdb ? gdb(files, commands) : undefined;
  }

  /** Without what gdb takes to start. */
  private gdbScript(path: string, script: string, program = this.paths.kernel): Cost | undefined {
    if (!this.hasGdb) return undefined;
    const empty = gdb([program, path], [], 1);
    const file = this.file('script.gdb');
    writeFileSync(file, script);
    const whole = gdb([program, path], [`source ${file}`], 1);
    return { seconds: Math.max(1e-3, whole.seconds - empty.seconds), peak: whole.peak };
  }
}

function row(what: string, ours: Cost, peer?: Cost, target = ''): ScaleRow {
  return { what, ours: time(ours.seconds), cost: ours, gdb: peer, target };
}

/** @throws Error when there is no such step */
function at(steps: readonly Step[], index: number): Step {
  const step = steps[index];
  if (!step) throw new Error(`there is no step ${index}`);
  return step;
}

/** All steps of a process. */
function sum(steps: readonly Step[]): Cost {
  const seconds = steps.reduce((total, step) => total + step.seconds, 0);
  return { seconds, peak: at(steps, steps.length - 1).peak };
}

/** A figure without its answer says nothing. @throws Error when the answer is wrong */
function expect(isRight: boolean | undefined, what: string): void {
  if (isRight !== true) throw new Error(`expected ${what}`);
}

function memory(cost: Cost | undefined): string {
  return cost?.peak === undefined ? '-' : `${Math.round(cost.peak / 2 ** 20)} MB`;
}

function time(seconds: number): string {
  if (seconds < 0.01) return `${(seconds * 1000).toFixed(1)} ms`;
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`;
}

function rate(perSecond: number, unit: string): string {
  return perSecond >= 1e6
    ? `${(perSecond / 1e6).toFixed(1)} M ${unit}`
    : `${(perSecond / 1e3).toFixed(1)} k ${unit}`;
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}

function thousands(count: number): string {
  return count.toLocaleString('en');
}
