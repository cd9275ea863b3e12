/** The machine as a tree: CPUs with what they run, kernel threads, and what the kernel module adds below each of them. */
import { FaultError, LookupError, unreachable } from '../../dump-format/errors.ts';
import type { TreeNode, TreePlace } from '../kernels/kernel.ts';
import { valueText } from '../print/value-text.ts';
import type { Cpu, KernelThread, StackStart, Target } from '../target/target.ts';
import { formatFrame } from '../target/symbolize.ts';
import { typeName } from '../target/type-names.ts';
import type { Value } from '../target/value.ts';
import { partsOf, type Parts } from './parts.ts';

/** Frames below a stack node. */
const stackLimit = 256;

/** A node that was handed out, with its number. */
export interface NumberedNode {
  readonly id: number;
  readonly node: TreeNode;
}

/** Hands out nodes by number; each level is made when its parent is opened, and not remembered but for the numbers. */
export class MachineTree {
  private readonly target: Target;
  private readonly nodes: TreeNode[] = [];

  constructor(target: Target) {
    this.target = target;
  }

  /**
   * The children of a node, or the roots; a fault ends them with a node that says so.
   *
   * @throws LookupError for a number that was never handed out
   */
  *children(parent: number | undefined): Generator<NumberedNode> {
    const node = parent === undefined ? undefined : this.nodes[parent - 1];
    if (parent !== undefined && !node) throw new LookupError(`there is no tree node ${parent}`);
    const children = node ? (node.children?.() ?? []) : rootNodes(this.target);
    try {
      for (const child of children) yield this.number(child);
    } catch (error) {
      if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
      yield this.number({ label: error.message, icon: 'warning' });
    }
  }

  private number(node: TreeNode): NumberedNode {
    this.nodes.push(node);
    return { id: this.nodes.length, node };
  }
}

function* rootNodes(target: Target): Generator<TreeNode> {
  for (const cpu of target.cpus) yield cpuNode(target, cpu);
  if (target.kernel) {
    yield {
      label: 'Threads',
      line: '::threadlist',
      icon: 'list',
      *children() {
        for (const thread of target.threads()) yield threadNode(target, thread);
      },
    };
  }
  yield* added(target, { kind: 'machine' });
}

function cpuNode(target: Target, cpu: Cpu): TreeNode {
  const { kernel } = target;
  const pc = cpu.registers.get('rip');
  const isPanicked = kernel?.panicCpu === cpu.index;
  const where = pc === undefined ? '' : target.formatAddress(pc);
  return {
    label: `CPU ${cpu.index}`,
    description: isPanicked ? `${where} (panicked)` : where,
    line: `::cpuregs -c ${cpu.index.toString(16)}`,
    icon: 'cpu',
    *children() {
      const current = kernel?.currentThread(cpu);
      if (current !== undefined) yield currentThreadNode(target, current);
      yield registersNode(cpu, target);
      yield stackNode(
        target,
        { kind: 'cpu', cpu: cpu.index },
        `::cpustack -c ${cpu.index.toString(16)}`,
      );
      const state = target.hardware;
      if (state && cpu.index < state.count)
        yield valueNode(target, 'hardware', state.cpu(cpu.index));
      yield* added(target, { kind: 'cpu', cpu });
    },
  };
}

function currentThreadNode(target: Target, address: bigint): TreeNode {
  for (const thread of target.threads())
    if (thread.address === address) return threadNode(target, thread);
  return { label: `thread ${address.toString(16)}`, address, icon: 'thread' };
}

function threadNode(target: Target, thread: KernelThread): TreeNode {
  const { address, type, name, state, id, start } = thread;
  const hex = address.toString(16);
  return {
    label: name,
    description: [id, state, hex].filter((text) => text !== '').join(' '),
    line: `${hex}::print ${type}`,
    address,
    type,
    icon: 'thread',
    *children() {
      if (start) yield stackNode(target, start, `${hex}::findstack -v`);
      if (target.findType(type)) yield valueNode(target, type, target.value(type, address));
      yield* added(target, { kind: 'thread', thread });
    },
  };
}

function registersNode(cpu: Cpu, target: Target): TreeNode {
  return {
    label: 'Registers',
    line: `::cpuregs -c ${cpu.index.toString(16)}`,
    icon: 'list',
    *children() {
      for (const [name, value] of cpu.registers) {
        const symbol = value === 0n ? undefined : target.symbolize(value);
        const text = `0x${value.toString(16)}`;
        yield {
          label: name,
          description: symbol === undefined ? text : `${text} ${symbol}`,
          address: value,
          icon: 'register',
        };
      }
    },
  };
}

function stackNode(target: Target, start: StackStart, line: string): TreeNode {
  return {
    label: 'Stack',
    line,
    icon: 'list',
    *children() {
      let count = 0;
      for (const frame of target.stack(start)) {
        if (++count > stackLimit) return;
        const { pc, method } = frame;
        yield {
          label: formatFrame(target.symbols, frame),
          ...(method === 'scan' && { description: 'guessed' }),
          line: `${pc.toString(16)}::dis`,
          address: pc,
          icon: 'object',
        };
      }
    },
  };
}

/** The object that a line names, and the way from there to a value: `fffffe5af5cc8040::print kthread_t t_ctx`. */
interface Place {
  readonly address: bigint;
  readonly type: string;
  /** Member path; empty for the object itself. */
  readonly path: string;
}

function placeOf(value: Value): Place | undefined {
  const type = typeName(value.type);
  if (value.address === undefined || !/^[A-Za-z_][\w ]*\w$/.test(type)) return undefined;
  return { address: value.address, type, path: '' };
}

/** A typed value; records, arrays and pointers open. */
function valueNode(
  target: Target,
  label: string,
  value: Value,
  place: Place | undefined = placeOf(value),
): TreeNode {
  const { address } = value;
  const parts = partsOf(value);
  return {
    label,
    description: valueText(target, value),
    icon: 'object',
    type: typeName(value.type),
    ...(address !== undefined && { address }),
    ...(place && { line: lineOf(place) }),
    ...(parts && { children: () => partNodes(target, parts, place) }),
  };
}

function lineOf({ address, type, path }: Place): string {
  const named = type.includes(' ') ? `"${type}"` : type;
  return `${address.toString(16)}::print ${named} ${path}`.trimEnd();
}

function* partNodes(target: Target, parts: Parts, place: Place | undefined): Generator<TreeNode> {
  switch (parts.kind) {
    case 'members': {
      const base = parts.isPointee ? placeOf(parts.record) : place;
      for (const [name, value] of parts.members)
        yield valueNode(target, name, value, base && { ...base, path: memberPath(base, name) });
      return;
    }
    case 'elements':
      for (let index = 0; index < parts.count; index++) {
        const at = place && { ...place, path: `${place.path}[0x${index.toString(16)}]` };
        // mdb has no name for an element of an object that is an array itself.
        const isNamed = place !== undefined && place.path !== '';
        yield valueNode(
          target,
          `[${index}]`,
          parts.array.index(BigInt(index)),
          isNamed ? at : undefined,
        );
      }
      return;
    case 'pointee':
      yield valueNode(target, '*', parts.pointee);
      return;
    default:
      unreachable(parts);
  }
}

function memberPath({ path }: Place, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function* added(target: Target, place: TreePlace): Iterable<TreeNode> {
  yield* target.kernel?.treeChildren?.(place) ?? [];
}
