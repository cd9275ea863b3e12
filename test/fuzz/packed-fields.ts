/** Where the numbers of compressed files are: headers and ends of gzip members, zstd frames and blocks, xz streams. */
import { ZstdFrames } from '../../dump-format/zstd-frames.ts';
import type { Field } from './fuzz-target.ts';

/** Bytes of the longest header that any of them has, and of the longest end. */
const headerBytes = 24;
const endBytes = 32;

/** Blocks of gzip or of zstd that are looked at. */
const blockLimit = 64;

export function packedFields(bytes: Uint8Array): Field[] {
  const isGzip = bytes[0] === 0x1f;
  const starts = [0, ...(isGzip ? gzipMembers(bytes) : zstdPieces(bytes))];
  const places = starts.flatMap((start) =>
    Array.from({ length: headerBytes }, (_, index) => start + index),
  );
  const end = Array.from({ length: endBytes }, (_, index) => bytes.length - 1 - index);
  const fields = [...places, ...end].map((offset): Field => ({ offset, size: 1 }));
  const sizes = starts.flatMap((start): Field[] => [
    { offset: start + 16, size: 2 },
    { offset: start - 4, size: 4 },
    { offset: start - 8, size: 4 },
  ]);
  return [...fields, ...sizes].filter(
    ({ offset, size }) => offset >= 0 && offset + size <= bytes.length,
  );
}

/** Where members begin that say their size, after the first. */
function gzipMembers(bytes: Uint8Array): number[] {
  const starts: number[] = [];
  for (let at = 0; at + 18 <= bytes.length && starts.length < blockLimit;) {
    at += 1 + ((bytes[at + 16] ?? 0) | ((bytes[at + 17] ?? 0) << 8));
    starts.push(at);
  }
  return starts;
}

/** Where frames and groups of blocks begin, after the first. */
function zstdPieces(bytes: Uint8Array): number[] {
  const starts: number[] = [];
  let at = 0;
  for (const piece of new ZstdFrames().cut(bytes, Infinity)) {
    starts.push((at += piece.bytes.length));
    if (starts.length >= blockLimit) break;
  }
  return starts;
}
