/** A dump opened for work whose reads are counted: bounds of large dumps are told in bytes, not in seconds. */
import { join } from 'node:path';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import type { ByteSource } from '../../dump-format/byte-source.ts';
import type { Dump } from '../../dump-format/dump.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { cGrammar, mdbGrammar, projectRoot } from '../support/grammars.ts';

/** The image of the kernel that the sample dumps are of. */
export const illumosImage = join(projectRoot, 'sample-dumps/kernels/illumos/images/buggy.elf');

export interface CountedDump {
  readonly dump: Dump;
  readonly inspector: Inspector;
  /** Bytes read since the last call. */
  bytesRead(): number;
  /** Text of the rows of a line. */
  lines(line: string): string[];
  /** How many rows a line has, and the last one. */
  count(line: string): { readonly rows: number; readonly last: string };
  /** From now on every checkpoint but so many is answered with "cancel". */
  cancelAfter(checkpoints: number): void;
}

export function openCounted(path: string): CountedDump {
  let bytes = 0;
  let checkpoints = Infinity;
  const file = openFile(path);
  const source: ByteSource = {
    name: file.name,
    size: file.size,
    read(offset, length) {
      const found = file.read(offset, length);
      bytes += found.length;
      return found;
    },
    close: () => file.close(),
  };
  const dump = openDump(source);
  const inspector = createInspector(dump, {
    grammar: mdbGrammar,
    cGrammar,
    isCancelled: () => checkpoints-- <= 0,
  });
  function* texts(line: string): Generator<string> {
    for (const { spans } of inspector.execute(line)) yield spans.map(({ text }) => text).join('');
  }
  return {
    dump,
    inspector,
    bytesRead() {
      const read = bytes;
      bytes = 0;
      return read;
    },
    lines: (line) => [...texts(line)],
    count(line) {
      let rows = 0;
      let last = '';
      for (last of texts(line)) rows++;
      return { rows, last };
    },
    cancelAfter(count) {
      checkpoints = count;
    },
  };
}
