/** DragonFly dumps with a damaged page: the kernel is recognised, every command answers as far as it can, the session goes on. */
import assert from 'node:assert/strict';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { answer, fills, inspect, openTree, pagesOf, withDamage } from '../support/damage.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

const lines = [
  '::status',
  '::cpuinfo',
  '::inval_stats',
  '::threadlist',
  '::ps',
  '::pmap -v',
  '::swap',
  '::tlb',
  '::ktr',
  '::msgbuf',
  '1b02000::page',
  '801600000::vtop -v -p 816',
  '801600000::pte -p 816',
  '$C',
  '$r',
  '::stacks',
  '::walk proc | ::refs',
  '::walk vm_object | ::refs',
  '::walk buf | ::print struct buf b_cmd',
  '::walk thread | ::whatis',
  '::check -v',
];

describe('DragonFly dumps with a damaged page', function () {
  this.timeout(120_000);
  let bytes: Uint8Array;
  let whole: Target;

  before(() => {
    bytes = coreBytes(simulateAt('dragonfly/df12-swapinprog', 'buggy'));
    whole = openTarget(openDump(bytesSource(bytes, 'whole')));
  });

  for (const [name, write] of Object.entries(fills))
    it(`of ${name} are of a known kernel and answer every command`, () => {
      for (const address of pagesOfBooks(whole)) {
        const damaged = withDamage(bytes, whole, address, write);
        const where = `page ${address.toString(16)}`;
        assert.equal(damaged.kernel?.name, 'dragonfly', where);
        const inspector = inspect(damaged);
        for (const line of lines) answer(inspector, line, where);
        assert.equal(answer(inspector, '1+1=D', where).join('').trim(), '2');
        openTree(damaged);
      }
    });

  it('show the CPUs that are whole, and say which is not', () => {
    const third = whole.global('CPU_prvspace').index(3n).unsigned();
    const damaged = inspect(
      withDamage(bytes, whole, third & ~0xfffn, (page) => {
        page.setBigUint64(Number(third & 0xfffn) + 8, 0x10n, true);
      }),
    );
    const [, ...rows] = answer(damaged, '::cpuinfo', 'gd_curthread');
    assert.equal(rows.length, 4, rows.join('\n'));
    assert.match(rows[0] ?? '', /^ {2}0 [0-9a-f]+ +816\/1 /);
    assert.match(rows[3] ?? '', /failed to read/);
    const threads = answer(damaged, '::threadlist', 'gd_curthread').join('\n');
    assert.match(threads, /unmapper/);
  });
});

/** A page of each structure that the kernel module and the checkers start from. */
function pagesOfBooks(target: Target): ReadonlySet<bigint> {
  const names = 'CPU_prvspace allproc lwkt_allq pmap_list invinfo swbuf vm_object_hash msgbufp';
  const roots = names.split(' ').map((name) => target.global(name).address ?? 0n);
  const process = target.global('allproc').member('lh_first');
  const buffer = target.global('swbuf').index(0n);
  const page = buffer.path('b_xio.xio_pages').index(0n);
  const thread = target.global('lwkt_allq').member('tqh_first');
  const reached = [
    target.global('CPU_prvspace').index(0n).unsigned(),
    process.unsigned(),
    process.dereference().member('p_vmspace').unsigned(),
    thread.unsigned(),
    thread.dereference().member('td_sp').unsigned(),
    page.unsigned(),
    page.dereference().member('object').unsigned(),
    target.hardware?.cpu(0).address ?? 0n,
    target.hardware?.cpu(0).member('tlb').unsigned() ?? 0n,
  ];
  return pagesOf([...roots, ...reached]);
}
