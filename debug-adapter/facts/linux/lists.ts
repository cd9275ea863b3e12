/** Linux's circular lists, `struct list_head`: elements by the member that links them. */
import { LookupError } from '../../../dump-format/errors.ts';
import { walkChain } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';

/**
 * Addresses of the elements behind a head.
 *
 * @param head address of a `struct list_head` that is no element
 * @param type C type of an element, without a pointer
 * @param member of it, a `struct list_head`
 * @throws FaultError, LookupError after the elements that could be reached
 */
export function* listElements(
  target: Target,
  head: bigint,
  type: string,
  member: string,
): Generator<bigint> {
  const nodeOffset = BigInt(offsetOf(target, type, member));
  const first = target.memory.readU64(head);
  const name = `${type} ${member}`;
  yield* walkChain(target.memory, { first, linkOffset: 0n, end: head, nodeOffset }, name);
}

/** Bytes from the start of a record to a member. @throws LookupError */
export function offsetOf(target: Target, type: string, member: string): number {
  const record = target.type(type);
  if (record.kind !== 'struct') throw new LookupError(`${type} is no structure`);
  return target.member(record, member).offset;
}

/** Whether a record has a member: kernels differ, and their own types tell how. */
export function hasMember(target: Target, type: string, member: string): boolean {
  const record = target.findType(type);
  return record?.kind === 'struct' && record.members.some(({ name }) => name === member);
}
