/** KVM dumps with a damaged page: the kernel is recognised, every command answers as far as it can, the session goes on; two of them can still be compared. */
import assert from 'node:assert/strict';
import { compareDumps } from '../../debug-adapter/compare/compare.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { answer, fills, inspect, openTree, pagesOf, withDamage } from '../support/damage.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

const lines = [
  '::status',
  '::vcpus',
  '0::vcpu',
  '1::vcpu',
  '::qemucpu',
  '::trace',
  '::threadlist',
  '::msgbuf',
  '$C',
  '::stacks',
  '::walk kvm | ::walk vcpu | ::whatis',
  '::walk qemucpu | ::print struct qemu_cpu kvm_run thread',
  '::walk task | ::print struct task_struct comm',
  '::walk vcpu | ::refs',
  '::check -v',
];

/** Objects that differ, after which there have been enough. */
const differenceLimit = 10_000;

for (const path of ['kvm/kv01-hcall-gpr3', 'kvm/kv05-x86-mmio'])
  describe(`${path} with a damaged page`, function () {
    this.timeout(120_000);
    let bytes: Uint8Array;
    let whole: Target;

    before(() => {
      bytes = coreBytes(simulateAt(path, 'buggy'));
      whole = openTarget(openDump(bytesSource(bytes, 'whole')));
    });

    for (const [name, write] of Object.entries(fills))
      it(`of ${name} is of a known kernel and answers every command`, () => {
        for (const address of pagesOfBooks(whole)) {
          const damaged = withDamage(bytes, whole, address, write);
          const where = `page ${address.toString(16)}`;
          assert.equal(damaged.kernel?.name, 'kvm', where);
          const inspector = inspect(damaged);
          for (const line of lines) answer(inspector, line, where);
          assert.equal(answer(inspector, '1+1=D', where).join('').trim(), '2');
          openTree(damaged);
          checkComparison(whole, damaged, where);
        }
      });
  });

/** A comparison with a dump like this ends, and finds what was damaged. */
function checkComparison(whole: Target, damaged: Target, where: string): void {
  const side = (target: Target) => ({ target, walkers: [...inspect(target).session.walkers()] });
  let count = 0;
  for (const { name } of compareDumps(side(whole), side(damaged)))
    assert.ok(++count < differenceLimit, `${where}: ${name}`);
  assert.ok(count > 0, where);
}

/** A page of each structure that the kernel module and the checkers start from. */
function pagesOfBooks(target: Target): ReadonlySet<bigint> {
  const roots = ['vm_list', 'tasks', 'percpu', 'first_cpu', 'dump_reason', 'runstate'].map(
    (name) => target.global(name).address ?? 0n,
  );
  const machine = target.global('vm_list').member('lh_first');
  const vcpu = machine.dereference().member('vcpus').index(0n);
  const cpu = target.global('first_cpu');
  const reached = [
    machine.unsigned(),
    vcpu.unsigned(),
    vcpu.dereference().member('run').unsigned(),
    cpu.unsigned(),
    cpu.dereference().member('thread').unsigned(),
    target.global('tasks').member('lh_first').unsigned(),
    target.hardware?.cpu(0).address ?? 0n,
  ];
  return pagesOf([...roots, ...reached]);
}
