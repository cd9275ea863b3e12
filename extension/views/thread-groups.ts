/** Threads of a dump grouped and filtered: ten thousand of them are a few stacks. */
import type { ThreadItem } from '../../debug-adapter/dap/protocol.ts';

export type Grouping = 'stack' | 'state' | 'process' | 'none';

export interface ThreadGroup {
  /** The same for the same group of the same dump. */
  readonly key: string;
  readonly label: string;
  readonly threads: readonly ThreadItem[];
}

/** Functions of a stack that its label names. */
const labelFrames = 4;

/** Groups that begin with the same functions before those are left out of their labels: how a thread left its CPU tells nothing. */
const commonStart = 3;

/** Largest group first, then by label; `none` gives one group with everything. */
export function groupThreads(threads: readonly ThreadItem[], grouping: Grouping): ThreadGroup[] {
  const groups = new Map<string, ThreadItem[]>();
  for (const thread of threads) {
    const key = keyOf(thread, grouping);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [thread]);
    else group.push(thread);
  }
  const common = grouping === 'stack' ? commonStarts(groups.values()) : new Set<string>();
  return [...groups]
    .map(([key, members]) => ({
      key,
      label: labelOf(members[0], grouping, common),
      threads: members,
    }))
    .sort((a, b) => b.threads.length - a.threads.length || a.label.localeCompare(b.label));
}

/** Threads of which name, state, id, address or a function on the stack holds every word of the text, in any case. */
export function filterThreads(threads: readonly ThreadItem[], text: string): ThreadItem[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...threads];
  return threads.filter((thread) => {
    const { name, state, id, address, stack } = thread;
    const cpu = thread.cpu === undefined ? '' : `cpu${thread.cpu}`;
    const haystack = [name, state, id, address, cpu, ...stack].join(' ').toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
}

function keyOf(thread: ThreadItem, grouping: Grouping): string {
  switch (grouping) {
    case 'stack':
      return thread.stack.join('\n');
    case 'state':
      return thread.state;
    case 'process':
      return thread.process ?? '';
    case 'none':
      return '';
  }
}

function labelOf(
  thread: ThreadItem | undefined,
  grouping: Grouping,
  common: ReadonlySet<string>,
): string {
  if (thread === undefined) return '';
  switch (grouping) {
    case 'stack':
      return stackLabel(thread.stack, common);
    case 'state':
      return thread.state;
    case 'process':
      return thread.process === undefined ? 'no process' : `${thread.name} ${thread.process}`;
    case 'none':
      return 'all';
  }
}

/** Beginnings of stacks, a function to a line, that enough groups share. */
function commonStarts(groups: Iterable<readonly ThreadItem[]>): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const [thread] of groups) {
    const stack = thread?.stack ?? [];
    for (let length = 1; length < stack.length; length++) {
      const start = stack.slice(0, length).join('\n');
      counts.set(start, (counts.get(start) ?? 0) + 1);
    }
  }
  const common = [...counts].filter(([, count]) => count >= commonStart);
  return new Set(common.map(([start]) => start));
}

/** Innermost first, without what many share: `nanosleep < syscall < …`. */
function stackLabel(stack: readonly string[], common: ReadonlySet<string>): string {
  if (stack.length === 0) return 'no stack';
  let first = 0;
  while (first < stack.length - 1 && common.has(stack.slice(0, first + 1).join('\n'))) first++;
  const shown = stack.slice(first, first + labelFrames).join(' < ');
  return stack.length > first + labelFrames ? `${shown} < …` : shown;
}
