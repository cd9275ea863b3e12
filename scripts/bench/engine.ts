/**
 * What the engine itself takes, measured in a bundle as users run it: names that a development runner keeps would be paid for at every call.
 *
 * `node engine.mjs '{"lists": ..., "threads": ..., "memory": ...}'` prints the figures as JSON.
 */
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import { walkChain } from '../../debug-adapter/target/lists.ts';
import { cGrammar, mdbGrammar } from '../../test/support/grammars.ts';
import { listStart } from './list-core.ts';
import { seconds, type Figure } from './measure.ts';
import { needle, needleCount } from './memory-core.ts';
import { printedStructs } from './thread-core.ts';

/** The files, and how much is in them. */
export interface EngineFiles {
  readonly ordered: string;
  readonly shuffled: string;
  readonly nodeCount: number;
  readonly threads: string;
  readonly threadCount: number;
  readonly memory: string;
  readonly memoryBytes: number;
}

export type EngineFigures = Readonly<Record<string, Figure>>;

const list = `${listStart.toString(16)}::list "struct ctxop" next`;

function measure(files: EngineFiles): EngineFigures {
  return {
    ...listFigures('ordered', files.ordered, files.nodeCount),
    ...listFigures('shuffled', files.shuffled, files.nodeCount),
    ...threadFigures(files),
    ...memoryFigures(files),
  };
}

function listFigures(how: string, path: string, nodeCount: number): EngineFigures {
  const dump = openDump(openFile(path));
  const inspector = createInspector(dump, { grammar: mdbGrammar, cGrammar });
  const chain = seconds(5, () => {
    let count = 0;
    const links = { first: listStart, linkOffset: 0x38n };
    for (const _ of walkChain(dump.virtual, links, 'ctxop')) count++;
    if (count !== nodeCount) throw new Error(`walked ${count} nodes`);
  });
  const reading = seconds(5, () => {
    let [count, sum] = [0, 0n];
    const links = { first: listStart, linkOffset: 0x38n };
    for (const node of walkChain(dump.virtual, links, 'ctxop')) {
      sum += dump.virtual.readU64(node + 0x40n);
      count++;
    }
    const all = (BigInt(nodeCount) * BigInt(nodeCount - 1)) / 2n;
    if (count !== nodeCount || sum !== all) throw new Error(`read ${sum} from ${count} nodes`);
  });
  const rows = seconds(3, () => expectRows(inspector, list, nodeCount));
  const members = seconds(3, () => expectRows(inspector, `${list} | ::print save_ts`, nodeCount));
  dump.close();
  return {
    [`${how} chain`]: { value: nodeCount / chain, unit: 'nodes/s' },
    [`${how} read`]: { value: nodeCount / reading, unit: 'nodes/s' },
    [`${how} list`]: { value: nodeCount / rows, unit: 'nodes/s' },
    [`${how} member`]: { value: nodeCount / members, unit: 'rows/s' },
  };
}

function threadFigures({ threads, threadCount }: EngineFiles): EngineFigures {
  const dump = openDump(openFile(threads));
  const open = (): Inspector => createInspector(dump, { grammar: mdbGrammar, cGrammar });
  const inspector = open();
  const print = `::walk thread | ::head -${printedStructs} | ::print kthread_t`;
  const perStruct = rowCount(inspector, '<thread::print kthread_t');
  const printing = seconds(5, () => {
    // Threads of the sample are among the first; their arrays and texts have lines of their own.
    if (rowCount(inspector, print) < printedStructs) throw new Error('too few lines');
  });
  const grouping = seconds(3, () => {
    const counted = rowCount(inspector, '::stacks | ::map .');
    if (counted < threadCount) throw new Error(`::stacks knows ${counted} threads`);
  });
  // An index lives as long as its session: each run has a new one.
  const pointing = seconds(3, () => void rowCount(open(), '<thread::pointers'));
  const naming = seconds(3, () => {
    const told = rowCount(open(), '::walk thread | ::map .+10 | ::whattype');
    if (told < threadCount) throw new Error(`::whattype knows ${told} threads`);
  });
  dump.close();
  return {
    'print structs': { value: printing, unit: 's' },
    'print lines': { value: (printedStructs * perStruct) / printing, unit: 'rows/s' },
    stacks: { value: grouping, unit: 's' },
    pointers: { value: pointing, unit: 's' },
    whattype: { value: naming, unit: 's' },
  };
}

function memoryFigures({ memory, memoryBytes }: EngineFiles): EngineFigures {
  const dump = openDump(openFile(memory));
  const inspector = createInspector(dump, { grammar: mdbGrammar, cGrammar });
  const search = (options: string) => (): void =>
    expectRows(inspector, `${needle.toString(16)}::kgrep${options}`, needleCount);
  const exact = seconds(3, search(''));
  const masked = seconds(3, search(' -m ffffffffffffffff -a fffffe3000000000'));
  dump.close();
  return {
    kgrep: { value: memoryBytes / exact, unit: 'bytes/s' },
    'kgrep masked': { value: memoryBytes / masked, unit: 'bytes/s' },
  };
}

function expectRows(inspector: Inspector, line: string, wanted: number): void {
  const count = rowCount(inspector, line);
  if (count !== wanted) throw new Error(`${line}: ${count} rows instead of ${wanted}`);
}

function rowCount(inspector: Inspector, line: string): number {
  let count = 0;
  for (const row of inspector.execute(line)) {
    if (row.isError) throw new Error(`${line}: ${row.spans.map(({ text }) => text).join('')}`);
    count++;
  }
  return count;
}

/** @throws Error when the words are not what `EngineFiles` says; only bench.ts starts this */
function readFiles(text: string): EngineFiles {
  const files: EngineFiles = JSON.parse(text);
  return files;
}

const [words] = process.argv.slice(2);
if (words !== undefined) console.log(JSON.stringify(measure(readFiles(words))));
