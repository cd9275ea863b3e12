/** Akaros dumps with a damaged page: the kernel is recognised, every command answers as far as it can, the session goes on. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { MachineTree } from '../../debug-adapter/views/tree.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { cGrammar, mdbGrammar } from '../support/grammars.ts';
import { fileOffset, patchedTarget } from '../support/patched-target.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

const pageSize = 4096;

/** Rows and tree nodes after which there have been enough. */
const limit = 5000;

const lines = [
  '::status',
  '::pcpui',
  '::threadlist',
  '::ps',
  '::gpc',
  '::vmcs',
  '::vmcs -c',
  '::kmsg',
  '3::trace',
  '$C',
  '$r',
  '::stacks',
  '::walk proc | ::procref',
  '::walk proc | ::refs',
  '::walk kthread | ::whatis',
  '::check -v',
];

/** What a page is filled with. */
const fills: Readonly<Record<string, (page: DataView, address: bigint) => void>> = {
  zeros: (page) => each(page, () => 0n),
  noise: (page) => each(page, (offset) => BigInt(Math.imul(offset + 1, 0x9e3779b1) >>> 0) << 13n),
  // Lists and trees through such a page go round and round.
  'pointers into itself': (page, address) =>
    each(page, (offset) => address + BigInt((offset * 7) & 0xff8)),
};

describe('Akaros dumps with a damaged page', function () {
  this.timeout(60_000);
  let bytes: Uint8Array;
  let target: Target;

  before(() => {
    bytes = coreBytes(simulateAt('akaros/vmcs-ctrl-c', 'buggy'));
    target = openTarget(openDump(bytesSource(bytes, 'whole')));
  });

  for (const [fill, write] of Object.entries(fills)) {
    it(`of ${fill} are of a known kernel and answer every command`, () => {
      for (const address of pagesOfBooks(target)) {
        const copy = bytes.slice();
        const offset = fileOffset(target, address);
        write(new DataView(copy.buffer, copy.byteOffset + offset, pageSize), address);
        const damaged = openTarget(openDump(bytesSource(copy, 'damaged')));
        const where = `page ${address.toString(16)}`;
        assert.equal(damaged.kernel?.name, 'akaros', where);
        const inspector = createInspector(damaged, { grammar: mdbGrammar, cGrammar });
        for (const line of lines) run(inspector, line, where);
        assert.equal(run(inspector, '1+1=D', where).join('').trim(), '2');
        openTree(damaged);
      }
    });
  }

  it('show the cores that are whole, and say which is not', () => {
    const damaged = createInspector(
      patchedTarget(bytes, (whole) => [
        [whole.global('per_cpu_info').index(3n).member('cur_proc'), 0x10n],
      ]),
      { grammar: mdbGrammar, cGrammar },
    );
    const [, ...rows] = run(damaged, '::pcpui', 'cur_proc');
    const cores = ['   0 user', '   1 idle', '   2 idle', '   3 failed to read'];
    assert.equal(rows.length, cores.length);
    for (const [core, start] of cores.entries()) assert.ok(rows[core]?.startsWith(start), start);
    const threads = run(damaged, '::threadlist', 'cur_proc').join('\n');
    for (const core of target.kernel?.threads() ?? [])
      assert.ok(threads.includes(core.address.toString(16)));
  });
});

/** A page of each structure that the kernel module and the checkers start from. */
function pagesOfBooks(target: Target): Set<bigint> {
  const roots = ['per_cpu_info', 'pid_hash', 'all_kmem_caches', 'kpages_used', 'num_cores'].map(
    (name) => target.global(name).address ?? 0n,
  );
  const core = target.global('per_cpu_info').index(3n);
  const process = core.member('cur_proc').unsigned();
  const kthread = core.member('cur_kthread');
  const cache = target.global('all_kmem_caches').member('tqh_first');
  const reached = [
    target.global('percpu_base').unsigned(),
    process,
    kthread.unsigned(),
    kthread.dereference().member('stacktop').unsigned() - 8n,
    core.path('traces.tr_buf').unsigned(),
    cache.unsigned(),
    cache.dereference().member('pcpu_caches').unsigned(),
    cache.dereference().path('pcpu_caches').index(0n).member('loaded').unsigned(),
    target.hardware?.cpu(0).address ?? 0n,
    target.hardware?.cpu(3).address ?? 0n,
  ];
  return new Set([...roots, ...reached].map((address) => address & ~BigInt(pageSize - 1)));
}

function each(page: DataView, word: (offset: number) => bigint): void {
  for (let offset = 0; offset < page.byteLength; offset += 8)
    page.setBigUint64(offset, BigInt.asUintN(64, word(offset)), true);
}

function run(inspector: Inspector, line: string, where: string): string[] {
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
function openTree(target: Target): void {
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
