/** `npm run bench`: what Corewalk takes for common work, beside gdb on the same files where gdb is installed. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openDump } from '../dump-format/open-dump.ts';
import { openFile } from '../dump-format/file-source.ts';
import { extractKernel } from '../dump-format/kernel-image.ts';
import { createInspector } from '../debug-adapter/inspector.ts';
import { walkChain } from '../debug-adapter/target/lists.ts';
import { cGrammar, mdbGrammar } from '../test/support/grammars.ts';
import { listStart, writeListCore } from './bench/list-core.ts';
import {
  isInstalled,
  printTable,
  processSeconds,
  seconds,
  type Figure,
  type Row,
} from './bench/measure.ts';
import { machineRows } from './bench/machine.ts';

const root = resolve(import.meta.dirname, '..');
const sample = join(root, 'sample-dumps/dumps/illumos/ctxop-panic-run.buggy.vmcore');
const cli = join(root, 'dist/corewalk.cjs');
const image = join(root, 'sample-dumps/kernels/illumos/images/buggy.elf');
const nodeCount = 1_000_000;
/** gdb follows lists a thousand times slower; its rate doesn't depend on the length. */
const gdbNodeCount = 20_000;

if (!existsSync(cli) || !existsSync(sample)) {
  console.error('bench: run `npm run build` and `npm run dumps` first');
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'corewalk-bench-'));
try {
  const hasGdb = isInstalled('gdb');
  const rows: Row[] = [openRow(hasGdb)];
  for (const isShuffled of [false, true]) rows.push(...listRows(isShuffled, hasGdb));
  rows.push(...machineRows(image));
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}; medians, one run`);
  printTable(rows);
} finally {
  rmSync(folder, { recursive: true });
}

/** From the start of the process to the end of the first answer. */
function openRow(hasGdb: boolean): Row {
  const kernel = join(folder, 'unix');
  writeFileSync(kernel, extractKernel(openFile(sample)));
  const gdb = hasGdb
    ? {
        value: processSeconds(7, 'gdb', ['-nx', '-batch', '-ex', 'info threads', kernel, sample]),
        unit: 's' as const,
      }
    : undefined;
  return {
    what: 'start to first ::status of a sample dump',
    ours: {
      value: processSeconds(7, process.execPath, [cli, sample, '-e', '::status']),
      unit: 's',
    },
    peers: { gdb },
    target: '0.3 s',
  };
}

function listRows(isShuffled: boolean, hasGdb: boolean): Row[] {
  const path = join(folder, isShuffled ? 'shuffled.vmcore' : 'ordered.vmcore');
  writeListCore(path, image, nodeCount, isShuffled);
  const how = isShuffled ? 'shuffled' : 'in order';
  const gdb = hasGdb ? gdbListRate(path) : undefined;
  return [
    {
      what: `follow a list of ${nodeCount} nodes, ${how}`,
      ours: engineRate(path),
      peers: { gdb },
      target: '1 M nodes/s',
    },
    {
      what: `::list in the console, ${how}`,
      ours: consoleRate(path),
      peers: { gdb },
      target: '1 M nodes/s',
    },
  ];
}

function engineRate(path: string): Figure {
  const dump = openDump(openFile(path));
  const taken = seconds(5, () => {
    let count = 0;
    for (const _ of walkChain(dump.virtual, { first: listStart, linkOffset: 0x38n }, 'ctxop'))
      count++;
    if (count !== nodeCount) throw new Error(`walked ${count} nodes`);
  });
  dump.close();
  return { value: nodeCount / taken, unit: 'nodes/s' };
}

function consoleRate(path: string): Figure {
  const dump = openDump(openFile(path));
  const inspector = createInspector(dump, { grammar: mdbGrammar, cGrammar });
  const taken = seconds(3, () => {
    let count = 0;
    for (const _ of inspector.execute(`${listStart.toString(16)}::list "struct ctxop" next`))
      count++;
    if (count !== nodeCount) throw new Error(`::list gave ${count} rows`);
  });
  dump.close();
  return { value: nodeCount / taken, unit: 'nodes/s' };
}

function gdbListRate(path: string): Figure {
  const script = join(folder, 'list.gdb');
  const head = `set $p = (struct ctxop *)0x${listStart.toString(16)}\nset $n = 0\n`;
  writeFileSync(script, head);
  const empty = processSeconds(3, 'gdb', ['-nx', '-batch', '-x', script, image, path]);
  writeFileSync(
    script,
    `${head}while $p && $n < ${gdbNodeCount}\n set $p = $p->next\n set $n = $n + 1\nend\n`,
  );
  const whole = processSeconds(3, 'gdb', ['-nx', '-batch', '-x', script, image, path]);
  return { value: gdbNodeCount / (whole - empty), unit: 'nodes/s' };
}
