/** Code that is executed often, compiled: a function per region instead of a call per instruction. Nobody can tell the difference but by the clock. */
import type { CodePage, Cpu, Op, Region, RegionRun } from './cpu.ts';
import { compileText } from './forms/compile.ts';
import { CODE_PAGE, RIP } from './layout.ts';
import { stretchesFrom } from './region-flow.ts';
import type { RegionText } from './region-locals.ts';
import { regionText, stepCount } from './region-text.ts';

/** Arrivals at an instruction after which its region is compiled: before that a compiler costs more than it gives. */
export const hotAfter = 1500;

/** Counts an arrival at an instruction of the page in hand; compiles its region when it has become hot. */
export function warm(cpu: Cpu, offset: number): void {
  const page = cpu.page;
  if (!page) return;
  const arrivals = (page.arrivals[offset] ?? 0) + 1;
  page.arrivals[offset] = arrivals;
  if (arrivals < cpu.machine.hotAfter) return;
  page.arrivals[offset] = 0;
  compileRegion(page, offset);
}

function compileRegion(page: CodePage, offset: number): void {
  const stretches = stretchesFrom(page, offset);
  if (stretches.length === 0 || stretches[0] === undefined) return;
  const ops = stretches.flatMap((stretch) => stretch.ops);
  const entries = new Int16Array(4096).fill(-1);
  stretches.forEach((stretch, at) => (entries[stretch.offset] = at));
  const run = makerOf(regionText(page, stretches))(ops, entries);
  const region: Region = { run, ops, marks: 0 };
  remark(region);
  page.regions.push(region);
  stretches.forEach((stretch, at) => {
    page.entries[stretch.offset] ??= { region, at, steps: stepCount(stretch) };
  });
}

/** The marks of its operations have changed. */
export function remark(region: Region): void {
  region.marks = region.ops.reduce((union, op) => union | op.marks, 0);
}

type RegionMaker = (ops: readonly Op[], entries: Int16Array) => RegionRun;

/** Texts hold addresses: machines of one image share what they compile. */
const makers = new Map<string, RegionMaker>();
const makerLimit = 2048;

function makerOf({ text, functions }: RegionText): RegionMaker {
  const known = makers.get(text);
  if (known) return known;
  if (makers.size >= makerLimit) makers.clear();
  const maker = compileText<RegionMaker>(
    `${functions}return (o, entries) => function region(c, at) {\n${text}\n};`,
    { begin, leave, isMoved },
  );
  makers.set(text, maker);
  return maker;
}

/** The state as the interpreter has it while it executes an instruction. */
function begin(cpu: Cpu, op: Op, left: number): Cpu {
  cpu.op = op;
  cpu.budget[0] = left;
  cpu.r[RIP] = op.nextLow;
  cpu.r[RIP + 1] = op.nextHigh;
  return cpu;
}

function leave(cpu: Cpu, left: number, low: number, high: number): void {
  cpu.budget[0] = left;
  cpu.r[RIP] = low;
  cpu.r[RIP + 1] = high;
}

/**
 * True when the interpreter would not simply go on with the next instruction: the slice was cut short, or the page has to be fetched anew.
 * Nothing that is made of text calls for attention.
 */
function isMoved(cpu: Cpu, left: number, low: number, high: number): boolean {
  const r = cpu.r;
  return cpu.budget[0] !== left || r[CODE_PAGE] !== low || r[CODE_PAGE + 1] !== high;
}
