/** The machine tree of KVM: machines, vCPUs, what they wait for, registers that differ, and a line for each node. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import type { TreeNode } from '../../debug-adapter/kernels/kernel.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

const kv01 = 'kvm/kv01-hcall-gpr3';

describe('the machine tree of KVM', () => {
  it('marks the vCPU that an operation waits for', () => {
    const [first, second] = vcpuNodes(simulatedTarget(kv01, 'buggy-armed'));
    assert.equal(first?.icon, 'warning');
    assert.equal(first.description, 'stopped, KVM_EXIT_PAPR_HCALL, hypercall pending');
    assert.equal(second?.icon, 'cpu');
  });

  it('shows the registers in which KVM and QEMU differ', () => {
    const [first] = vcpuNodes(simulatedTarget(kv01, 'buggy'));
    const qemu = childrenOf(first).find(({ label }) => label === 'QEMU');
    assert.equal(qemu?.description, 'next instruction 100, in KVM 118');
    assert.equal(childrenOf(qemu)[0]?.description, '0 in KVM, 1ffe0000 in QEMU');
  });

  for (const [path, variant] of [
    [kv01, 'buggy'],
    ['kvm/kv03-pio-out', 'buggy2007-armed'],
  ] as const)
    it(`gives each node of ${path} ${variant} a line that runs`, () => {
      const target = simulatedTarget(path, variant);
      const inspector = createInspector(target, { grammar: mdbGrammar });
      let count = 0;
      for (const { label, line } of opened(machineNodes(target))) {
        if (line === undefined) continue;
        const rows = [...inspector.execute(line)].map(rowText);
        assert.equal(inspector.lastStatus, 'ok', `${label}: ${line}: ${rows.join('\n')}`);
        count++;
      }
      assert.ok(count > 4, `${count} nodes`);
    });
});

function machineNodes(target: Target): readonly TreeNode[] {
  return [...(target.kernel?.treeChildren?.({ kind: 'machine' }) ?? [])];
}

function vcpuNodes(target: Target): readonly TreeNode[] {
  const machines = machineNodes(target).find(({ label }) => label === 'virtual machines');
  return childrenOf(childrenOf(machines)[0]);
}

function childrenOf(node: TreeNode | undefined): readonly TreeNode[] {
  return [...(node?.children?.() ?? [])];
}

function* opened(nodes: readonly TreeNode[]): Generator<TreeNode> {
  for (const node of nodes) {
    yield node;
    yield* opened(childrenOf(node));
  }
}
