/** Answers to what the pictures of the extension ask. */
import { UsageError } from '../../dump-format/errors.ts';
import {
  landmarksOf,
  mappedRanges,
  pageTablesOf,
  rangeLimit,
  tablesOfCpu,
  walkOf,
} from '../views/address-space.ts';
import {
  layoutOfType,
  overlayAt,
  presentBytes,
  type OverlaidField,
  type OverlaidObject,
} from '../views/overlay.ts';
import type { Target } from '../target/target.ts';
import { referencesOf } from '../views/object-references.ts';
import { timelineOf } from '../views/timeline.ts';
import { patternLimit, searchMemory } from '../views/search-memory.ts';
import type { Fields } from './fields.ts';
import { parseReference } from './memory.ts';
import type { OpenDump } from './open-dump.ts';
import type { FieldItem, LayoutItem, MappedRangeItem } from './picture-protocol.ts';
import type { CustomRequests } from './protocol.ts';
import { hexAddress } from './row-text.ts';
import { safeText } from './safe-text.ts';
import { takeInSlices, type Control } from './slices.ts';

/** Bytes of one answer. */
const bytesLimit = 65_536;

/** Elements of a list in one answer. */
const elementLimit = 100;

/** Matches of one answer. */
const matchLimit = 200;

type Body<Command extends keyof CustomRequests> = CustomRequests[Command]['body'];

export const pictureRequests = {
  'corewalk/addressSpace': addressSpaceBody,
  'corewalk/pageWalk': walkBody,
  'corewalk/overlay': overlayBody,
  'corewalk/layout': ({ view }: OpenDump, fields: Fields): Body<'corewalk/layout'> =>
    layoutItem(layoutOfType(view.target, fields.string('type'))),
  'corewalk/bytes': bytesBody,
  'corewalk/search': searchBody,
  'corewalk/object': objectBody,
  'corewalk/timeline': ({ view }: OpenDump): Body<'corewalk/timeline'> => timelineBody(view.target),
};

function overlayBody(
  dump: OpenDump,
  fields: Fields,
  control: Control,
): Promise<Body<'corewalk/overlay'>> {
  const at = fields.string('at');
  const type = fields.optionalString('type');
  return reading(dump, control, () => {
    const { address, symbol, object } = overlayAt(dump.inspector, at, type);
    return {
      address: hexAddress(address),
      ...(symbol !== undefined && { symbol: safeText(symbol) }),
      ...(object && { object: layoutItem(object) }),
    };
  });
}

function layoutItem({ address, type, size, fields, isCut }: OverlaidObject): LayoutItem {
  return {
    address: hexAddress(address),
    type: safeText(type),
    size,
    fields: fields.map(fieldItem),
    isCut,
  };
}

function fieldItem(field: OverlaidField): FieldItem {
  const { path, type, offset, size, bits, isHole, isAlternative, text, pointer } = field;
  return {
    path: safeText(path),
    type: safeText(type),
    offset,
    size,
    ...(bits && { bits }),
    ...(isHole && { isHole }),
    ...(isAlternative && { isAlternative }),
    ...(text !== undefined && { text: safeText(text) }),
    ...(pointer !== undefined && { pointer: hexAddress(pointer) }),
  };
}

function bytesBody({ view }: OpenDump, fields: Fields): Body<'corewalk/bytes'> {
  const address = parseReference(fields.string('address'));
  const count = fields.count('count') ?? 0;
  if (count > bytesLimit) fields.wrong('count', `at most ${bytesLimit}`, count);
  const end = (1n << 64n) - address;
  const length = end < BigInt(count) ? Number(end) : count;
  const runs = [...presentBytes(view.target.memory, address, length)].map((run) => ({
    address: hexAddress(run.address),
    data: Buffer.from(run.bytes).toString('base64'),
  }));
  return { runs };
}

async function searchBody(
  { view }: OpenDump,
  fields: Fields,
  control: Control,
): Promise<Body<'corewalk/search'>> {
  const digits = fields.string('bytes').replaceAll(/\s/g, '');
  if (!/^([0-9a-f]{2})+$/i.test(digits) || digits.length > 2 * patternLimit)
    throw new UsageError(
      `corewalk/search: bytes: expected 1 to ${patternLimit} bytes in hexadecimal`,
    );
  const from = fields.optionalString('from');
  const start = from === undefined ? 0n : parseReference(from);
  const found = searchMemory(view.target.memory, Buffer.from(digits, 'hex'), start);
  const matches: `0x${string}`[] = [];
  let hasMore = false;
  await takeInSlices(found, control, (address) => {
    if (address === undefined) return undefined;
    hasMore = matches.length >= matchLimit;
    if (!hasMore) matches.push(hexAddress(address));
    return hasMore ? 'stop' : undefined;
  });
  return { matches, hasMore };
}

