/** Calls as the compiler records them (DWARF 5, section 3.4): what a caller passed when it entered a frame's function. */
import type { FrameRegisters } from '../debug-info.ts';
import { Budget } from './budget.ts';
import type { CodeIndex } from './code-index.ts';
import { DW_AT, DW_TAG } from './constants.ts';
import type { Die } from './die.ts';
import { Unavailable, addressOf } from './expression-values.ts';
import type { StackValue } from './expression-values.ts';

/** Functions that tail calls are followed through. */
export const tailCallLimit = 64;

/** Blocks inside one another that hold call sites. */
export const callSiteDepthLimit = 256;

/** Entries passed to find the call sites of one function. */
export const callSiteWorkLimit = 1 << 22;

/** Runs an expression of a function in one of its frames. */
export type Evaluate = (expression: Uint8Array, holder: Die, frame: FrameRegisters) => StackValue;

/** One argument at a call: an expression, to be run in the caller's frame. */
export interface PassedArgument {
  readonly expression: Uint8Array;
  /** The caller's function. */
  readonly caller: Die;
  readonly frame: FrameRegisters;
}

/** The calls of one function. */
interface Calls {
  /** By the address that they return to. */
  readonly returning: Map<bigint, Die>;
  readonly tail: Die[];
}

/** Finds call sites, function by function, and keeps them. */
export class CallSites {
  private readonly code: CodeIndex;
  private readonly bodyOf: (die: Die) => Die | undefined;
  private readonly known = new Map<number, Calls>();

  /** @param bodyOf finds the entry with code for a function that is only declared, or an abstract instance */
  constructor(code: CodeIndex, bodyOf: (die: Die) => Die | undefined) {
    this.code = code;
    this.bodyOf = bodyOf;
  }

  /**
   * The argument that a caller passed.
   *
   * It counts only if the call site names this very function and no tail call can lead back into it: else the registers
   * at entry were set by somebody else (the rule is gdb's).
   *
   * @param isWanted picks the parameter among those of the call site
   * @throws Unavailable if it can't be known
   */
  argument(
    callee: Die,
    frame: FrameRegisters,
    isWanted: (parameter: Die) => boolean,
    evaluate: Evaluate,
  ): PassedArgument {
    const callerFrame = frame.caller();
    const caller = callerFrame && this.code.functionAt(callerFrame.lookupAddress);
    if (!callerFrame || !caller) throw new Unavailable('the caller of this function is not known');
    const site = this.callsOf(caller).returning.get(callerFrame.pc);
    if (!site) throw new Unavailable('the call of this function is not recorded');
    if (!this.calls(site, callee, caller, callerFrame, evaluate))
      throw new Unavailable('the recorded call is not known to be of this function');
    if (this.mayTailCallItself(callee))
      throw new Unavailable('this function may have been entered by a tail call');
    for (const parameter of site.children()) {
      if (!parameterTags.has(parameter.tag) || !isWanted(parameter)) continue;
      const expression =
        parameter.expression(DW_AT.call_value) ?? parameter.expression(DW_AT.GNU_call_site_value);
      if (expression) return { expression, caller, frame: callerFrame };
    }
    throw new Unavailable('what the caller passed is not recorded');
  }

  /** Whether a call site calls a function, for sure. */
  private calls(
    site: Die,
    callee: Die,
    caller: Die,
    callerFrame: FrameRegisters,
    evaluate: Evaluate,
  ): boolean {
    const origin = originOf(site);
    if (origin) return isSameFunction(origin, callee);
    const target =
      site.expression(DW_AT.call_target) ?? site.expression(DW_AT.GNU_call_site_target);
    const low = callee.address(DW_AT.low_pc) ?? callee.address(DW_AT.entry_pc);
    return target !== undefined && addressOf(evaluate(target, caller, callerFrame)) === low;
  }

  /** Whether tail calls may lead from a function back to it; a target that can't be told may be anything. */
  private mayTailCallItself(start: Die): boolean {
    const seen = new Set([start.key]);
    const waiting = [start];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      for (const site of this.callsOf(next).tail) {
        const target = originOf(site);
        const body = target && this.bodyOf(target);
        if (!body || isSameFunction(body, start) || seen.size > tailCallLimit) return true;
        if (!seen.has(body.key)) waiting.push(body);
        seen.add(body.key);
      }
    }
    return false;
  }

  private callsOf(caller: Die): Calls {
    const known = this.known.get(caller.key);
    if (known) return known;
    const calls: Calls = { returning: new Map(), tail: [] };
    const complaint = `${caller.unit.section.name}: a function with too many call sites`;
    collectCalls(caller, calls, new Budget(callSiteWorkLimit, complaint), 0);
    this.known.set(caller.key, calls);
    return calls;
  }
}

const parameterTags: ReadonlySet<number> = new Set([
  DW_TAG.call_site_parameter,
  DW_TAG.GNU_call_site_parameter,
]);

const siteTags: ReadonlySet<number> = new Set([DW_TAG.call_site, DW_TAG.GNU_call_site]);

const blockTags: ReadonlySet<number> = new Set([DW_TAG.lexical_block, DW_TAG.inlined_subroutine]);

function collectCalls(parent: Die, calls: Calls, budget: Budget, depth: number): void {
  for (const die of parent.children(budget)) {
    if (siteTags.has(die.tag)) {
      // GNU's call sites of DWARF 4 have the return address in DW_AT_low_pc.
      const address = die.address(DW_AT.call_return_pc) ?? die.address(DW_AT.low_pc);
      if (die.flag(DW_AT.call_tail_call) || die.flag(DW_AT.GNU_tail_call)) calls.tail.push(die);
      else if (address !== undefined) calls.returning.set(address, die);
    } else if (blockTags.has(die.tag) && depth < callSiteDepthLimit) {
      collectCalls(die, calls, budget, depth + 1);
    }
  }
}

/** The entry of the function that a call site calls, when the compiler knew it. */
function originOf(site: Die): Die | undefined {
  return site.reference(DW_AT.call_origin) ?? site.reference(DW_AT.abstract_origin);
}

/** Whether two entries are of one function: the same one, its abstract instance, or a declaration of a global one. */
export function isSameFunction(a: Die, b: Die): boolean {
  const [first, second] = [rootOrigin(a), rootOrigin(b)];
  if (first.key === second.key) return true;
  const areGlobal = first.flag(DW_AT.external) && second.flag(DW_AT.external);
  return areGlobal && first.name() === second.name();
}

function rootOrigin(die: Die): Die {
  let root = die;
  for (let step = 0; step < 8; step++) {
    const origin = root.origin();
    if (!origin) break;
    root = origin;
  }
  return root;
}
