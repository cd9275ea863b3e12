/** One dump, one session: what console, editor, tests and servers call. */
import type { Dump } from '../dump-format/dump.ts';
import { runCheck, type Finding } from './checks/check.ts';
import { checks } from './checks/index.ts';
import type { Capabilities, Row, Session, Settings } from './commands/command.ts';
import { commands, walkers } from './commands/index.ts';
import { canDisassemble, readInstruction } from './commands/lib-disassembler.ts';
import { kernelModules } from './kernels/index.ts';
import type { KernelModule } from './kernels/kernel.ts';
import { AddedTypes } from './language/added-types.ts';
import { CommandTable } from './language/command-table.ts';
import { completeLine } from './language/complete.ts';
import type { Completion } from './language/completion.ts';
import { Interpreter } from './language/interpreter.ts';
import type { Grammar } from './language/syntax.ts';
import { cacheWalker } from './target/cache-walker.ts';
import { openTarget } from './target/open-target.ts';
import type { Target } from './target/target.ts';

export interface Inspector {
  readonly target: Target;
  readonly session: Session;
  /**
   * Runs a line of the mdb language, or several (a script, a selection of an editor). Rows come as they are made; errors are rows too (mdb's words, kind `error`).
   * Never throws for a user's line; the outcome is told by `lastStatus`.
   */
  execute(line: string): Iterable<Row>;
  /** True after `::quit`: the shell ends the session once the line is done. */
  readonly hasQuit: boolean;
  /** mdb's exit status rule: whether the last command of the last line came out well. */
  readonly lastStatus: 'ok' | 'error';
  /** Completions of the line at a cursor position (UTF-16 offset). */
  complete(line: string, position: number): readonly Completion[];
  /** Every checker that applies, in table order. */
  check(): Iterable<Finding>;
  /** Stops the running `execute` at its next checkpoint. */
  cancel(): void;
  onProgress: ((progress: { done: number; total?: number; what: string }) => void) | undefined;
}

export type { Completion };

/** What a shell brings when it opens a dump: `createInspector(dump, options)`. */
export interface InspectorOptions {
  /** The mdb grammar: `openGrammar` of grammar/tree-sitter-mdb.wasm, after `startSyntax`. */
  readonly grammar: Grammar;
  /** The C grammar, opened when a command first asks for it. */
  readonly cGrammar?: () => Grammar;
  readonly capabilities?: Capabilities;
  readonly settings?: Partial<Settings>;
  /** Asked at every checkpoint, with and without progress; true cancels the running command. For a shell whose event loop waits for the engine. */
  readonly isCancelled?: () => boolean;
  /** Memory of processes is treated as absent. */
  readonly hidesUserMemory?: boolean;
  /** At a prompt: a repeated command is echoed, an expression without a command prints its value, hints are given. */
  readonly isInteractive?: boolean;
}

/**
 * Opens a dump, or a target that is open already, for work.
 *
 * The commands are those that every dump has and those of the kernel that the dump shows.
 */
export function createInspector(dump: Dump | Target, options: InspectorOptions): Inspector {
  const addedTypes = new AddedTypes();
  const target =
    'dump' in dump
      ? dump
      : openTarget(dump, { addedTypes, hidesUserMemory: options.hidesUserMemory ?? false });
  const module = kernelModules.find((each) => each.name === target.kernel?.name);
  const interpreter = new Interpreter({
    target,
    grammar: options.grammar,
    cGrammar: options.cGrammar,
    addedTypes,
    commands: new CommandTable(
      [...commands, ...named(module?.dcmds ?? [], module)],
      [...walkers, ...named(module?.walkers ?? [], module)],
      (name) => cacheWalker(target, name),
    ),
    checks,
    capabilities: options.capabilities ?? {},
    settings: options.settings ?? {},
    isInteractive: options.isInteractive ?? false,
    isCancelled: options.isCancelled ?? (() => false),
    disassemble: canDisassemble(target) ? readInstruction : undefined,
  });
  return {
    target,
    session: interpreter,
    execute: (line) => interpreter.runPrompt(line),
    complete: (line, position) => completeLine(line, position, interpreter, options.grammar),
    cancel: () => interpreter.cancel(),
    *check() {
      for (const each of checks) if (each.applies(target)) yield* runCheck(each, target);
    },
    get hasQuit() {
      return interpreter.hasQuit;
    },
    get lastStatus() {
      return interpreter.status;
    },
    get onProgress() {
      return interpreter.onProgress;
    },
    set onProgress(listener) {
      interpreter.onProgress = listener;
    },
  };
}

/** A kernel's commands say where they come from. */
function named<Command extends { readonly module?: string }>(
  list: readonly Command[],
  module: KernelModule | undefined,
): Command[] {
  return list.map((each) => (module === undefined ? each : { ...each, module: module.name }));
}
