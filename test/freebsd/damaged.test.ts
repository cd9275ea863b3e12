/** FreeBSD dumps with a damaged page: the kernel is recognised, every command answers as far as it can, the session goes on. */
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
  '::thread',
  '::threadlist',
  '::ps',
  '::vmspace',
  '::ktr',
  '::panicstr',
  '::msgbuf',
  '$C',
  '::stacks',
  '::walk proc | ::print struct proc p_vmspace',
  '::walk vmspace | ::refs',
  '::walk vmspace | ::walk vm_map_entry',
  '::walk thread | ::whatis',
  '::walk uma_zone | ::whatis',
  '::check -v',
];

describe('FreeBSD dumps with a damaged page', function () {
  this.timeout(120_000);
  let bytes: Uint8Array;
  let whole: Target;

  before(() => {
    bytes = coreBytes(simulateAt('freebsd/fb01-curpmap-uaf', 'traced'));
    whole = openTarget(openDump(bytesSource(bytes, 'whole')));
  });

  for (const [name, write] of Object.entries(fills))
    it(`of ${name} are of a known kernel and answer every command`, () => {
      for (const address of pagesOfBooks(whole)) {
        const damaged = withDamage(bytes, whole, address, write);
        const where = `page ${address.toString(16)}`;
        assert.equal(damaged.kernel?.name, 'freebsd', where);
        const inspector = inspect(damaged);
        for (const line of lines) answer(inspector, line, where);
        assert.equal(answer(inspector, '1+1=D', where).join('').trim(), '2');
        openTree(damaged);
      }
    });
});

/** A page of each structure that the kernel module and the checkers start from. */
function pagesOfBooks(target: Target): ReadonlySet<bigint> {
  const names = '__pcpu allproc vmspace0 uma_zones vm_page_array ktr_buf panicstr panic_thread';
  const roots = names.split(' ').map((name) => target.global(name).address ?? 0n);
  const process = target.global('allproc').member('lh_first');
  const thread = process.dereference().path('p_threads.tqh_first');
  const reached = [
    process.unsigned(),
    process.dereference().member('p_vmspace').unsigned(),
    thread.unsigned(),
    thread.dereference().member('td_pcb').unsigned(),
    target.global('uma_zones').member('lh_first').unsigned(),
    target.global('panicstr').unsigned(),
    target.hardware?.cpu(0).address ?? 0n,
  ];
  return pagesOf([...roots, ...reached]);
}
