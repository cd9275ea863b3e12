/** Does an lwp wait for memory in a fault of user mode that does not say where it comes from? Nobody may kill it then. */
import { lwpName } from '../facts/dragonfly/processes.ts';
import { frameArguments } from '../target/locals.ts';
import type { Frame, KernelThread, Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'usermode';

/** `VM_FAULT_USERMODE`. Source: DragonFly, vm/vm_map.h. */
const userMode = 0x40n;

export const usermode: Check = {
  name: check,
  summary: 'a fault of user mode that waits for memory says that it is one',
  source: 'DragonFly 95270b7e: VM_FAULT_USERMODE is flagged',
  applies: (target) =>
    target.findType('struct trapframe') !== undefined &&
    target.symbols.byName('vm_wait_pfault') !== undefined &&
    target.symbols.byName('trap_pfault') !== undefined,
  *run(target) {
    for (const thread of target.threads()) {
      if (thread.cpu !== undefined || !thread.start) continue;
      const finding = judge(target, thread, [...target.stack(thread.start)]);
      if (finding) yield finding;
    }
  },
};

function judge(
  target: Target,
  { address }: KernelThread,
  frames: readonly Frame[],
): Finding | undefined {
  const named = (name: string): Frame | undefined =>
    frames.find((frame) => functionOf(target, frame) === name);
  const [fault, trap] = [named('vm_fault'), named('trap_pfault')];
  if (!named('vm_wait_pfault') || !fault || !trap) return undefined;
  const flags = argumentOf(target, fault, 'fault_flags');
  const registers = argumentOf(target, trap, 'frame');
  if (flags === undefined || registers === undefined || (flags & userMode) !== 0n) return undefined;
  const selector = target.value('struct trapframe', registers).path('tf.cs').unsigned();
  if ((selector & 3n) !== 3n) return undefined;
  const hex = address.toString(16);
  return {
    check,
    severity: 'BUG',
    verdict: `lwp ${lwpName(target, address)} waits for memory in a fault of user mode that does not say so (fault_flags ${flags.toString(16)})`,
    evidence: [
      {
        spans: [
          { kind: 'text', text: 'thread ' },
          { kind: 'address', text: hex, address },
        ],
        line: `${hex}::stack`,
        address,
      },
    ],
  };
}

function functionOf(target: Target, frame: Frame): string {
  return (target.symbolize(frame.lookupAddress) ?? '').replace(/\+.*$/, '');
}

function argumentOf(target: Target, frame: Frame, name: string): bigint | undefined {
  return frameArguments(target, frame)
    .find((each) => each.name === name)
    ?.value?.unsigned();
}
