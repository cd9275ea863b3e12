/** What the processors hold of VMX: every VMCS they know, and the last VMX instructions of each core. */
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** Most VMCSs that are looked at. */
export const vmcsLimit = 1024;

/** One VMCS that hardware holds data of: active on a CPU. */
export interface HardwareVmcs {
  /** Physical address of its page. */
  readonly physical: bigint;
  /** -1 when it is active on none. */
  readonly cpu: bigint;
  readonly isLaunched: boolean;
  readonly eptp: bigint;
  readonly guestRip: bigint;
  readonly guestCr3: bigint;
}

/** A VMX instruction that a core executed, reads and writes of VMCS fields left out. */
export interface VmxInstruction {
  /** `VMCLEAR`. */
  readonly name: string;
  readonly operands: readonly [bigint, bigint];
  /** `done`, `VMfailInvalid`, `VMfailValid, error 28`. */
  readonly result: string;
}

/** Source: docs/platform.md, Hardware state in the dump; `struct sim_cpu`. */
const names: Readonly<Record<string, string>> = {
  1: 'VMXON',
  2: 'VMCLEAR',
  3: 'VMPTRLD',
  4: 'VMLAUNCH',
  5: 'VMRESUME',
  6: 'INVEPT',
  7: 'INVVPID',
  8: 'VMXOFF',
  9: 'VMPTRST',
  12: 'VMCALL',
};

/** Every VMCS that hardware holds, in the hardware's order; undefined when the dump has no such state. */
export function hardwareVmcss(target: Target): readonly HardwareVmcs[] | undefined {
  if (!target.hardware || !target.hasGlobal('sim_vmcs')) return undefined;
  const count = target.global('sim_vmcs_n').unsigned();
  const found: HardwareVmcs[] = [];
  for (let index = 0n; index < count && index < vmcsLimit; index++) {
    const entry = target.global('sim_vmcs').index(index);
    found.push({
      physical: entry.member('pa').unsigned(),
      cpu: entry.member('active_cpu').signed(),
      isLaunched: (entry.member('flags').unsigned() & 1n) !== 0n,
      eptp: entry.member('eptp').unsigned(),
      guestRip: entry.member('guest_rip').unsigned(),
      guestCr3: entry.member('guest_cr3').unsigned(),
    });
  }
  return found;
}

/** The last VMX instruction of a core and the one before it; undefined without hardware state or when there was none. */
export function lastInstructions(
  target: Target,
  core: number,
): { readonly last?: VmxInstruction; readonly previous?: VmxInstruction } {
  const { hardware } = target;
  if (!hardware || core >= hardware.count) return {};
  const last = instruction(hardware.cpu(core), 'last');
  const previous = instruction(hardware.cpu(core), 'prev');
  return { ...(last && { last }), ...(previous && { previous }) };
}

function instruction(cpu: Value, which: 'last' | 'prev'): VmxInstruction | undefined {
  const name = names[cpu.member(`${which}_vmx_op`).unsigned().toString()];
  if (name === undefined) return undefined;
  const operands = cpu.member(`${which}_vmx_operand`);
  return {
    name,
    operands: [operands.index(0n).unsigned(), operands.index(1n).unsigned()],
    result: resultText(cpu.member(`${which}_vmx_result`).unsigned()),
  };
}

function resultText(result: bigint): string {
  if (result === 0n) return 'done';
  return result === 1n ? 'VMfailInvalid' : `VMfailValid, error ${result & 0xffn}`;
}

/** `INVEPT 1, 7e3d01e: done`. */
export function instructionText({ name, operands, result }: VmxInstruction): string {
  const shown = name === 'INVEPT' || name === 'INVVPID' ? operands : operands.slice(0, 1);
  const takesNone = name === 'VMLAUNCH' || name === 'VMRESUME' || name === 'VMXOFF';
  const text = takesNone ? '' : ` ${shown.map((each) => each.toString(16)).join(', ')}`;
  return `${name}${text}: ${result}`;
}
