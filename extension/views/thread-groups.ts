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

/** Largest group first, then by label; `none` gives one group with everything. */
export function groupThreads(threads: readonly ThreadItem[], grouping: Grouping): ThreadGroup[] {
  const groups = new Map<string, ThreadItem[]>();
  for (const thread of threads) {
    const key = keyOf(thread, grouping);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [thread]);
    else group.push(thread);
  }
  return [...groups]
    .map(([key, members]) => ({ key, label: labelOf(members[0], grouping), threads: members }))
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

function labelOf(thread: ThreadItem | undefined, grouping: Grouping): string {
  if (thread === undefined) return '';
  switch (grouping) {
    case 'stack':
      return stackLabel(thread.stack);
    case 'state':
      return thread.state;
    case 'process':
      return thread.process === undefined ? 'no process' : `${thread.name} ${thread.process}`;
    case 'none':
      return 'all';
  }
}

/** Innermost first: `swtch < cv_wait < poll < …`. */
function stackLabel(stack: readonly string[]): string {
  if (stack.length === 0) return 'no stack';
  const shown = stack.slice(0, labelFrames).join(' < ');
  return stack.length > labelFrames ? `${shown} < …` : shown;
}
