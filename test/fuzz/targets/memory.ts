/** Commands on memory that is not what it was: lists, trees, page tables, stacks, strings and counts of a tiny kernel. */
import { bytesSource } from '../../../dump-format/byte-source.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { attempt, type Field, type FuzzTarget } from '../fuzz-target.ts';
import { runLines } from '../run-lines.ts';
import { SharedDebugInfo } from '../shared-debug-info.ts';
import { pagedAddress, tinyDump } from '../tiny-dump.ts';

const lines = [
  '::status',
  '$r',
  '$C -st',
  '$C',
  '::cpuinfo',
  '::threadlist -v',
  '::ps',
  '::stacks -a',
  '::walk thread | ::stack',
  '::walk thread | ::print kthread_t',
  '::walk thread | ::ctxop',
  '::walk proc | ::print proc_t p_user',
  '::walk ctxop',
  'nodes::list struct node next | ::print struct node',
  'nodes::array struct node 3 | ::print -at struct node name word.bits color',
  'nodes::print struct node tree.left->name tree.right->word',
  'nodes::print struct node text name next->name back',
  `${pagedAddress}::print struct node`,
  `${pagedAddress}::vtop -v`,
  `${pagedAddress}::list struct node next | ::print struct node id`,
  `${pagedAddress},120::dump`,
  'nodes::whatis -av',
  '<rsp::whatis -av',
  '<rsp::vtop -v',
  '<rsp,100::dump',
  '<rsp,8/naX',
  'panicstr/s',
  '*panicstr/S',
  '<rbx::pointers -s',
  '::mappings',
  '<rbx::ctxop',
  '::stackscan',
  '5::kgrep',
  't0::whattype',
  'nodes::print struct node | ::grep 5',
  '::check -ev',
];

let shared: SharedDebugInfo | undefined;

/** Lines that one input is asked. */
const lineCount = 1;

export const memory: FuzzTarget = {
  name: 'memory',
  seeds: () => [tinyDump()],
  fields: memoryWords,
  lines: ['::status', '$C', '::walk thread | ::stack', 'nodes::list struct node next', '::check'],
  reaches: [
    'lists.ts:followChain',
    'paged-memory.ts:pagedMemory',
    'translate.ts:translate',
    'print.ts:printValue',
    'unwind.ts:unwind',
    'kernel.ts:describeThread',
    'ctxop.ts:readCtxOps',
    'stack-scan.ts:scanStack',
  ],
  run(bytes, random) {
    shared ??= new SharedDebugInfo([tinyDump()]);
    const opened = shared;
    const dump = attempt(() => opened.open(bytes));
    if (dump) runLines(dump, lines, lineCount, random);
  },
};

const found = new WeakMap<Uint8Array, Field[]>();

/** Words of a dump's memory: all of a small segment, a sample of a large one, by which lists and tables are reached again and again. */
export function memoryWords(bytes: Uint8Array): Field[] {
  const known = found.get(bytes);
  if (known) return known;
  const segments = attempt(() => openDump(bytesSource(bytes, 'dump')).segments) ?? [];
  const fields: Field[] = [];
  for (const { fileOffset, size, flags } of segments) {
    if ((flags & 1) !== 0) continue;
    const step = Math.max(8, Math.floor(Number(size) / 512 / 8) * 8);
    for (let at = fileOffset; at < fileOffset + Number(size); at += step)
      fields.push({ offset: at, size: 8 });
  }
  found.set(bytes, fields);
  return fields;
}
