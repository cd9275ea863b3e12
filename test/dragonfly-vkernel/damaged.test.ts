/** Vkernel dumps with a damaged page: both levels of page tables and the FPU are shown as far as they can be, and the session goes on. */
import assert from 'node:assert/strict';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { answer, fills, inspect, openTree, withDamage } from '../support/damage.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

const lines = [
  '::status',
  '::cpuinfo',
  '::fpu',
  '::vpte',
  '::pmap -v',
  '801600000::vtop -v -p 40',
  '801600000::pte -p 40',
  '::tlb',
  '::threadlist',
  '::walk vmspace_entry | ::print struct vmspace_entry id cr3',
  '::walk pmap | ::print struct pmap pm_ptphint',
  '::check -v',
];

describe('vkernel dumps with a damaged page', function () {
  this.timeout(120_000);

  for (const [path, variant] of [
    ['dragonfly/dfv10-vpte-m', 'buggy'],
    ['dragonfly/dfv1-fp', 'fixed-kthread'],
  ] as const) {
    const bytes = coreBytes(simulateAt(path, variant));
    const whole = openTarget(openDump(bytesSource(bytes, variant)));

    for (const [name, write] of Object.entries(fills))
      it(`of ${name} answer every command (${path} ${variant})`, () => {
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
  }
});

/** A page of each structure that the vkernel's commands and checkers start from. */
function pagesOfBooks(target: Target): ReadonlySet<bigint> {
  const names = 'CPU_prvspace allproc lwkt_allq pmap_list vkernel_proc vm_page_array';
  const roots = names.split(' ').map((name) => target.global(name).address ?? 0n);
  const reached = target.cpus.map(({ index }) =>
    target
      .global('CPU_prvspace')
      .index(BigInt(index))
      .dereference()
      .path('mdglobaldata.mi.gd_curthread')
      .unsigned(),
  );
  const entry = target.global('vkernel_proc').path('root.rbh_root');
  if (entry.unsigned() !== 0n) {
    const pmap = target.value('struct pmap', entry.dereference().member('id').unsigned());
    reached.push(
      entry.unsigned(),
      pmap.address ?? 0n,
      pmap.member('pm_pteobj').unsigned(),
      pmap.member('pm_pml4').unsigned(),
      pmap.path('pm_pvroot.rbh_root').unsigned(),
    );
  }
  return new Set([...roots, ...reached].filter((at) => at !== 0n).map((at) => at & ~0xfffn));
}
