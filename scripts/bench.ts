/** `npm run bench`: what Corewalk takes for common work, beside gdb and drgn on the same files where they are installed. `npm run bench -- scale`: dumps far larger than the samples. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openFile } from '../dump-format/file-source.ts';
import { extractKernel } from '../dump-format/kernel-image.ts';
import { bundleProgram } from './bench/bundle.ts';
import type { EngineFigures, EngineFiles } from './bench/engine.ts';
import { DrgnScripts } from './bench/drgn.ts';
import { GdbScripts } from './bench/gdb.ts';
import { listStart, writeListCore } from './bench/list-core.ts';
import { isInstalled, printTable, processSeconds, type Figure, type Row } from './bench/measure.ts';
import { machineRows } from './bench/machine.ts';
import { scaleBench } from './bench/scale.ts';
import { memoryStart, needle, writeMemoryCore } from './bench/memory-core.ts';
import { copiesStart, printedStructs, writeThreadCore } from './bench/thread-core.ts';

const root = resolve(import.meta.dirname, '..');
const sample = join(root, 'sample-dumps/dumps/illumos/ctxop-panic-run.buggy.vmcore');
const cli = join(root, 'dist/corewalk.cjs');
const adapter = join(root, 'dist/adapter.cjs');
const image = join(root, 'sample-dumps/kernels/illumos/images/buggy.elf');
/** Peers follow lists ten to a thousand times slower; their rates don't depend on the length. */
const gdbNodeCount = 20_000;
const drgnNodeCount = 200_000;

interface Peers {
  readonly gdb?: GdbScripts | undefined;
  readonly drgn?: DrgnScripts | undefined;
}

