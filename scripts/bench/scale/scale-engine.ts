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

/** A line of the mdb language; cancelled after some seconds if that is given. Or a list to be followed: its first element and the offset of the link. */
export type Work =
  | { readonly line: string; readonly cancelAfter?: number }
  | { readonly first: string; readonly linkOffset: string };

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
    if (!('line' in work)) return follow(dump, work.first, work.linkOffset);
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

function follow(dump: Dump, first: string, linkOffset: string): Step {
  const start = performance.now();
  const walk = followChain(dump.virtual, {
    first: BigInt(first),
    linkOffset: BigInt(linkOffset),
  });
  let rows = 0;
  for (let next = walk.next(); ; next = walk.next()) {
    if (next.done === true)
      return { seconds: since(start), rows, last: next.value.reason, peak: peakMemory() ?? 0 };
    rows++;
  }
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
