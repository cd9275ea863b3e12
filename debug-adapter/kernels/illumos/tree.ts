/** What the machine tree shows of illumos: the FPU of a CPU, the context operators of a thread, processes. */
import { fpuFlags, cpuFpus } from '../../facts/illumos/fpu.ts';
import { hex } from '../../facts/illumos/chains.ts';
import { judgeStamps, readCtxOps, type CtxOp, type CtxOpChain } from '../../facts/illumos/ctxop.ts';
import {
  commandName,
  describeThread,
  processes,
  processThreads,
} from '../../facts/illumos/kernel.ts';
import type { Cpu, KernelThread, Target } from '../../target/target.ts';
import type { TreeNode, TreePlace } from '../kernel.ts';

export function* treeChildren(target: Target, place: TreePlace): Generator<TreeNode> {
  switch (place.kind) {
    case 'machine':
      yield {
        label: 'processes',
        line: '::ps',
        icon: 'list',
        children: () => processNodes(target),
      };
      return;
    case 'cpu':
      yield* fpuNode(target, place.cpu);
      return;
    case 'thread':
      if (place.thread.type === 'kthread_t') yield* chainNode(target, place.thread);
  }
}

function* processNodes(target: Target): Generator<TreeNode> {
  for (const address of processes(target)) {
    const pid = target.value('proc_t', address).path('p_pidp->pid_id').signed();
    yield {
      label: commandName(target, address) ?? '?',
      description: `pid ${pid}`,
      line: `${hex(address)}::print proc_t`,
      address,
      type: 'proc_t',
      icon: 'process',
      children: () => threadNodes(target, address),
    };
  }
}

function* threadNodes(target: Target, process: bigint): Generator<TreeNode> {
  for (const address of processThreads(target, process)) {
    const thread = describeThread(target, address);
    yield {
      label: hex(address),
      description: `${thread.state}${thread.cpu === undefined ? '' : ` on CPU ${thread.cpu}`}`,
      line: `${hex(address)}::threadlist -v`,
      address,
      type: 'kthread_t',
      icon: 'thread',
      children: () => chainNode(target, thread),
    };
  }
}

function* fpuNode(target: Target, cpu: Cpu): Generator<TreeNode> {
  for (const { cpu: each, fpu } of cpuFpus(target)) {
    if (each.index !== cpu.index) continue;
    const claims = [fpu.host, fpu.guest?.context].filter((context) => context?.claimsRegisters);
    const who = claims.map((context) => context?.kind).join(' and ') || 'nobody';
    yield {
      label: 'FPU',
      description: `claimed by ${who}`,
      line: `${hex(fpu.thread.address)}::fpu`,
      address: fpu.host.address,
      type: 'fpu_ctx_t',
      icon: claims.length > 1 ? 'warning' : 'register',
      children: () =>
        [fpu.host, fpu.guest?.context].flatMap((context) =>
          context
            ? [
                {
                  label: `${context.kind} fpu_ctx_t`,
                  description:
                    (context.flags & fpuFlags.valid) === 0n ? 'in the registers' : 'in memory',
                  line: `${hex(context.address)}::print fpu_ctx_t`,
                  address: context.address,
                  type: 'fpu_ctx_t',
                  icon: 'object' as const,
                },
              ]
            : [],
        ),
    };
  }
}

function* chainNode(target: Target, thread: KernelThread): Generator<TreeNode> {
  const chain = readCtxOps(target, thread.address);
  if (chain.ops.length === 0) return;
  yield {
    label: 'context ops',
    description: describeOrder(chain),
    line: `${hex(thread.address)}::ctxop`,
    address: chain.ops[0]?.address ?? 0n,
    type: 'struct ctxop',
    icon: chain.problem ? 'warning' : 'list',
    children: () => chain.ops.map((op) => operatorNode(target, op)),
  };
}

function describeOrder(chain: CtxOpChain): string {
  if (chain.problem) return `${chain.problem.kind} at ${hex(chain.problem.at)}`;
  const { restore } = judgeStamps(chain.ops);
  switch (restore.kind) {
    case 'oldest-first':
      return `${chain.ops.length}, restored in stack order`;
    case 'newest-first':
      return `${chain.ops.length}, restored newest first`;
    case 'mixed':
    case 'not-enough-data':
      return `${chain.ops.length}`;
  }
}

function operatorNode(target: Target, op: CtxOp): TreeNode {
  const stamp = (value: bigint): string => (value === 0n ? 'never' : hex(value));
  return {
    label: target.symbolize(op.save) ?? hex(op.save),
    description: `saved ${stamp(op.saveStamp)}, restored ${stamp(op.restoreStamp)}`,
    line: `${hex(op.address)}::print "struct ctxop"`,
    address: op.address,
    type: 'struct ctxop',
    icon: 'object',
  };
}
