/** What is in a page, and what lies behind it: its block of swap, or its file. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';
import { blockContents, blockOf } from './swap.ts';

const pageSize = 4096;

/** Source: DragonFly, vm/vm_object.h, enum obj_type. */
const swapType = 1n;
const vnodeType = 2n;

/** The bytes that the page would have if it was read again; undefined when the dump does not have them. */
export function backingOf(target: Target, page: Value): Uint8Array | undefined {
  const object = page.member('object').unsigned();
  if (object === 0n) return undefined;
  const pindex = page.member('pindex').unsigned();
  const value = target.value('struct vm_object', object);
  const type = value.member('type').unsigned();
  if (type === swapType) {
    const block = blockOf(target, object, pindex);
    return block === undefined ? undefined : blockContents(target, block);
  }
  // Our kernels keep a file's data where the real ones have its vnode.
  const data = value.member('handle').unsigned();
  if (type !== vnodeType || data === 0n) return undefined;
  return target.memory.read(data + pindex * BigInt(pageSize), pageSize);
}

/** The bytes of a page; undefined when the dump does not have them. */
export function contentsOf(target: Target, page: Value): Uint8Array | undefined {
  try {
    return target.physical.read(page.member('phys_addr').unsigned(), pageSize);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return undefined;
  }
}
