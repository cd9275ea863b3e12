/** The machine tree of FreeBSD: what a CPU uses, who counts, who does not, and the line that shows each node. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import type { TreeNode } from '../../debug-adapter/kernels/kernel.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

const fb01 = 'freebsd/fb01-curpmap-uaf';

describe('the machine tree of FreeBSD', () => {
  it('marks the address space that a CPU uses although it is free', () => {
    const target = simulatedTarget(fb01, 'armed');
    const [used] = ofCpu(target, 1);
    assert.equal(used?.icon, 'warning');
    assert.match(used?.description ?? '', /^[0-9a-f]{16}, FREED$/);
    assert.equal(ofCpu(target, 2)[0]?.description, 'vmspace0');
  });

  it('sets those who count beside those who do not', () => {
    const spaces = below(simulatedTarget('freebsd/fb02-one-to-zero', 'fixed'), 'address spaces');
    const own = spaces.find(({ description }) => description === 'refcount 0') ?? assert.fail();
    const [explicit, implicit] = [...(own.children?.() ?? [])];
    assert.equal(explicit?.description, '1 of 0');
    assert.equal(implicit?.description, '1, not counted; pm_active {0}');
    assert.deepEqual(
      [...(implicit?.children?.() ?? [])].map(({ label }) => label),
      ['CPU 0'],
    );
  });

  for (const variant of ['buggy', 'fixed', 'recycled'])
    it(`gives each node of ${variant} that has a line one that runs`, () => {
      const target = simulatedTarget(fb01, variant);
      const inspector = createInspector(target, { grammar: mdbGrammar });
      let count = 0;
      for (const { label, line, icon } of opened(target)) {
        if (variant === 'fixed') assert.notEqual(icon, 'warning', label);
        if (line === undefined) continue;
        const rows = [...inspector.execute(line)].map(rowText);
        assert.equal(inspector.lastStatus, 'ok', `${label}: ${line}: ${rows.join('\n')}`);
        count++;
      }
      assert.ok(count > 8, `${count} nodes`);
    });
});

function ofMachine(target: Target): TreeNode[] {
  return [...(target.kernel?.treeChildren?.({ kind: 'machine' }) ?? [])];
}

function ofCpu(target: Target, index: number): TreeNode[] {
  const cpu = target.cpus.find((each) => each.index === index) ?? assert.fail();
  return [...(target.kernel?.treeChildren?.({ kind: 'cpu', cpu }) ?? [])];
}

/** Children of one of the machine's nodes. */
function below(target: Target, label: string): TreeNode[] {
  const node = ofMachine(target).find((each) => each.label === label);
  return [...(node?.children?.() ?? [])];
}

/** Every node that the kernel adds, opened. */
function* opened(target: Target): Generator<TreeNode> {
  const nodes = [...ofMachine(target), ...target.cpus.flatMap(({ index }) => ofCpu(target, index))];
  for (const node of nodes) {
    yield node;
    for (const child of node.children?.() ?? []) {
      yield child;
      for (const inner of child.children?.() ?? []) {
        yield inner;
        yield* inner.children?.() ?? [];
      }
    }
  }
}
