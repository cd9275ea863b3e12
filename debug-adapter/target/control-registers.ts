/** Control registers of a CPU, wherever a dump has them. */
import type { Cpu, Target } from './target.ts';

/** CR4.LA57. Source: Intel SDM, volume 3, section 2.5. */
const la57 = 1n << 12n;

/** CR3 of the CPU whose note stands first, from its registers or from the hardware table; undefined when nobody has it. */
export function pageTableRoot(
  target: Target,
  cpu: Cpu | undefined = target.cpus[0],
): { readonly cr3: bigint; readonly depth: 4 | 5 } | undefined {
  if (!cpu) return undefined;
  const cr3 = controlRegister(target, cpu, 'cr3');
  if (cr3 === undefined || cr3 === 0n) return undefined;
  const cr4 = controlRegister(target, cpu, 'cr4') ?? 0n;
  return { cr3, depth: (cr4 & la57) === 0n ? 4 : 5 };
}

/** A register that the general ones don't hold: `cr0`, `cr2`, `cr3`, `cr4`. */
export function controlRegister(target: Target, cpu: Cpu, name: string): bigint | undefined {
  const noted = cpu.registers.get(name);
  if (noted !== undefined) return noted;
  const { hardware } = target;
  if (!hardware || cpu.index >= hardware.count || !target.findType('struct sim_cpu'))
    return undefined;
  const state = hardware.cpu(cpu.index);
  if (state.address === undefined || !state.hasMember(name)) return undefined;
  if (target.memory.readAvailable(state.address, state.type.size).length < state.type.size)
    return undefined;
  return state.member(name).unsigned();
}
