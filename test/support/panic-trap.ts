/** What a kernel panics for, when that is a trap: registers, stack and the editor begin where it was raised, and gdb finds the same frame. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { FrameTable } from '../../debug-adapter/dap/frames.ts';
import { ThreadList } from '../../debug-adapter/dap/threads.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { gdbSession, hasGdb, withDumpFiles } from './gdb.ts';
import { mdbGrammar } from './grammars.ts';
import { coreBytes, simulateAt, simulatedTarget } from './simulated-dumps.ts';

const names = ['rip', 'rsp', 'rbp', 'rbx', 'r12', 'r13', 'r14', 'r15'];

/** What gdb must find in the interrupted frame; texts of regular expressions. */
export interface Trapped {
  readonly function: string;
  readonly instruction: string;
}

/** A dump of a panic whose trap is on the stack below `trap_fatal`. */
export interface TrappedDump extends Trapped {
  readonly scenario: string;
  readonly variant: string;
  readonly number: bigint;
  readonly name: string;
  readonly cpu: number;
}

/** One dump's tests. */
export function panicsForTrap(dump: TrappedDump): void {
  const { scenario, variant, number, name, cpu } = dump;
  it(`begins at the trap: ${scenario} ${variant}`, () => {
    const target = simulatedTarget(scenario, variant);
    const trap = target.kernel?.panicTrap;
    assert.deepEqual([trap?.number, trap?.name], [number, name]);
    const inspector = createInspector(target, { grammar: mdbGrammar });
    const lines = (line: string): string[] => [...inspector.execute(line)].map(rowText);
    assert.match(lines('::stack')[0] ?? '', new RegExp(`^(${dump.function})\\+`));
    assert.ok(lines('::status').includes(`trap: ${number} (${name}), cpu ${cpu}`));
    assert.match(lines('$r').join('\n'), new RegExp(`%trapno = 0x${number.toString(16)}\t`));
  });

  it(`is shown by an editor at the line that trapped: ${scenario} ${variant}`, () => {
    const target = simulatedTarget(scenario, variant);
    const stack = new FrameTable(target).stack(new ThreadList(target).selected);
    const selected = stack.find(({ frame, isPanicking }) => frame && !isPanicking);
    assert.match(selected?.function ?? '', new RegExp(`^(${dump.function})$`));
    assert.ok(stack.some((entry) => entry.function === 'trap_fatal' && entry.isPanicking));
  });

  it(`has the registers that gdb finds in that frame: ${scenario} ${variant}`, function () {
    if (!hasGdb) this.skip();
    agreesWithGdb(scenario, variant, dump);
  });
}

/** Fails unless gdb finds the registers of `panicTrap` behind the trap frame on the panicking CPU's stack. */
export function agreesWithGdb(path: string, variant: string, trapped: Trapped): void {
  const target = simulatedTarget(path, variant);
  const questions = names.map((name) => `p/x $${name}`);
  const bytes = coreBytes(simulateAt(path, variant));
  const { answers } = withDumpFiles(bytes, (files) =>
    gdbSession(files, [`frame ${trapLevel(target)}`, 'x/i $pc', ...questions]),
  );
  assert.match(answers[0] ?? '', new RegExp(` (${trapped.function}) \\(`));
  assert.match(answers[1] ?? '', new RegExp(trapped.instruction));
  assert.deepEqual(
    answers.slice(2).map((answer) => answer.replace(/^.*= /, '')),
    names.map((name) => `0x${target.kernel?.panicTrap?.registers.get(name)?.toString(16)}`),
  );
}

/** gdb's number of the interrupted frame: the one behind the trap frame. Frames before it have no inlined calls. */
function trapLevel(target: Target): number {
  const frames = [...target.stack({ kind: 'cpu', cpu: target.panicCpu.index })];
  return frames.findIndex(({ isTrap }) => isTrap) + 1;
}
