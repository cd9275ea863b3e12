/**
 * Opens one dump and works on it in a process of its own, so that the memory is that of this work alone.
 *
 * `node engine.mjs FILE '[{"line": "::status"}]'` prints the steps as JSON: opening first, then one for each piece of work.
 */
import { openFile } from '../../../dump-format/file-source.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import type { Dump } from '../../../dump-format/dump.ts';
import { createInspector, type Inspector } from '../../../debug-adapter/inspector.ts';
import { followChain } from '../../../debug-adapter/target/lists.ts';
import { cGrammar, mdbGrammar } from '../../../test/support/grammars.ts';
import { peakMemory } from './peak.ts';

/**
 * A line of the mdb language; cancelled after some seconds if that is given. Or a list to be followed: its first element, which begins a segment, and
 * the offset of the link. `isBare`: by a loop over the segment in one buffer, without any of the engine: what the computer's memory allows.
 */
export type Work =
  | { readonly line: string; readonly cancelAfter?: number }
  | { readonly first: string; readonly linkOffset: string; readonly isBare?: boolean };

/** What a piece of work took. */
export interface Step {
  readonly seconds: number;
  /** Rows of its output, elements of a list. */
  readonly rows: number;
  /** Text of the last row, or how the list ended. */
  readonly last: string;
  /** Bytes of the largest resident set of the process up to its end. */
  readonly peak: number;
}

function run(path: string, works: readonly Work[]): Step[] {
  const start = performance.now();
  let cancelAt = Infinity;
  const dump = openDump(openFile(path));
  const inspector = createInspector(dump, {
    grammar: mdbGrammar,
    cGrammar,
    isCancelled: () => performance.now() > cancelAt,
  });
  const opened = { seconds: since(start), rows: 0, last: '', peak: peakMemory() ?? 0 };
  const steps = works.map((work) => {
    if (!('line' in work)) {
      const [first, linkOffset] = [BigInt(work.first), BigInt(work.linkOffset)];
      return work.isBare === true
        ? bare(path, dump, first, linkOffset)
        : follow(dump, first, linkOffset);
    }
    cancelAt = performance.now() + (work.cancelAfter ?? Infinity) * 1000;
    return execute(inspector, work.line);
  });
  return [opened, ...steps];
}

function execute(inspector: Inspector, line: string): Step {
  const start = performance.now();
  let rows = 0;
  let last = '';
  for (const { spans, isError } of inspector.execute(line)) {
    rows++;
    last = (isError ? 'error: ' : '') + spans.map(({ text }) => text).join('');
  }
  return { seconds: since(start), rows, last, peak: peakMemory() ?? 0 };
}

function follow(dump: Dump, first: bigint, linkOffset: bigint): Step {
  const start = performance.now();
  const walk = followChain(dump.virtual, { first, linkOffset });
  let rows = 0;
  for (let next = walk.next(); ; next = walk.next()) {
    if (next.done === true)
      return { seconds: since(start), rows, last: next.value.reason, peak: peakMemory() ?? 0 };
    rows++;
  }
}

function bare(path: string, dump: Dump, first: bigint, linkOffset: bigint): Step {
  const segment = dump.segments.find(({ virtualAddress }) => virtualAddress === first);
  if (!segment) throw new Error(`${path}: no segment begins at ${first.toString(16)}`);
  const source = openFile(path);
  const bytes = source.read(segment.fileOffset, Number(segment.size));
  source.close();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = performance.now();
  let rows = 0;
  for (let node = first; node !== 0n; rows++)
    node = view.getBigUint64(Number(node - first + linkOffset), true);
  return { seconds: since(start), rows, last: 'null', peak: peakMemory() ?? 0 };
}

function since(start: number): number {
  return (performance.now() - start) / 1000;
}

/** @throws Error when the words are not what `Work` says; only scale.ts starts this */
function readWorks(text: string): readonly Work[] {
  const works: readonly Work[] = JSON.parse(text);
  return works;
}

const [path, words] = process.argv.slice(2);
if (path !== undefined && words !== undefined)
  console.log(JSON.stringify(run(path, readWorks(words))));
