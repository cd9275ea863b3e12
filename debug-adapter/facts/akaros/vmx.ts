/** What the processors hold of VMX: every VMCS they know, and the last VMX instructions of each core. */
import { kernbase } from './cores.ts';
import { freedGuestCores, guestCores } from './processes.ts';
import { isPageFree } from './slab.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** Most VMCSs that are looked at. */
export const vmcsLimit = 1024;

/** `SIM_VMCS_LAUNCHED` of `sim_vmcs.flags`. Source: docs/platform.md. */
const launchedFlag = 1n;

/** A VMCS that hardware or the kernel knows. */
export interface KnownVmcs {
  /** Physical address of its page. */
  readonly physical: bigint;
  /** `clear`: in memory alone; `loaded`: active, not entered yet; `launched`. Undefined without hardware state. */
  readonly state: 'clear' | 'loaded' | 'launched' | undefined;
  /** What hardware has active; undefined otherwise. */
  readonly active: ActiveVmcs | undefined;
  /** Undefined for a page that the page arena does not manage. */
  readonly isPageFree: boolean | undefined;
  /** `struct guest_pcore` that it belongs to: a live one, or one whose freed memory still tells. */
  readonly guest: bigint | undefined;
}

/** Data that a processor holds of a VMCS. */
export interface ActiveVmcs {
  readonly cpu: bigint;
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

/** Every VMCS: those that hardware has active, in its order, then those of guest cores. */
export function knownVmcss(target: Target): readonly KnownVmcs[] {
  const guests = guestsByVmcs(target);
  const found = [...activeVmcss(target)].map(({ physical, isLaunched, ...active }) => ({
    physical,
    state: isLaunched ? ('launched' as const) : ('loaded' as const),
    active,
    isPageFree: isPageFree(target, physical),
    guest: guests.get(physical),
  }));
  const known = new Set(found.map(({ physical }) => physical));
  const others = [...guests].filter(([physical]) => !known.has(physical));
  const state = target.hardware ? ('clear' as const) : undefined;
  return [
    ...found,
    ...others.map(([physical, guest]) => ({
      physical,
      state,
      active: undefined,
      isPageFree: isPageFree(target, physical),
      guest,
    })),
  ];
}

function* activeVmcss(
  target: Target,
): Generator<ActiveVmcs & { readonly physical: bigint; readonly isLaunched: boolean }> {
  if (!target.hardware || !target.hasGlobal('sim_vmcs')) return;
  const count = target.global('sim_vmcs_n').unsigned();
  for (let index = 0n; index < count && index < vmcsLimit; index++) {
    const entry = target.global('sim_vmcs').index(index);
    yield {
      physical: entry.member('pa').unsigned(),
      isLaunched: (entry.member('flags').unsigned() & launchedFlag) !== 0n,
      cpu: entry.member('active_cpu').signed(),
      eptp: entry.member('eptp').unsigned(),
      guestRip: entry.member('guest_rip').unsigned(),
      guestCr3: entry.member('guest_cr3').unsigned(),
    };
  }
}

/** Guest cores by the physical address of their VMCS; a live one goes before a freed one. */
function guestsByVmcs(target: Target): ReadonlyMap<bigint, bigint> {
  const found = new Map<bigint, bigint>();
  for (const guest of [...guestCores(target), ...freedGuestCores(target)]) {
    const physical = target.value('struct guest_pcore', guest).member('vmcs').unsigned() - kernbase;
    if (!found.has(physical)) found.set(physical, guest);
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
