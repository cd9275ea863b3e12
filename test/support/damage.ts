/** Dumps with a page that is not what it was, and the proof that a session goes on with them. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { MachineTree } from '../../debug-adapter/views/tree.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { cGrammar, mdbGrammar } from './grammars.ts';

const pageSize = 4096;

/** Rows and tree nodes after which there have been enough. */
const limit = 5000;

/** What a page is filled with. */
export const fills: Readonly<Record<string, (page: DataView, address: bigint) => void>> = {
  zeros: (page) => fill(page, () => 0n),
  noise: (page) => fill(page, (offset) => BigInt(Math.imul(offset + 1, 0x9e3779b1) >>> 0) << 13n),
  // Lists and trees through such a page go round and round.
  'pointers into itself': (page, address) =>
    fill(page, (offset) => address + BigInt((offset * 7) & 0xff8)),
};

function fill(page: DataView, word: (offset: number) => bigint): void {
  for (let offset = 0; offset < page.byteLength; offset += 8)
    page.setBigUint64(offset, BigInt.asUintN(64, word(offset)), true);
}

/** Addresses of the pages that hold some addresses, each once. */
export function pagesOf(addresses: Iterable<bigint>): ReadonlySet<bigint> {
  return new Set([...addresses].map((address) => address & ~BigInt(pageSize - 1)));
}

/** The dump with one page filled. @param whole the target of the same bytes, undamaged */
export function withDamage(
  bytes: Uint8Array,
  whole: Target,
  address: bigint,
  write: (page: DataView, address: bigint) => void,
): Target {
  const copy = bytes.slice();
  write(new DataView(copy.buffer, copy.byteOffset + fileOffset(whole, address), pageSize), address);
  return openTarget(openDump(bytesSource(copy, 'damaged')));
}

export function fileOffset({ dump }: Target, address: bigint): number {
  for (const { virtualAddress: start, size, fileOffset: offset } of dump.segments)
    if (start !== undefined && address >= start && address - start < size)
      return offset + Number(address - start);
  assert.fail(`${address.toString(16)} is not in the dump`);
}

export function inspect(target: Target): Inspector {
  return createInspector(target, { grammar: mdbGrammar, cGrammar });
}

/** The rows of a line, errors among them. Fails when the line throws, or never ends. */
export function answer(inspector: Inspector, line: string, where: string): readonly string[] {
  const texts: string[] = [];
  try {
    for (const row of inspector.execute(line)) {
      texts.push(rowText(row));
      assert.ok(texts.length < limit, `${where}: ${line}: more than ${limit} rows`);
    }
  } catch (error) {
    assert.fail(`${where}: ${line}: ${error instanceof Error ? error.stack : String(error)}`);
  }
  return texts;
}

/** Opens the machine tree, three levels deep. */
export function openTree(target: Target): void {
  const tree = new MachineTree(target);
  let count = 0;
  const open = (parent: number | undefined, depth: number): void => {
    for (const { id } of tree.children(parent)) {
      if (++count > limit) return;
      if (depth < 3) open(id, depth + 1);
    }
  };
  open(undefined, 1);
  assert.ok(count > 4);
}
