/** The loop that executes: one CPU, one slice of steps, until something says otherwise. */
import { acknowledgeInterrupt } from './apic.ts';
import { decodeAtRip, enterCodePage } from './code.ts';
import type { CodeCache } from './code.ts';
import type { Cpu, Op } from './cpu.ts';
import { CpuFault, MachineHalt, VmExit, raiseTrap, vectors } from './fault.ts';
import { deliverFault, deliverInterrupt } from './interrupts.ts';
import { ATTENTION, CODE_PAGE, DR6, LATCH, PENDING_NMI, RIP, attention } from './layout.ts';
import { stopAt } from './machine.ts';
import type { ExecuteResult } from './machine.ts';
import { warm } from './region.ts';
import { interceptFault, interceptInterrupt, leaveForHost } from './vm-entry.ts';

/**
 * Lets a CPU make the steps that `cpu.budget[0]` holds, counting it down.
 *
 * @param stops union of `stopAt`: comes back in front of an instruction so marked
 * @param mayStop false when the first instruction must not stop
 */
export function runSlice(
  cpu: Cpu,
  code: CodeCache,
  stops: number,
  mayStop: boolean,
): ExecuteResult {
  let isOpen = mayStop;
  for (;;) {
    try {
      return executeSteps(cpu, code, stops, isOpen);
    } catch (thrown) {
      isOpen = true;
      handle(cpu, thrown);
    }
  }
}

/** The operation at rip; undefined when it can't be fetched or decoded now. Fills the TLB as a fetch does. */
export function fetch(cpu: Cpu, code: CodeCache): Op {
  const r = cpu.r;
  const low = r[RIP] ?? 0;
  if (r[CODE_PAGE] !== (low & -4096) || r[CODE_PAGE + 1] !== r[RIP + 1]) enterCodePage(cpu);
  return cpu.ops[low & 4095] ?? decodeAtRip(cpu, code, cpu.machine.memory);
}

function executeSteps(cpu: Cpu, code: CodeCache, stops: number, mayStop: boolean): ExecuteResult {
  const r = cpu.r;
  const budget = cpu.budget;
  let isOpen = mayStop;
  // Between the places to stop inside a region nobody looks.
  const mayCompile = (stops & (stopAt.memoryAccess | stopAt.anyMemoryAccess)) === 0;
  let isArrival = mayCompile;
  for (;;) {
    const left = budget[0] ?? 0;
    if (left <= 0) return 'budget';
    if (r[ATTENTION] !== 0) {
      const result = attend(cpu, code, stops, isOpen);
      if (result === 'again') {
        isOpen = true;
        continue;
      }
      if (result !== undefined) return result;
    }
    const low = r[RIP] ?? 0;
    if (r[CODE_PAGE] !== (low & -4096) || r[CODE_PAGE + 1] !== r[RIP + 1]) {
      cpu.op = undefined;
      enterCodePage(cpu);
    }
    if (isArrival && r[LATCH] === 0) {
      const entry = cpu.page?.entries[low & 4095];
      if (entry === undefined) warm(cpu, low & 4095);
      else if (entry.steps <= left && (entry.region.marks & stops) === 0) {
        entry.region.run(cpu, entry.at);
        isOpen = true;
        continue;
      }
    }
    let op = cpu.ops[low & 4095];
    if (op === undefined) {
      cpu.op = undefined;
      op = decodeAtRip(cpu, code, cpu.machine.memory);
    }
    if ((op.marks & stops) !== 0 && isOpen && stopsHere(cpu, op.marks & stops))
      return markResult(op.marks & stops);
    isOpen = true;
    budget[0] = left - 1;
    r[RIP] = op.nextLow;
    r[RIP + 1] = op.nextHigh;
    cpu.op = op;
    op.run(cpu, op);
    isArrival = mayCompile && r[RIP] !== op.nextLow;
  }
}

/** Delivers what is due and says how to go on: undefined to execute, 'again' when a step was made here. */
function attend(
  cpu: Cpu,
  code: CodeCache,
  stops: number,
  mayStop: boolean,
): ExecuteResult | 'again' | undefined {
  const due = cpu.word(ATTENTION);
  if ((due & attention.stopped) !== 0) return 'stopped';
  if ((due & attention.shadow) !== 0) {
    cpu.unattend(attention.shadow);
    if ((due & attention.halted) === 0) return undefined;
  }
  if ((due & (attention.nmi | attention.interrupt)) !== 0) {
    takeStep(cpu);
    cpu.op = undefined;
    interceptInterrupt(cpu);
    if ((due & attention.nmi) !== 0) {
      cpu.r[PENDING_NMI] = 0;
      deliverInterrupt(cpu, vectors.nmi);
    } else deliverInterrupt(cpu, acknowledgeInterrupt(cpu));
    return 'again';
  }
  if ((due & attention.halted) !== 0) return 'halted';
  return (due & attention.trap) !== 0 ? singleStep(cpu, code, stops, mayStop) : undefined;
}

/** rflags.TF: one instruction, then #DB. */
function singleStep(
  cpu: Cpu,
  code: CodeCache,
  stops: number,
  mayStop: boolean,
): ExecuteResult | 'again' {
  cpu.op = undefined;
  const op = fetch(cpu, code);
  if ((op.marks & stops) !== 0 && mayStop && stopsHere(cpu, op.marks & stops))
    return markResult(op.marks & stops);
  takeStep(cpu);
  cpu.r[RIP] = op.nextLow;
  cpu.r[RIP + 1] = op.nextHigh;
  cpu.op = op;
  op.run(cpu, op);
  if (cpu.word(LATCH) !== 0) return 'again';
  cpu.op = undefined;
  cpu.set64(DR6, cpu.get64(DR6) | 0x4000n);
  return raiseTrap(vectors.debug, false);
}

/** Between the halves of an instruction only its memory accesses are places to stop. */
function stopsHere(cpu: Cpu, marks: number): boolean {
  return cpu.word(LATCH) === 0 || (marks & (stopAt.memoryAccess | stopAt.anyMemoryAccess)) !== 0;
}

function markResult(marks: number): ExecuteResult {
  return (marks & stopAt.pause) === 0 ? 'mark' : 'pause';
}

function takeStep(cpu: Cpu): void {
  cpu.budget[0] = (cpu.budget[0] ?? 0) - 1;
}

/** Turns what was thrown into a state of the CPU, or throws it on. */
function handle(cpu: Cpu, thrown: unknown): void {
  let cause = thrown;
  for (;;) {
    try {
      if (cause instanceof CpuFault) {
        beginFault(cpu, cause);
        interceptFault(cpu, cause);
        deliverFault(cpu, cause);
      } else if (cause instanceof VmExit) {
        if (cpu.op) backToInstruction(cpu, cpu.op);
        leaveForHost(cpu, cause);
      } else if (!(cause instanceof MachineHalt)) throw cause;
      return;
    } catch (next) {
      const isOurs =
        next instanceof CpuFault || next instanceof VmExit || next instanceof MachineHalt;
      if (!isOurs) throw next;
      cause = next;
    }
  }
}

/** A fault leaves rip at the instruction; a trap, and a fetch, leave it as it is. A fetch that faults is a step. */
function beginFault(cpu: Cpu, fault: CpuFault): void {
  if (fault.isTrap) return;
  if (cpu.op) backToInstruction(cpu, cpu.op);
  else takeStep(cpu);
}

function backToInstruction(cpu: Cpu, op: Op): void {
  cpu.r[RIP] = op.low;
  cpu.r[RIP + 1] = op.high;
}
