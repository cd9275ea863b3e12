/** 64-bit numbers in the JSON of our messages. */

/** An unsigned 64-bit number as `0x` and lowercase hexadecimal digits: JSON numbers can't hold it. */
export type HexAddress = `0x${string}`;
