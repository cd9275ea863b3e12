/** Call stacks as DAP shows them: inlined calls are frames of their own, and what is guessed looks guessed. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { SourceLine } from '../../dump-format/debug-info.ts';
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import { valueText } from '../print/value-text.ts';
import { endNote } from '../print/frames.ts';
import { frameScopes } from '../target/locals.ts';
import type { Frame, Target } from '../target/target.ts';
import { unwind } from '../target/unwind.ts';
import type { Client } from './client.ts';
import type { Fields } from './fields.ts';
import { hexAddress } from './row-text.ts';
import { safeText } from './safe-text.ts';
import type { SourceTable } from './sources.ts';
import type { ListedThread } from './threads.ts';
import { symbolizeFrame } from '../target/symbolize.ts';

/** A line of a call stack: a frame (or one of the calls inlined in it), or a remark between two frames. */
export interface StackEntry {
  readonly id: number;
  readonly thread: ListedThread;
  readonly function: string;
  readonly at: SourceLine | undefined;
  /** Undefined for a remark. */
  readonly frame: Frame | undefined;
  /** Which of the frame's scopes: 0 is the innermost inlined call. */
  readonly scopeIndex: number;
  /** It only carries out a panic: the editor selects the first frame that is not of this kind. */
  readonly isPanicking: boolean;
}

/** Functions that carry a panic out, by what kernels call them; only above everything else on a stack. */
const panicFunctions =
  /^_*(v?panic|panicsys|vpanic_common|kpanic|assfail[0-9]*|kassert_(panic|fail(ed)?)|assertion_failed|die|bug|kdb_(enter|backtrace)|dumpsys|machine_(stop|halt)|doadump)$/i;

/** Unwinds each thread once and remembers the frames by id. */
export class FrameTable {
  private readonly target: Target;
  private readonly stacks = new Map<number, readonly StackEntry[]>();
  private readonly byId: StackEntry[] = [];

  constructor(target: Target) {
    this.target = target;
  }

  /** All entries of a thread's stack, innermost first. */
  stack(thread: ListedThread): readonly StackEntry[] {
    let stack = this.stacks.get(thread.id);
    if (!stack) {
      stack = [...this.entries(thread)];
      this.stacks.set(thread.id, stack);
    }
    return stack;
  }

  /** @throws LookupError for an id that was never handed out */
  entry(id: number): StackEntry {
    const entry = this.byId[id - 1];
    if (!entry) throw new LookupError(`there is no stack frame ${id}`);
    return entry;
  }

  private *entries(thread: ListedThread): Generator<StackEntry> {
    if (!thread.start) {
      yield this.remark(thread, 'the registers of this thread are not known');
      return;
    }
    let isInPanic = true;
    // A kernel that panics for a trap does so above the code that trapped, whatever its functions are called.
    const { kernel } = this.target;
    let isAboveTrap = kernel?.panicTrap !== undefined && kernel.panicCpu === thread.cpu?.index;
    try {
      const frames = unwind(this.target, thread.start);
      let count = 0;
      let next = frames.next();
      for (; next.done !== true; next = frames.next(), count++) {
        for (const entry of this.calls(thread, next.value, isInPanic, isAboveTrap)) {
          isInPanic = entry.isPanicking;
          yield entry;
        }
        if (!next.value.isTrap) continue;
        yield this.remark(thread, 'trap or interrupt');
        isInPanic &&= !isAboveTrap;
        isAboveTrap = false;
      }
      const note = endNote(next.value, count);
      if (note !== undefined) yield this.remark(thread, note);
    } catch (error) {
      if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
      yield this.remark(thread, `the stack ends here: ${error.message}`);
    }
  }

  /**
   * A frame, once for each call inlined at its pc and once for the function itself.
   *
   * @param isInPanic every frame so far carries out a panic
   * @param isAboveTrap this one does, too, whatever its name
   */
  private *calls(
    thread: ListedThread,
    frame: Frame,
    isInPanic: boolean,
    isAboveTrap: boolean,
  ): Generator<StackEntry> {
    const info = this.target.debugInfo;
    const scopes = info?.scopesAt(frame.lookupAddress) ?? [];
    const names = scopes.map((scope) => scope.function.name);
    let at = info?.lineAt(frame.lookupAddress);
    let isPanicking = isInPanic;
    for (const [scopeIndex, name] of (names[0] ? names : [this.symbol(frame)]).entries()) {
      isPanicking = isAboveTrap || (isPanicking && panicFunctions.test(name));
      yield this.add({ thread, frame, at, scopeIndex, function: name, isPanicking });
      at = scopes[scopeIndex]?.calledFrom;
    }
  }

