/** What the address before a dcmd chooses from a kernel's books. */
import { LookupError } from '../../dump-format/errors.ts';
import type { Invocation } from '../commands/command.ts';

/**
 * Those that the address means; all of them without one.
 *
 * @param complaint what is wrong with an address that means none: `is not a struct proc`
 * @throws LookupError at the end, when there was an address and nothing was it
 */
export function* selected<Element>(
  elements: Iterable<Element>,
  { hasAddress, address }: Pick<Invocation, 'hasAddress' | 'address'>,
  isMeant: (element: Element, address: bigint) => boolean,
  complaint: string,
): Generator<Element> {
  let isFound = false;
  for (const element of elements) {
    if (hasAddress && !isMeant(element, address)) continue;
    isFound = true;
    yield element;
  }
  if (hasAddress && !isFound) throw new LookupError(`${address.toString(16)} ${complaint}`);
}

/** Processes by the address of their `struct proc`. */
export function selectedProcesses(
  invocation: Pick<Invocation, 'hasAddress' | 'address'>,
  processes: Iterable<bigint>,
): Generator<bigint> {
  const isMeant = (process: bigint, address: bigint): boolean => process === address;
  return selected(processes, invocation, isMeant, 'is not a struct proc');
}
