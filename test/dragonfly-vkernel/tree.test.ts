/** The machine tree of a vkernel: two levels of page tables, whose state the FPU has, and no warning on the fixed kernel. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import type { TreeNode } from '../../debug-adapter/kernels/kernel.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { allScenarios } from '../../scripts/make-dumps.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

describe('the machine tree of a vkernel', function () {
  this.timeout(60_000);

  it('marks a page whose modified bit the vkernel lacks', () => {
    const marked = [...nodes(simulatedTarget('dragonfly/dfv10-vpte-m', 'buggy'))].filter(isMarked);
    assert.deepEqual(
      marked.map(({ label, description, line }) => [label, description, line]),
      [
        [
          'pid 40 801600000',
          'HOST MODIFIED: host V RW U A M, VPTE V RW U A managed',
          '801600000::vpte',
        ],
      ],
    );
  });

  it('marks an FPU that holds a guest’s state while the vkernel executes', () => {
    const marked = [...nodes(simulatedTarget('dragonfly/dfv1-fp', 'buggy'))].filter(isMarked);
    assert.equal(marked.length, 1);
    assert.equal(marked[0]?.label, 'FPU');
    assert.match(marked[0]?.description ?? '', /^state of 40\/1 \w+, alive while panic executes$/);
  });

  it('marks a bit of pm_active that was left behind', () => {
    const target = simulatedTarget('dragonfly/dfv11-replacevm', 'buggy');
    const marked = [...nodes(target)].filter(isMarked);
    assert.deepEqual(
      marked.map(({ label, description }) => `${label}: ${description}`),
      ['pm_active of no process: set, but not loaded'],
    );
  });

  it('marks nothing on the fixed kernel', () => {
    for (const [path, { variants }] of allScenarios())
      for (const variant of variants.keys())
        if (path.startsWith('dragonfly/dfv') && /^fixed\b/.test(variant))
          for (const node of nodes(simulatedTarget(path, variant)))
            assert.ok(!isMarked(node), `${path} ${variant}: ${node.label}: ${node.description}`);
  });

  it('gives each node a line that runs', () => {
    const target = simulatedTarget('dragonfly/dfv10-vpte-m', 'buggy');
    const inspector = createInspector(target, { grammar: mdbGrammar });
    for (const { label, line } of nodes(target)) {
      const rows = [...inspector.execute(line ?? assert.fail(label))].map(rowText);
      assert.equal(inspector.lastStatus, 'ok', `${label}: ${line}: ${rows.join('\n')}`);
    }
  });
});

function isMarked({ icon }: TreeNode): boolean {
  return icon === 'warning';
}

/** Every node that the kernel adds, opened. */
function* nodes(target: Target): Generator<TreeNode> {
  const { kernel, cpus } = target;
  yield* opened(kernel?.treeChildren?.({ kind: 'machine' }) ?? []);
  for (const cpu of cpus) yield* opened(kernel?.treeChildren?.({ kind: 'cpu', cpu }) ?? []);
}

function* opened(list: Iterable<TreeNode>): Generator<TreeNode> {
  for (const node of list) {
    yield node;
    yield* opened(node.children?.() ?? []);
  }
}
