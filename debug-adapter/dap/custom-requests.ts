/** Answers to the custom requests that the views of the extension ask. */
import type { MemorySegment } from '../../dump-format/memory.ts';
import type { KernelThread, Target } from '../target/target.ts';
import { symbolizeFrame } from '../target/symbolize.ts';
import { answerTool } from '../tools/answer.ts';
import type { Fields } from './fields.ts';
import type { OpenDump } from './open-dump.ts';
import type {
  CustomRequests,
  FindingItem,
  MemoryRange,
  SummaryBody,
  ThreadItem,
  TreeItem,
} from './protocol.ts';
import { consoleBody } from './evaluate.ts';
import { findingItem } from './finding-item.ts';
import { parseReference } from './memory.ts';
import { typeSourceBody } from './type-source.ts';
import { pictureRequests } from './pictures.ts';
import { reportBody } from './report.ts';
import { hexAddress, rowItem } from './row-text.ts';
import { safeText } from './safe-text.ts';
import { threadOn } from './threads.ts';
import { pageOf, takeInSlices, type Control } from './slices.ts';
import type { NumberedNode } from '../views/tree.ts';

/** Present ranges in a summary; real dumps may have hundreds of thousands. */
export const rangeLimit = 10_000;

/** Functions of a thread's stack that `corewalk/threads` gives. */
const stackLimit = 16;

type Custom = {
  readonly [Command in keyof CustomRequests]: (
    dump: OpenDump,
    fields: Fields,
    control: Control,
  ) => CustomRequests[Command]['body'] | Promise<CustomRequests[Command]['body']>;
};

export const customRequests: Custom = {
  'corewalk/summary': ({ view }) => summaryBody(view.target),
  'corewalk/tree': treeBody,
  'corewalk/run': runBody,
  'corewalk/console': consoleBody,
  'corewalk/check': checkBody,
  'corewalk/threads': threadsPage,
  'corewalk/showThread': showThread,
  'corewalk/typeSource': typeSourceBody,
  'corewalk/tool': toolBody,
  'corewalk/report': reportBody,
  ...pictureRequests,
};

function summaryBody(target: Target): SummaryBody {
  const { dump, kernel, symbols, debugInfo } = target;
  const ranges = joinRanges(dump.segments);
  const size = dump.segments.reduce((sum, segment) => sum + segment.size, 0n);
  const message = kernel?.panicMessage;
  return {
    name: safeText(dump.name),
    kind: dump.kind,
    machine: dump.machine,
    cpus: target.cpus.map((cpu) => cpuSummary(target, cpu)),
    panicCpu: target.panicCpu.index,
    hasTypes: debugInfo !== undefined,
    symbolCount: symbols.count,
    memorySize: hexAddress(size),
    ranges: ranges.slice(0, rangeLimit),
    rangesLeft: Math.max(0, ranges.length - rangeLimit),
    info: [...dump.info].map(([key, value]) => [safeText(key), safeText(value)] as const),
    warnings: target.warnings.map(({ severity, text }) => ({ severity, text: safeText(text) })),
    ...(kernel && { kernel: kernel.name, operatingSystem: safeText(kernel.operatingSystem) }),
    ...(message !== undefined && { panicMessage: safeText(message.trimEnd()) }),
    ...(dump.buildId !== undefined && { buildId: dump.buildId }),
  };
}

function cpuSummary(target: Target, cpu: Target['cpus'][number]): SummaryBody['cpus'][number] {
  const pc = cpu.registers.get('rip');
  const thread = threadOn(target, cpu);
  const symbol = pc === undefined ? undefined : target.symbolize(pc);
  return {
    index: cpu.index,
    ...(pc !== undefined && { pc: hexAddress(pc) }),
    ...(symbol !== undefined && { symbol: safeText(symbol) }),
    ...(thread !== undefined && { thread: hexAddress(thread) }),
  };
}

/** Ranges in address order; neighbours in both address spaces with the same access are one. */
function joinRanges(segments: readonly MemorySegment[]): readonly MemoryRange[] {
  const sorted = [...segments].sort((one, other) => compare(sortKey(one), sortKey(other)));
  const joined: MemorySegment[] = [];
  for (const segment of sorted) {
    const last = joined.at(-1);
    if (last && follows(last, segment))
      joined[joined.length - 1] = { ...last, size: last.size + segment.size };
    else joined.push(segment);
  }
  return joined.map(({ virtualAddress, physicalAddress, size, flags }) => ({
    size: hexAddress(size),
    access: `${flags & 4 ? 'r' : '-'}${flags & 2 ? 'w' : '-'}${flags & 1 ? 'x' : '-'}`,
    ...(virtualAddress !== undefined && { virtualAddress: hexAddress(virtualAddress) }),
    ...(physicalAddress !== undefined && { physicalAddress: hexAddress(physicalAddress) }),
  }));
}

