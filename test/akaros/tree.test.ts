/** The machine tree of Akaros: what binds a core to a process, what only points, and the line that shows each node. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import type { TreeNode } from '../../debug-adapter/kernels/kernel.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

describe('the machine tree of Akaros', () => {
  it('has an edge for the owner and one for the address space; a lingering guest core is weak', () => {
    const target = simulatedTarget('akaros/vmcs-preempted', 'lingering');
    assert.deepEqual(told(ofCore(target, 3)), [
      'reference: owner: 21 worker',
      'reference: address space: 21 worker',
      "warning: lingering guest core: weak, ffff8000022a1020, not the owner's",
      'register: current VMCS 7e5c000: launched on core 3',
      'list: kernel messages',
      'list: messages that ran',
    ]);
    assert.deepEqual(told(ofCore(target, 2)).slice(0, 2), [
      'reference: owner: none',
      'reference: address space: none',
    ]);
  });

  it('tells the two edges of one core apart', () => {
    const target = simulatedTarget('akaros/vmcs-ctrl-c', 'at-free');
    assert.deepEqual(told(ofCore(target, 3)).slice(0, 4), [
      'reference: owner: none',
      'reference: address space: 12 bash',
      'warning: lingering guest core: weak, ffff8000022a1020, FREED',
      'warning: current VMCS 7e5c000: launched on core 3, page FREE',
    ]);
  });

  it('tells strong references from weak ones, and shows VMCSs by state', () => {
    const target = simulatedTarget('akaros/vmcs-preempted', 'lingering');
    const [processes, vmcss] = ofMachine(target);
    assert.equal(processes?.label, 'processes');
    const all = [...(processes?.children?.() ?? [])];
    const vmm = all.find(({ label }) => label === 'vmrunkernel');
    assert.equal(vmm?.description, 'pid 17, RUNNABLE_M, 6 references');
    const references = told([...(vmm?.children?.() ?? [])]);
    const strong = references.filter((line) => /^reference: .*: strong, /.test(line));
    assert.equal(strong.length, 6, references.join('\n'));
    assert.deepEqual(
      references.filter((line) => !strong.includes(line)),
      [
        'weak-reference: pid_hash: weak, not counted',
        'weak-reference: gpc ffff8000022a1020 ->proc: weak, not counted',
        'object: guest core: not running, VMCS active on core 3',
      ],
    );
    assert.deepEqual(told([...(vmcss?.children?.() ?? [])]), [
      'register: VMCS 7e5c000: launched on core 3',
    ]);
  });

  for (const variant of ['buggy', 'fixed', 'at-free'])
    it(`gives each node of ${variant} a line that runs`, () => {
      const target = simulatedTarget('akaros/vmcs-ctrl-c', variant);
      const inspector = createInspector(target, { grammar: mdbGrammar });
      let count = 0;
      for (const { label, line } of opened(target)) {
        assert.ok(line !== undefined, label);
        const rows = [...inspector.execute(line)].map(rowText);
        assert.equal(inspector.lastStatus, 'ok', `${label}: ${line}: ${rows.join('\n')}`);
        count++;
      }
      assert.ok(count > 15);
    });
});

function ofMachine(target: Target): TreeNode[] {
  return [...(target.kernel?.treeChildren?.({ kind: 'machine' }) ?? [])];
}

function ofCore(target: Target, index: number): TreeNode[] {
  const cpu = target.cpus.find((each) => each.index === index) ?? assert.fail();
  return [...(target.kernel?.treeChildren?.({ kind: 'cpu', cpu }) ?? [])];
}

/** Every node that the kernel adds, and those below it. */
function* opened(target: Target): Generator<TreeNode> {
  const nodes = [
    ...ofMachine(target),
    ...target.cpus.flatMap(({ index }) => ofCore(target, index)),
  ];
  for (const node of nodes) yield* withChildren(node);
}

function* withChildren(node: TreeNode): Generator<TreeNode> {
  yield node;
  for (const child of node.children?.() ?? []) yield* withChildren(child);
}

function told(nodes: readonly TreeNode[]): string[] {
  return nodes.map(
    ({ icon, label, description }) =>
      `${icon}: ${label}${description === undefined ? '' : `: ${description}`}`,
  );
}
