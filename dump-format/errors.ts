/** The four kinds of failure that a user can cause, told apart by class; anything else is our own bug. */

/** The file is not what it claims to be. The message names the file, the place and what was found. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/** Memory that is asked for is not in the dump, or can't be translated. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly address: bigint;
  readonly length: number;
  readonly reason: string;

  /**
   * @param address first byte that could not be read
   * @param length bytes asked for at `address`
   * @param reason why, in mdb's words
   */
  constructor(address: bigint, length: number, reason = 'no mapping for address') {
    super(`failed to read ${length} bytes at ${address.toString(16)}: ${reason}`);
    this.address = address;
    this.length = length;
    this.reason = reason;
  }
}

/** There is no such type, member, symbol, command, walker, file or variable. */
export class LookupError extends Error {
  override readonly name = 'LookupError';
}

/** The user's line or arguments are wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** States what only a programmer can break. */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${sentence}`);
}

/** Ends a switch over a union. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}
