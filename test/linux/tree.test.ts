/** The machine tree of Linux: tasks of CPUs, processes with their threads, and a line for each node. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import type { TreeNode } from '../../debug-adapter/kernels/kernel.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { hasTools } from '../dump-format/dwarf/toolchain.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { tinyLinux } from './tiny-linux.ts';

describe('the machine tree of Linux', function () {
  before(function () {
    if (!hasTools('gcc')) this.skip();
  });

  it('has processes with their threads, and what a CPU runs', () => {
    const target = openTarget(tinyLinux());
    const labels = [...opened(nodesOf(target))].map(
      ({ label, description }) => `${label}: ${description ?? ''}`,
    );
    assert.deepEqual(labels, [
      'processes: ',
      'swapper/0: pid 0, RU',
      'swapper/0: pid 0, RU',
      'sh\u001b[2J: pid 7, RU',
      'sh\u001b[2J: pid 7, RU',
      'worker: pid 8, IN',
      'swapper/1: pid 0, RU',
    ]);
  });

  it('gives each node a line that runs', () => {
    const target = openTarget(tinyLinux());
    const inspector = createInspector(target, { grammar: mdbGrammar });
    for (const { label, line } of opened(nodesOf(target))) {
      assert.ok(line, label);
      const rows = [...inspector.execute(line)].map(rowText);
      assert.equal(inspector.lastStatus, 'ok', `${label}: ${line}: ${rows.join('\n')}`);
    }
  });
});

/** Of the machine, and of its second CPU. */
function nodesOf(target: Target): readonly TreeNode[] {
  const [, cpu] = target.cpus;
  assert.ok(cpu && target.kernel?.treeChildren);
  return [
    ...target.kernel.treeChildren({ kind: 'machine' }),
    ...target.kernel.treeChildren({ kind: 'cpu', cpu }),
  ];
}

function* opened(nodes: Iterable<TreeNode>): Generator<TreeNode> {
  for (const node of nodes) {
    yield node;
    yield* opened(node.children?.() ?? []);
  }
}
