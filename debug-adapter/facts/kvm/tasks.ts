/** Tasks of the host: one per CPU. */
import { walkChain } from '../../target/lists.ts';
import type { KernelThread, Target } from '../../target/target.ts';

/** Addresses of `struct task_struct`, in the order of their making. */
export function* taskAddresses(target: Target): Generator<bigint> {
  const linkOffset = BigInt(linkOffsetOf(target));
  const first = target.global('tasks').member('lh_first').unsigned();
  yield* walkChain(target.memory, { first, linkOffset }, 'tasks');
}

function linkOffsetOf(target: Target): number {
  const type = target.type('struct task_struct');
  return type.kind === 'struct' ? target.member(type, 'tasks').offset : 0;
}

/** A task never leaves its CPU. */
export function taskThread(target: Target, address: bigint): KernelThread {
  const task = target.value('struct task_struct', address);
  const cpu = Number(task.member('cpu').unsigned());
  const isWaiting = task.member('state').signed() !== 0n;
  return {
    address,
    type: 'struct task_struct',
    name: task.member('comm').text(16) ?? '',
    state: isWaiting ? 'SLEEPING' : 'RUNNING',
    cpu,
    id: task.member('pid').signed().toString(),
    process: undefined,
    start: { kind: 'cpu', cpu },
    ...(isWaiting && task.member('futex').unsigned() !== 0n ? { waitsFor: 'futex' } : {}),
  };
}
