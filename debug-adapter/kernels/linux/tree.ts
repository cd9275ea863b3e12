/** What the machine tree shows of Linux: the task of a CPU, processes with their threads. */
import {
  commandName,
  processes,
  processThreads,
  readOr,
  stateWord,
} from '../../facts/linux/tasks.ts';
import { currentTask } from '../../facts/linux/per-cpu.ts';
import type { Target } from '../../target/target.ts';
import type { TreeNode, TreePlace } from '../kernel.ts';

export function* treeChildren(target: Target, place: TreePlace): Generator<TreeNode> {
  if (place.kind === 'machine') {
    yield { label: 'processes', line: '::ps', icon: 'list', children: () => processNodes(target) };
  } else if (place.kind === 'cpu') {
    const task = readOr(0n, () => currentTask(target, place.cpu.index));
    if (task !== 0n) yield taskNode(target, task);
  }
}

function* processNodes(target: Target): Generator<TreeNode> {
  for (const leader of processes(target))
    yield {
      ...taskNode(target, leader),
      icon: 'process',
      *children() {
        for (const thread of processThreads(target, leader)) yield taskNode(target, thread);
      },
    };
}

function taskNode(target: Target, address: bigint): TreeNode {
  const value = target.value('struct task_struct', address);
  return {
    label: commandName(value),
    description: `pid ${value.member('pid').signed()}, ${stateWord(value)}`,
    line: `${address.toString(16)}::print struct task_struct`,
    address,
    type: 'struct task_struct',
    icon: 'thread',
  };
}
