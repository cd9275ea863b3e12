/** A typed value in a dump: a type and where its bytes are. Reading happens when it is asked for. */
import type { CType, Member } from '../../dump-format/ctype.ts';

export interface Value {
  readonly type: CType;
  /** Where it lies; undefined for a value that is only bits (a register, an immediate). */
  readonly address: bigint | undefined;
  /** Set for a bit-field. */
  readonly bitField: { readonly offsetBits: number; readonly sizeBits: number } | undefined;
  /** A member of a struct or union, or through a pointer to one. Anonymous members are looked through. @throws LookupError, FaultError */
  member(name: string): Value;
  /** The value of a member of this very record that is at hand: the way to members without a name. Nothing is read. */
  field(member: Member): Value;
  /** An mdb member path: `t_procp->p_pidp`, `a[3].b`. @throws LookupError, UsageError, FaultError */
  path(path: string): Value;
  /** Element of an array, or of what a pointer points to. @throws LookupError, FaultError */
  index(index: bigint): Value;
  /** What a pointer points to. @throws LookupError, FaultError */
  dereference(): Value;
  hasMember(name: string): boolean;
  /** The bits of an integer, enum, pointer, boolean or bit-field as unsigned 64-bit, without sign extension. @throws FaultError */
  unsigned(): bigint;
  /** The same, sign-extended by its own width when the type is signed. */
  signed(): bigint;
  /** Bytes of the whole value. @throws FaultError */
  bytes(): Uint8Array;
  /** The text of a char array or of what a `char *` points to, to the NUL, at most `limit` bytes; undefined when absent. */
  text(limit?: number): string | undefined;
}
