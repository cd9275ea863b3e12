/** The text of a region: the handlers of its instructions one behind the other, their records written in as numbers. */
import type { CodePage, Op } from './cpu.ts';
import { FLAG_KIND, LATCH, RIP } from './layout.ts';
import { offsetIn } from './region-flow.ts';
import type { Stretch } from './region-flow.ts';
import { flushMark, withLocals } from './region-locals.ts';
import type { RegionText } from './region-locals.ts';

/** Helpers of handlers that may fault or look at the state: before them the state has to be that of the interpreter. */
const observers =
  /\b(slowRead|slowReadForWrite|slowWrite|lockedRead|lockedWrite|divideAccumulator)\(c, /g;

/** As branches write it; see `forms/branch.ts`. */
const goText = `r[${RIP}] = op.immLow; r[${RIP + 1}] = op.immHigh;`;
const goToText = `r[${RIP}] = rl; r[${RIP + 1}] = rh;`;

/** One line that sets all flags, as `flagsText` and its kin make it. */
const flagsLine = new RegExp(`^r\\[${FLAG_KIND}\\] = (\\d);.*\\n`, 'm');
const flagsUse = new RegExp(
  `r\\[${FLAG_KIND}\\](?! = )|carry\\(c\\)|isConditionMet|keepOtherFlags|rotate`,
);

/** A step of a region: an instruction, or one half of a read-modify-write. */
interface Step {
  readonly op: Op;
  /** Index in the region's list of operations. */
  readonly number: number;
  text: string;
}

/**
 * Body of `function (c, at)` that goes on from the stretch of number `at` until it must be left. rip, the budget and `c.op` are then what
 * the interpreter would have made of them. It may use `o` (operations by number), `entries` (number of a stretch by offset, -1 for none), `begin`,
 * `leave`, `isMoved` and the helpers of handlers.
 */
export function regionText(page: CodePage, stretches: readonly Stretch[]): RegionText {
  const numbers = new Map(stretches.map(({ offset }, number) => [offset, number]));
  const goTo = (low: number, high: number, steps: number): string => {
    const number = numbers.get(offsetIn(page, low, high) ?? -1);
    const how = number === undefined ? exitText(low, high) : `at = ${number}; continue main;`;
    return `left -= ${steps}; ${how}`;
  };
  let count = 0;
  const cases = stretches.map((stretch, number) => {
    const steps = stepsOf(stretch, count);
    count += stretch.ops.length;
    dropDeadFlags(steps);
    const body = steps.map((step, i) => stepText(page, step, i + 1, steps.length, goTo)).join('');
    return `case ${number}: if (left < ${steps.length}) { ${exitText(page.low + stretch.offset, page.high)} }
${body}${goTo(stretch.nextLow, stretch.nextHigh, steps.length)}\n`;
  });
  return withLocals(`let left = c.budget[0], slow = false, low = 0, high = 0;
main: for (;;) switch (at) {
${cases.join('')}default: return; }
${flushMark};
if (!slow) leave(c, left, low, high);`);
}

/** Leaves the region; the budget is in `left`. */
function exitText(low: number | string, high: number | string): string {
  return `low = ${low}; high = ${high}; break main;`;
}

/** Leaves the region when an observer has changed what comes next: rip is set, the budget is no longer ours. */
const movedText = 'break main;';

/** How many steps a stretch makes. */
export function stepCount(stretch: Stretch): number {
  return stepsOf(stretch, 0).length;
}

function stepsOf({ ops }: Stretch, first: number): Step[] {
  return ops.flatMap((op, i) => {
    const text = op.text?.() ?? '';
    const step = { op, number: first + i, text };
    // The text of a read-modify-write does its first half, and on the second call the other.
    return text.includes(`r[${LATCH}]`) ? [step, { ...step }] : [step];
  });
}

/** Takes out flags that the next step sets anew, when nobody can look between: behind an observer the region may be left. */
function dropDeadFlags(steps: readonly Step[]): void {
  let isSetAnew = false;
  for (const step of steps.toReversed()) {
    const sets = flagsLine.test(step.text);
    const rest = step.text.replace(flagsLine, '');
    const isSlow = hasObserver(rest);
    if (sets && isSetAnew && !isSlow) step.text = rest;
    const isSeen = isSlow || flagsUse.test(rest) || rest.includes('return;');
    isSetAnew = !isSeen && (isSetAnew || sets);
  }
}

function hasObserver(text: string): boolean {
  observers.lastIndex = 0;
  return observers.test(text);
}

function stepText(
  page: CodePage,
  { op, number, text }: Step,
  made: number,
  total: number,
  goTo: (low: number, high: number, steps: number) => string,
): string {
  const label = `s${made}`;
  const isSlow = hasObserver(text);
  const body = text
    .replaceAll('return;', `break ${label};`)
    .replace(
      observers,
      (_, name: string) =>
        `${name}((${flushMark}, slow = true, begin(c, o[${number}], left - ${made})), `,
    )
    .replace(goText, () => {
      const go = goTo(op.immLow, op.immHigh, total);
      const moved = `r[${RIP}] = ${op.immLow}; r[${RIP + 1}] = ${op.immHigh}; ${movedText}`;
      return isSlow ? `if (slow) { ${moved} }\n${go}` : go;
    })
    .replace(goToText, () => goToDynamic(page, total, isSlow))
    .replace(/\bop\.(\w+)/g, (_, field: string) => `(${numberIn(op, field)})`);
  const check =
    isSlow && op.flow === undefined
      ? `if (slow) { if (isMoved(c, left - ${made}, ${page.low}, ${page.high})) ${movedText} slow = false; }\n`
      : '';
  return `${label}: {\n${body}}\n${check}`;
}

/** `ret` and indirect branches: they stay in the region when they come to the beginning of a stretch. */
function goToDynamic(page: CodePage, total: number, isSlow: boolean): string {
  const isHere = `(rl & -4096) === ${page.low} && rh === ${page.high}`;
  const stay = `if (${isHere}) { const n = entries[rl & 4095]; if (n >= 0) { at = n; continue main; } }`;
  return `${isSlow ? `if (slow) { ${goToText} ${movedText} }\n` : ''}left -= ${total};
${stay}
${exitText('rl', 'rh')}\n`;
}

function numberIn(op: Op, field: string): number {
  const value: unknown = Reflect.get(op, field);
  if (typeof value !== 'number') throw new Error(`an operation has no number ${field}`);
  return value;
}