if (!existsSync(cli) || !existsSync(sample)) {
  console.error('bench: run `npm run build` and `npm run dumps` first');
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'corewalk-bench-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  });
try {
  const host = `${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}`;
  if (process.argv[2] === 'scale') {
    console.log(`${host}; starts are medians of some runs, the rest is one run`);
    await scaleBench({ sample, image, kernel: writeKernel(), adapter, folder });
  } else {
    const rows = await ordinaryRows();
    console.log(`${host}; medians, one run`);
    printTable(rows);
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function ordinaryRows(): Promise<Row[]> {
  const files = writeFiles();
  const peers: Peers = {
    gdb: isInstalled('gdb') ? new GdbScripts(folder, image) : undefined,
    drgn: isInstalled('drgn') ? new DrgnScripts(folder, image) : undefined,
  };
  const figures = await engineFigures(files);
  const rows = [openRow(peers), ...engineRows(files, figures, peers)];
  return [...rows, ...machineRows(image)];
}

/** The sample's kernel as a program, for debuggers that want one. */
function writeKernel(): string {
  const kernel = join(folder, 'unix');
  writeFileSync(kernel, extractKernel(openFile(sample)));
  return kernel;
}

function writeFiles(): EngineFiles {
  const files: EngineFiles = {
    ordered: join(folder, 'ordered.vmcore'),
    shuffled: join(folder, 'shuffled.vmcore'),
    nodeCount: 1_000_000,
    threads: join(folder, 'threads.vmcore'),
    threadCount: 10_000,
    memory: join(folder, 'memory.vmcore'),
    memoryBytes: 256 * 1024 * 1024,
  };
  writeListCore(files.ordered, image, files.nodeCount, false);
  writeListCore(files.shuffled, image, files.nodeCount, true);
  writeThreadCore(files.threads, sample, image, files.threadCount);
  writeMemoryCore(files.memory, image, files.memoryBytes);
  return files;
}

/** The engine as users run it, bundled: `bench/engine.ts` in a process of its own. */
async function engineFigures(files: EngineFiles): Promise<EngineFigures> {
  const program = await bundleProgram('engine.ts');
  const run = spawnSync(process.execPath, [program, JSON.stringify(files)], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the engine's benchmark: ${run.stderr}`);
  const figures: EngineFigures = JSON.parse(run.stdout);
  return figures;
}

/** From the start of the process to the end of the first answer. */
function openRow(peers: Peers): Row {
  const kernel = writeKernel();
  const gdb = peers.gdb
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
    peers: { gdb, drgn: peers.drgn?.start(sample) },
    target: '150 ms',
  };
}

function engineRows(files: EngineFiles, figures: EngineFigures, { gdb, drgn }: Peers): Row[] {
  const { nodeCount, threadCount } = files;
  const row = (what: string, figure: string, target: string, ...peers: PeerFigures): Row => {
    const ours = figures[figure];
    if (!ours) throw new Error(`no figure for ${figure}`);
    return { what, ours, peers: { gdb: peers[0], drgn: peers[1] }, target };
  };
  const rows: Row[] = [];
  for (const how of ['ordered', 'shuffled'] as const) {
    const name = how === 'ordered' ? 'in order' : how;
    const walk = peerRates(files[how], 'nodes/s', { gdb, drgn }, '', '');
    const read = peerRates(
      files[how],
      'nodes/s',
      { gdb, drgn },
      '',
      ' value = p.save_ts.value_()\n',
    );
    const member = peerRates(
      files[how],
      'rows/s',
      { gdb, drgn },
      ' p $p->save_ts\n',
      ' print(p.save_ts)\n',
    );
    const chainTarget = how === 'ordered' ? '10 M nodes/s' : '3 M nodes/s';
    rows.push(
      row(`follow a list of ${nodeCount} nodes, ${name}`, `${how} chain`, chainTarget, ...walk),
      row(`the same with a member read, ${name}`, `${how} read`, '3 M nodes/s', ...read),
      row(`::list in the console, ${name}`, `${how} list`, '1 M nodes/s', ...walk),
      row(`::list | ::print member, ${name}`, `${how} member`, '0.5 M rows/s', ...member),
    );
  }
  const structs = [
    gdb?.time(files.threads, gdbStructs()),
    drgn?.time(files.threads, drgnStructs()),
  ] as const;
  const size = `0x${files.memoryBytes.toString(16)}`;
  const find = `find /g 0x${memoryStart.toString(16)}, +${size}, 0x${needle.toString(16)}\n`;
  const search = gdb?.rate(files.memory, 'bytes/s', files.memoryBytes, find);
  return [
    ...rows,
    row(`::print kthread_t of ${printedStructs} threads`, 'print structs', '1 s', ...structs),
    row('the same, lines', 'print lines', '0.5 M rows/s'),
    row('::kgrep over 256 MiB', 'kgrep', '2 G bytes/s', search),
    row('::kgrep with a mask', 'kgrep masked', '-'),
    row(`::stacks of ${threadCount} threads`, 'stacks', '2 s'),
    row(`::pointers among ${threadCount} threads, index included`, 'pointers', '1 s'),
    row(`::whattype of ${threadCount} addresses, index included`, 'whattype', '1 s'),
  ];
}

/** gdb's figure, then drgn's. */
type PeerFigures = readonly (Figure | undefined)[];

/** Following a list with statements at each node; gdb has nothing cheaper than evaluating an expression. */
function peerRates(
  core: string,
  unit: Figure['unit'],
  { gdb, drgn }: Peers,
  gdbEach: string,
  drgnEach: string,
): PeerFigures {
  return [
    gdb?.rate(core, unit, gdbNodeCount, gdbWalk(gdbEach)),
    drgn?.rate(core, unit, drgnNodeCount, drgnWalk(drgnEach)),
  ];
}

function drgnWalk(each: string): string {
  const start = `p = Object(prog, 'struct ctxop *', value=0x${listStart.toString(16)})\nn = 0\n`;
  return `${start}while p and n < ${drgnNodeCount}:\n${each} p = p.next\n n += 1\n`;
}

function drgnStructs(): string {
  const start = `t = Object(prog, 'kthread_t *', value=0x${copiesStart.toString(16)})\nn = 0\n`;
  return `${start}while n < ${printedStructs}:\n print(t[0])\n t = t.t_next\n n += 1\n`;
}

/** Follows the list; `each` is done at every node. */
function gdbWalk(each: string): string {
  const start = `set $p = (struct ctxop *)0x${listStart.toString(16)}\nset $n = 0\n`;
  return `${start}while $p && $n < ${gdbNodeCount}\n${each} set $p = $p->next\n set $n = $n + 1\nend\n`;
}

/** Prints every member of struct after struct. */
function gdbStructs(): string {
  const start = `set $t = (kthread_t *)0x${copiesStart.toString(16)}\nset $n = 0\nset print pretty on\n`;
  return `${start}while $n < ${printedStructs}\n p *$t\n set $t = $t->t_next\n set $n = $n + 1\nend\n`;
}
