/** The machine tree of DragonFly: whose a CPU is, which translations it has, what refers to what, and the line that shows each node. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import type { TreeNode } from '../../debug-adapter/kernels/kernel.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

const df01 = 'dragonfly/df01-stale-tlb';

describe('the machine tree of DragonFly', () => {
  it('has an edge for the owner of a CPU and one for the address space that is loaded', () => {
    const nodes = told(ofCpu(simulatedTarget(df01, 'buggy'), 0));
    assert.match(nodes[0] ?? '', /^reference: owner: 812\/1 mtmunmap, vmspace fffff8[0-9a-f]+$/);
    assert.deepEqual(nodes.slice(1), [
      'reference: address space: pid 812, cr3 0000000001200000',
      'weak-reference: pm_active of pid 812: set',
      'list: TLB: 36 entries',
      'memory: store buffer: empty',
      'register: FPU: nobody’s state',
    ]);
    assert.deepEqual(told(ofCpu(simulatedTarget(df01, 'buggy'), 2)).slice(0, 2), [
      'reference: owner: none: a kernel thread',
      'reference: address space: kernel_pmap, cr3 0000000000001000',
    ]);
  });

  it('marks a stale translation and says what the checker says', () => {
    const target = simulatedTarget(df01, 'buggy');
    const tlb = ofCpu(target, 1).find(({ label }) => label === 'TLB') ?? assert.fail();
    assert.equal(tlb.icon, 'warning');
    assert.match(tlb.description ?? '', /, 1 STALE$/);
    const stale = [...(tlb.children?.() ?? [])].filter(({ icon }) => icon === 'warning');
    const findings = [...createInspector(target, { grammar: mdbGrammar }).check()];
    assert.deepEqual(
      stale.map(({ label, description }) => [label, description]),
      [['STALE 801400000 -> 1a35000', findings.find(({ check }) => check === 'tlb')?.verdict]],
    );
  });

  it('marks nothing on the fixed kernel', () => {
    for (const node of opened(simulatedTarget(df01, 'fixed')))
      assert.notEqual(node.icon, 'warning', node.label);
  });

  it('marks a bit of pm_active that the CPU has not, or has in vain', () => {
    const nodes = told(ofCpu(simulatedTarget(df01, 'in-the-window'), 1));
    assert.ok(nodes.includes('warning: pm_active of pid 812: clear, but loaded'), nodes.join('\n'));
  });

  it('shows who waits for whom while a command is in flight', () => {
    const target = simulatedTarget('dragonfly/df04-fences', 'weak-buggy');
    const slots = below(target, 'invalidations');
    assert.match(
      slots[0]?.description ?? '',
      /^store at 801a00000, not stopped: 0,2, not done: 0,2, watchdog in \d+ ms$/,
    );
    assert.equal(slots[3]?.description, 'none in flight');
  });

  it('tells strong references from weak ones', () => {
    const target = simulatedTarget('dragonfly/df15-knote-order', 'buggy');
    const [process] = below(target, 'processes');
    const [vmspace, lwp] = [...(process?.children?.() ?? [])];
    assert.equal(vmspace?.icon, 'reference');
    assert.match(vmspace?.description ?? '', /^strong, [0-9a-f]+, 1 reference\(s\)$/);
    assert.equal(lwp?.icon, 'weak-reference');
    assert.match(lwp?.description ?? '', /^weak, in vmspace [0-9a-f]+$/);
  });

  for (const [path, variant] of [
    [df01, 'buggy'],
    ['dragonfly/df11-meta-nolock', 'fixed-midway'],
    ['dragonfly/df12-swapinprog', 'buggy'],
  ] as const)
    it(`gives each node of ${path} ${variant} a line that runs`, () => {
      const target = simulatedTarget(path, variant);
      const inspector = createInspector(target, { grammar: mdbGrammar });
      let count = 0;
      for (const { label, line } of opened(target)) {
        assert.ok(line !== undefined, label);
        const rows = [...inspector.execute(line)].map(rowText);
        assert.equal(inspector.lastStatus, 'ok', `${label}: ${line}: ${rows.join('\n')}`);
        count++;
      }
      assert.ok(count > 40, `${count} nodes`);
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

function told(nodes: readonly TreeNode[]): string[] {
  return nodes.map(({ icon, label, description }) => `${icon}: ${label}: ${description ?? ''}`);
}

/** Every node that the kernel adds, opened. */
function* opened(target: Target): Generator<TreeNode> {
  const nodes = [...ofMachine(target), ...target.cpus.flatMap(({ index }) => ofCpu(target, index))];
  for (const node of nodes) {
    yield node;
    for (const child of node.children?.() ?? []) {
      yield child;
      yield* child.children?.() ?? [];
    }
  }
}