function sortKey({ virtualAddress, physicalAddress }: MemorySegment): bigint {
  return virtualAddress ?? physicalAddress ?? 0n;
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function follows(last: MemorySegment, next: MemorySegment): boolean {
  const isNext = (before: bigint | undefined, after: bigint | undefined): boolean =>
    before === undefined ? after === undefined : after === before + last.size;
  return (
    last.flags === next.flags &&
    isNext(last.virtualAddress, next.virtualAddress) &&
    isNext(last.physicalAddress, next.physicalAddress)
  );
}

async function treeBody(
  dump: OpenDump,
  fields: Fields,
  control: Control,
): Promise<CustomRequests['corewalk/tree']['body']> {
  const children = dump.tree.children(fields.optionalInteger('node'));
  const range = { start: fields.count('start') ?? 0, count: fields.count('count') ?? 1000 };
  const { items, hasMore } = await pageOf(children, range, control);
  return { nodes: items.map((each) => treeItem(dump, each)), hasMore };
}

function treeItem({ threads }: OpenDump, { id, node }: NumberedNode): TreeItem {
  const { label, description, line, address, type, icon = 'object', children } = node;
  const threadId = icon === 'thread' ? threads.idAt(address) : undefined;
  return {
    id,
    label: safeText(label),
    icon,
    hasChildren: children !== undefined,
    ...(description !== undefined && { description: safeText(description) }),
    ...(line !== undefined && { line: safeText(line) }),
    ...(address !== undefined && { address: hexAddress(address) }),
    ...(type !== undefined && { type: safeText(type) }),
    ...(threadId !== undefined && { threadId }),
  };
}

/** A line as `::eval` runs it, or as it was typed; its rows as data. */
function runBody(
  dump: OpenDump,
  fields: Fields,
  control: Control,
): Promise<CustomRequests['corewalk/run']['body']> {
  const line = fields.string('line');
  const range = { start: fields.count('start') ?? 0, count: fields.count('count') ?? 10_000 };
  const { inspector } = dump;
  const run = async (): Promise<CustomRequests['corewalk/run']['body']> => {
    inspector.onProgress = control.progress;
    try {
      const { items, hasMore } = await pageOf(inspector.execute(line), range, control);
      const status = items.some((row) => row.isError) ? 'error' : inspector.lastStatus;
      return { rows: items.map(rowItem), hasMore, status };
    } finally {
      inspector.onProgress = undefined;
    }
  };
  return fields.boolean('movesDot')
    ? dump.exclusively(control, run)
    : dump.exclusivelyAtDot(control, run);
}

async function checkBody(
  dump: OpenDump,
  _: Fields,
  control: Control,
): Promise<CustomRequests['corewalk/check']['body']> {
  return dump.exclusively(control, async () => {
    const findings: FindingItem[] = [];
    await takeInSlices(dump.inspector.check(), control, (finding) => {
      findings.push(findingItem(finding));
      return undefined;
    });
    return { findings };
  });
}

async function threadsPage(
  dump: OpenDump,
  fields: Fields,
  control: Control,
): Promise<CustomRequests['corewalk/threads']['body']> {
  const range = { start: fields.count('start') ?? 0, count: fields.count('count') ?? 1000 };
  const page = await dump.threadPages.page(range, control);
  const threads: ThreadItem[] = [];
  await takeInSlices(page.threads, control, (thread) => {
    threads.push(threadItem(dump, thread));
    return undefined;
  });
  return { threads, hasMore: page.hasMore };
}

function threadItem({ threads, view }: OpenDump, thread: KernelThread): ThreadItem {
  const { address, type, name, state, id, cpu, process } = thread;
  const threadId = threads.idAt(address);
  return {
    address: hexAddress(address),
    type: safeText(type),
    name: safeText(name),
    state: safeText(state),
    id: safeText(id),
    stack: stackFunctions(view.target, thread),
    ...(cpu !== undefined && { cpu }),
    ...(process !== undefined && { process: hexAddress(process) }),
    ...(threadId !== undefined && { threadId }),
  };
}

function stackFunctions(target: Target, { start }: KernelThread): readonly string[] {
  const names: string[] = [];
  if (!start) return names;
  for (const frame of target.stack(start)) {
    const symbol = symbolizeFrame(target.symbols, frame);
    names.push(safeText(symbol?.replace(/\+[0-9a-fx]+$/, '') ?? hexAddress(frame.pc)));
    if (names.length >= stackLimit) break;
  }
  return names;
}

function toolBody(
  dump: OpenDump,
  fields: Fields,
  control: Control,
): Promise<CustomRequests['corewalk/tool']['body']> {
  const name = fields.string('name');
  return dump.exclusivelyAtDot(control, () =>
    answerTool(dump.inspector, name, fields.object('input'), control),
  );
}

async function showThread(
  dump: OpenDump,
  fields: Fields,
  control: Control,
): Promise<CustomRequests['corewalk/showThread']['body']> {
  const thread = await dump.threads.show(parseReference(fields.string('address')), control);
  dump.onShowThread?.(thread);
  return { threadId: thread.id };
}
