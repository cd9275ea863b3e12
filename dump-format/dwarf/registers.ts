/** Registers by DWARF's numbers for x86-64 (psABI, figure 3.36), and what a call does to them. */

/** The stack pointer: in the caller it is the canonical frame address, unless the unwind rules say otherwise. */
export const stackPointerRegister = 7;

/** `rbx rbp r12 r13 r14 r15`: a function that changes one saves it, and says so in its unwind rules. */
export const calleeSavedRegisters: ReadonlySet<number> = new Set([3, 6, 12, 13, 14, 15]);

/** The name of a register, for messages. */
export function registerName(number: number): string {
  if (number >= 17 && number <= 32) return `xmm${number - 17}`;
  return dwarfRegisterNames[number] ?? `register ${number}`;
}

/** General registers by number: `rax` is 0, `rip` 16. */
export const dwarfRegisterNames: readonly string[] = [
  'rax',
  'rdx',
  'rcx',
  'rbx',
  'rsi',
  'rdi',
  'rbp',
  'rsp',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
  'rip',
];
