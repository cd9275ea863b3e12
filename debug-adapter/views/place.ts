/** A place in memory as a person names it, and what is known to lie there. */
import { UsageError } from '../../dump-format/errors.ts';
import type { CType } from '../../dump-format/ctype.ts';
import type { Inspector } from '../inspector.ts';

/**
 * The address that an mdb expression names: `fffffe5af5cc8040`, `panic_thread`, `*panic_thread`, `<rsp+8`.
 *
 * @throws UsageError, LookupError, FaultError in mdb's words
 */
export function addressOf({ session }: Inspector, text: string): bigint {
  const trimmed = text.trim();
  if (trimmed === '') throw new UsageError('an address or a symbol is expected');
  return session.evaluate(trimmed);
}

export interface KnownObject {
  readonly address: bigint;
  readonly type: CType;
}

/** The object that an address lies in, as `::whattype` knows it; undefined for memory of unknown type. */
export function objectAt({ session }: Inspector, address: bigint): KnownObject | undefined {
  let object: KnownObject | undefined;
  for (const row of session.execute(`${address.toString(16)}::whattype`)) object ??= row.object;
  return object;
}