  private remark(thread: ListedThread, text: string): StackEntry {
    const [frame, at] = [undefined, undefined];
    return this.add({ thread, frame, at, scopeIndex: 0, function: text, isPanicking: false });
  }

  private symbol(frame: Frame): string {
    return symbolizeFrame(this.target.symbols, frame) ?? hexAddress(frame.pc);
  }

  private add(entry: Omit<StackEntry, 'id'>): StackEntry {
    const added = { ...entry, id: this.byId.length + 1 };
    this.byId.push(added);
    return added;
  }
}

/** What the frames of an answer are made with. */
export interface FrameView {
  readonly target: Target;
  readonly sources: SourceTable;
  readonly client: Client;
}

/** `stackTrace`: a page of a stack. */
export function stackTraceBody(
  view: FrameView,
  stack: readonly StackEntry[],
  fields: Fields,
): DebugProtocol.StackTraceResponse['body'] {
  const start = fields.count('startFrame') ?? 0;
  const levels = fields.count('levels') ?? 0;
  const format = fields.object('format');
  const page = stack.slice(start, levels === 0 ? undefined : start + levels);
  return {
    stackFrames: page.map((entry) => stackFrame(view, entry, format)),
    totalFrames: stack.length,
  };
}

function stackFrame(view: FrameView, entry: StackEntry, format: Fields): DebugProtocol.StackFrame {
  const { id, frame, at } = entry;
  if (!frame)
    return {
      id,
      name: safeText(`[${entry.function}]`),
      line: 0,
      column: 0,
      presentationHint: 'label',
    };
  const source = at && view.sources.source(at.file);
  return {
    id,
    name: safeText(frameName(view, entry, frame, source !== undefined, format)),
    line: source && at ? at.line - 1 + view.client.firstLine : 0,
    column: source && at ? Math.max(at.column, 1) - 1 + view.client.firstColumn : 0,
    instructionPointerReference: hexAddress(frame.pc),
    canRestart: false,
    moduleId: 'kernel',
    // The editor opens on the first frame that is not subtle; where a frame says nothing, its source is asked.
    presentationHint: entry.isPanicking || frame.method === 'scan' ? 'subtle' : 'normal',
    ...(source && {
      source: entry.isPanicking
        ? { ...source, presentationHint: 'deemphasize', origin: 'the panic itself' }
        : source,
    }),
  };
}

/** The function, with what the client asked for: its parameters, the line. Where no source can be opened, the line always. */
function frameName(
  view: FrameView,
  entry: StackEntry,
  frame: Frame,
  hasSource: boolean,
  format: Fields,
): string {
  const isGuess = frame.method === 'scan';
  let name = isGuess ? `${entry.function}?` : entry.function;
  if (format.boolean('parameters')) name += `(${parameters(view.target, entry, frame, format)})`;
  if (entry.at && (format.boolean('line') || !hasSource))
    name += ` ${entry.at.file}:${entry.at.line}`;
  else if (!entry.at && !name.includes('+')) name += offsetText(view.target, frame);
  return name;
}

function parameters(target: Target, entry: StackEntry, frame: Frame, format: Fields): string {
  const showsNames = format.boolean('parameterNames') ?? true;
  const showsValues = format.boolean('parameterValues') ?? true;
  const variables = frameScopes(target, frame)[entry.scopeIndex]?.variables ?? [];
  return variables
    .filter((each) => each.isParameter)
    .map(({ name, value }) => {
      const text = value ? valueText(target, value, undefined, 40) : '?';
      return [showsNames ? [name] : [], showsValues ? [text] : []].flat().join('=');
    })
    .join(', ');
}

function offsetText(target: Target, frame: Frame): string {
  const symbol = symbolizeFrame(target.symbols, frame);
  return symbol?.includes('+') ? symbol.slice(symbol.indexOf('+')) : '';
}