function objectBody(
  dump: OpenDump,
  fields: Fields,
  control: Control,
): Promise<Body<'corewalk/object'>> {
  const at = fields.string('at');
  const type = fields.optionalString('type');
  return reading(dump, control, () => {
    const object = referencesOf(dump.inspector, at, type);
    const { address, symbol, audit, outgoing, incoming, facts, incomingLeft } = object;
    return {
      address: hexAddress(address),
      type: safeText(object.type),
      facts: facts.map(([member, value]) => [safeText(member), safeText(value)] as const),
      incomingLeft,
      outgoing: outgoing.map(({ elements, ...edge }) => ({
        ...edge,
        member: safeText(edge.member),
        type: safeText(edge.type),
        to: hexAddress(edge.to),
        ...(elements && {
          list: {
            elements: elements.slice(0, elementLimit).map(hexAddress),
            count: elements.length,
          },
        }),
      })),
      incoming: incoming.map((edge) => ({
        ...edge,
        member: safeText(edge.member),
        type: safeText(edge.type),
        from: hexAddress(edge.from),
      })),
      ...(symbol !== undefined && { symbol: safeText(symbol) }),
      ...(audit !== undefined && { audit: safeText(audit) }),
    };
  });
}

function timelineBody(target: Target): Body<'corewalk/timeline'> {
  const { clock, cpus, events, eventsLeft, threads, gap } = timelineOf(target);
  return {
    clock,
    cpus,
    eventsLeft,
    ...(gap !== undefined && { gap: safeText(gap) }),
    events: events.map(({ cpu, time, kind, label, thread, line }) => {
      const threadName = thread === undefined ? undefined : threads.get(thread);
      return {
        cpu,
        time: hexAddress(time),
        kind: safeText(kind),
        label: safeText(label),
        ...(thread !== undefined && { thread: hexAddress(thread) }),
        ...(threadName !== undefined && { threadName: safeText(threadName) }),
        ...(line !== undefined && { line: safeText(line) }),
      };
    }),
  };
}

async function addressSpaceBody(
  { view: { target } }: OpenDump,
  fields: Fields,
  control: Control,
): Promise<Body<'corewalk/addressSpace'>> {
  const tables = tablesOfCpu(target, fields.count('cpu'));
  const ranges: MappedRangeItem[] = [];
  let isCut = false;
  await takeInSlices(mappedRanges(target, tables), control, (range) => {
    if (range === undefined) return undefined;
    isCut = ranges.length >= rangeLimit;
    if (isCut) return 'stop';
    const { start, size, rights, present, pageSize } = range;
    ranges.push({
      start: hexAddress(start),
      size: hexAddress(size),
      rights,
      present: hexAddress(present),
      pageSize: hexAddress(pageSize),
    });
    return undefined;
  });
  return {
    cpu: tables.cpu,
    cr3: hexAddress(tables.cr3),
    cpus: pageTablesOf(target).map(({ cpu, cr3 }) => ({ cpu, cr3: hexAddress(cr3) })),
    ranges,
    isCut,
    landmarks: landmarksOf(target).map(({ address, label }) => ({
      address: hexAddress(address),
      label: safeText(label),
    })),
  };
}

function walkBody(
  dump: OpenDump,
  fields: Fields,
  control: Control,
): Promise<Body<'corewalk/pageWalk'>> {
  const at = fields.string('at');
  const cpu = fields.count('cpu');
  return reading(dump, control, () => {
    const walk = walkOf(dump.inspector, at, cpu);
    const { physicalAddress, pageSize, problem, symbol } = walk;
    const { isWritable, isExecutable, isUser } = walk;
    return {
      address: hexAddress(walk.virtualAddress),
      cpu: walk.tables.cpu,
      cr3: hexAddress(walk.tables.cr3),
      isPresent: walk.isPresent,
      rights: `r${isWritable ? 'w' : '-'}${isExecutable ? 'x' : '-'}${isUser ? 'u' : '-'}`,
      steps: walk.steps.map(({ entry, entryAddress, ...step }) => ({
        ...step,
        entryAddress: hexAddress(entryAddress),
        ...(entry !== undefined && { entry: hexAddress(entry) }),
      })),
      ...(symbol !== undefined && { symbol: safeText(symbol) }),
      ...(physicalAddress !== undefined && { physical: hexAddress(physicalAddress) }),
      ...(pageSize !== undefined && { pageSize: hexAddress(pageSize) }),
      ...(problem !== undefined && { problem }),
    };
  });
}

/** What needs the engine: dot stays where it is, and the client hears how far it is. */
function reading<Result>(dump: OpenDump, control: Control, read: () => Result): Promise<Result> {
  const { inspector } = dump;
  return dump.exclusivelyAtDot(control, async () => {
    inspector.onProgress = control.progress;
    try {
      return read();
    } finally {
      inspector.onProgress = undefined;
    }
  });
}
