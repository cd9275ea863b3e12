/** `readMemory`: bytes up to the first hole, exact at both ends of the address space, and never zeros for what is absent. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { UsageError } from '../../dump-format/errors.ts';
import type { Memory } from '../../dump-format/memory.ts';
import type { Client } from './client.ts';
import type { Fields } from './fields.ts';
import { hexAddress } from './row-text.ts';
import { safeText } from './safe-text.ts';

/** Bytes of one answer; a client that asks for more is told how much it got. */
export const readLimit = 16 * 1024 * 1024;

/** One past the last address. */
const addressEnd = 1n << 64n;

/**
 * `readMemory`.
 *
 * VS Code counts `unreadableBytes` back from the end of what it asked for, and fills an answer that is short of that
 * with zeros. So it is told that all the rest is unreadable; clients that go by the protocol get the size of the hole.
 * Source: VS Code, src/vs/workbench/contrib/debug/common/debugModel.ts, `MemoryRegion.read`; microsoft/vscode#155597.
 */
export function readMemoryBody(
  memory: Memory,
  client: Client,
  fields: Fields,
): DebugProtocol.ReadMemoryResponse['body'] {
  const start =
    parseReference(fields.string('memoryReference')) +
    BigInt(fields.optionalInteger('offset') ?? 0);
  const count = fields.count('count') ?? 0;
  const { data, hole } = readUpToHole(memory, start, count);
  const unreadable = client.isVsCode ? count - data.length : hole;
  return {
    address: hexAddress(start < 0n ? 0n : start),
    ...(data.length > 0 && { data: Buffer.from(data).toString('base64') }),
    ...(unreadable > 0 && { unreadableBytes: unreadable }),
  };
}

/**
 * An address as we hand it out (`0x` and hexadecimal digits), or in decimal.
 *
 * @throws UsageError for anything else
 */
export function parseReference(reference: string): bigint {
  const text = reference.trim();
  if (!/^(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})$/.test(text) || BigInt(text) >= addressEnd)
    throw new UsageError(
      `memory reference '${safeText(reference.slice(0, 80))}' is no address: expected 0x and at most 16 hexadecimal digits`,
    );
  return BigInt(text);
}

/** What can be read from `start`, and the bytes of the hole after it, as far as it lies in what was asked for. */
function readUpToHole(
  memory: Memory,
  start: bigint,
  count: number,
): { readonly data: Uint8Array; readonly hole: number } {
  const nothing = new Uint8Array(0);
  if (start >= addressEnd || count === 0) return { data: nothing, hole: 0 };
  if (start < 0n) return { data: nothing, hole: clamp(-start, count) };
  const length = clamp(addressEnd - start, count);
  const readable = Math.min(length, readLimit);
  const data = memory.readAvailable(start, readable);
  if (data.length === readable) return { data, hole: 0 };
  const holeStart = start + BigInt(data.length);
  const next = memory.rangeAtOrAbove(holeStart)?.start ?? addressEnd;
  return { data, hole: clamp(next - holeStart, length - data.length) };
}

function clamp(length: bigint, limit: number): number {
  return length < BigInt(limit) ? Number(length) : limit;
}
