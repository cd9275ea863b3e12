/** Every leaf entry of an address space, in address order. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Target } from '../../target/target.ts';

const frameMask = 0x000f_ffff_ffff_f000n;
const present = 0x1n;
const large = 0x80n;

export interface Leaf {
  readonly address: bigint;
  readonly entry: bigint;
  /** Of the frame. */
  readonly physical: bigint;
}

/** 4 KiB leaves below a root; the kernel half for the kernel, the user half for others. Large pages are the direct map's. */
export function* leaves(target: Target, root: bigint, isKernel: boolean): Generator<Leaf> {
  yield* below(target, root, 39n, 0n, isKernel ? [256, 512] : [0, 256]);
}

function* below(
  target: Target,
  table: bigint,
  shift: bigint,
  base: bigint,
  [from, to]: readonly [number, number],
): Generator<Leaf> {
  for (const [index, entry] of entriesOf(target, table)) {
    if (index < from || index >= to || (entry & present) === 0n) continue;
    const address = BigInt.asUintN(64, BigInt.asIntN(48, base + (BigInt(index) << shift)));
    const next = entry & frameMask;
    if (shift === 12n) yield { address, entry, physical: next };
    else if ((entry & large) === 0n) yield* below(target, next, shift - 9n, address, [0, 512]);
  }
}

/** The 512 entries of a table; none when the dump lacks it. */
function entriesOf(target: Target, table: bigint): readonly (readonly [number, bigint])[] {
  try {
    const bytes = target.physical.read(table, 4096);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: 512 }, (_, index) => [index, view.getBigUint64(index * 8, true)]);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return [];
  }
}
