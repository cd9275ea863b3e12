/** Dumps that were cut off in transfer, at any byte: the engine, the command line and the adapter show what is there and say how much is not. */
import { blockGzip } from '../../dump-format/block-gzip.ts';
import { bytesSource, joinBytes } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { unpack } from '../../dump-format/unpack.ts';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import { cGrammar, mdbGrammar } from '../support/grammars.ts';
import { throughAdapter, throughCommandLine } from './doors.ts';
import { isUserError } from './fuzz-target.ts';
import { smallCore } from './targets/elf.ts';
import { tinyDump } from './tiny-dump.ts';

/** The dumps: one with the least that there is, one packed in blocks, one with types, lines, page tables and a kernel. */
export const wholeDumps: ReadonlyMap<string, Uint8Array> = new Map([
  ['small core', smallCore()],
  ['packed core', joinBytes([...blockGzip(chunks(tinyDump(), 4096))])],
  ['core of a kernel', tinyDump()],
]);

const lines = ['::status', '$C', 'nodes::list struct node next', '::check'];

const requests = [
  { command: 'threads' },
  { command: 'stackTrace', arguments: { threadId: 1 } },
  { command: 'corewalk/summary' },
];

/** How a dump says that it is not whole. */
const says =
  /missing|truncated|cut off|damaged after \d+|need \d+|have \d+|empty|too short|outside|begins with|unexpected end/;

/**
 * Opens the first `size` bytes of a dump at every door.
 *
 * @throws Error when a door does not end in an error or a partial answer that says what is missing
 */
export async function checkTruncation(whole: Uint8Array, size: number): Promise<void> {
  const bytes = whole.slice(0, size);
  // A packed file without its last, empty block has lost nothing.
  if (await givesTheSame(bytes, whole)) return;
  await throughEngine(bytes);
  const printed = await throughCommandLine(bytes, lines);
  if (printed.status !== 1) throw new Error(`exit status ${printed.status}`);
  if (!says.test(printed.errors)) throw new Error(`the command line says: ${printed.errors}`);
  const answers = await throughAdapter(bytes, requests);
  const launch = answers.find(({ json }) => json.includes('"command":"launch"'));
  const told = answers.filter(({ json }) => says.test(json));
  if (!launch || told.length === 0)
    throw new Error(`the adapter says: ${answers.map(({ json }) => json).join('\n')}`);
}

async function givesTheSame(bytes: Uint8Array, whole: Uint8Array): Promise<boolean> {
  const [one, other] = [await unpacked(bytes), await unpacked(whole)];
  return one?.compare(other ?? new Uint8Array(0)) === 0;
}

async function unpacked(bytes: Uint8Array): Promise<Buffer | undefined> {
  if (bytes[0] !== 0x1f || bytes.length < 2) return undefined;
  try {
    const { source } = await unpack(bytesSource(bytes, 'vmcore'));
    return Buffer.from(source.read(0, source.size));
  } catch (error) {
    if (!isUserError(error)) throw error;
    return undefined;
  }
}

async function throughEngine(bytes: Uint8Array): Promise<void> {
  try {
    const { source, damage } = await unpack(bytesSource(bytes, 'vmcore'));
    const dump = openDump(source, damage === undefined ? {} : { damages: [damage] });
    const inspector = createInspector(dump, { grammar: mdbGrammar, cGrammar });
    for (const line of lines)
      for (const row of inspector.execute(line))
        if (/internal error|\[object|NaN/.test(rowText(row))) throw new Error(rowText(row));
    const warnings = inspector.target.warnings.filter(({ severity }) => severity === 'error');
    if (!warnings.some(({ text }) => says.test(text)))
      throw new Error(`opens with the warnings: ${warnings.map(({ text }) => text).join('; ')}`);
  } catch (error) {
    if (!isUserError(error)) throw error;
  }
}

function* chunks(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
