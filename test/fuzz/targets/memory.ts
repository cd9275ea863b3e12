/** Commands on memory that is not what it was: lists, page tables, strings and counts of a dump, under walkers, printing and checkers. */
import { bytesSource } from '../../../dump-format/byte-source.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { createInspector } from '../../../debug-adapter/inspector.ts';
import { allScenarios, imageBytes } from '../../../scripts/make-dumps.ts';
import { simulate } from '../../../simulator/simulate.ts';
import { joinBytes } from '../../../dump-format/byte-source.ts';
import { cGrammar, mdbGrammar } from '../../support/grammars.ts';
import { attempt, type Field, type FuzzTarget } from '../fuzz-target.ts';

const scenarios = [
  ['illumos/ctxop-panic-run', 'buggy'],
  ['akaros/vmcs-ctrl-c', 'buggy'],
  ['dragonfly/df01-stale-tlb', 'buggy'],
  ['freebsd/fb01-curpmap-uaf', 'buggy'],
  ['kvm/kv01-hcall-gpr3', 'buggy'],
] as const;

const lines = [
  '::status',
  '::cpuinfo',
  '::threadlist',
  '::ps',
  '::msgbuf',
  '$C -st',
  '::stacks -a',
  '::walk thread | ::stack',
  '::walk thread | ::print',
  '::walk proc | ::print',
  '::walk thread | ::whatis -a',
  '<rsp::whatis -av',
  '<rsp::vtop -v',
  '<rsp,400::dump',
  '<thread::pointers -s',
  '::mappings',
  '::findleaks',
  '::check -ev',
];

/** Rows after which a line has shown that it gives rows. */
const rowLimit = 2000;

export const memory: FuzzTarget = {
  name: 'memory',
  seeds: () => scenarios.map(([name, variant]) => dumpBytes(name, variant)),
  fields: memoryWords,
  reaches: [
    'lists.ts:walkChain',
    'paged-memory.ts:pagedMemory',
    'print.ts:printValue',
    'unwind.ts:unwind',
  ],
  run(bytes, random) {
    const dump = attempt(() => openDump(bytesSource(bytes, 'damaged')));
    if (!dump) return;
    const inspector = createInspector(dump, { grammar: mdbGrammar, cGrammar });
    for (let count = 0; count < 3; count++) {
      let rows = 0;
      for (const row of inspector.execute(random.pick(lines))) {
        const text = row.spans.map((span) => span.text).join('');
        if (/\[object|NaN/.test(text)) throw new Error(`a row: ${text}`);
        if (++rows > rowLimit) break;
      }
    }
    const [sum] = [...inspector.execute('1+1=D')];
    if (
      sum?.spans
        .map((span) => span.text)
        .join('')
        .trim() !== '2'
    )
      throw new Error('the session is not usable afterwards');
  },
};

function dumpBytes(name: string, variant: string): Uint8Array {
  const scenario = allScenarios().get(name);
  if (!scenario) throw new Error(`no scenario ${name}`);
  const { core } = simulate(scenario, imageBytes(scenario, variant), { variant });
  return joinBytes([...core()].map((chunk) => Uint8Array.from(chunk)));
}

/** Words of memory: a sample of each segment, by which lists and tables are reached again and again. */
function memoryWords(bytes: Uint8Array): Field[] {
  const segments = attempt(() => openDump(bytesSource(bytes, 'dump')).segments) ?? [];
  const fields: Field[] = [];
  for (const { fileOffset, size, flags } of segments) {
    if ((flags & 1) !== 0) continue;
    const step = Math.max(8, Math.floor(Number(size) / 512 / 8) * 8);
    for (let at = fileOffset; at < fileOffset + Number(size); at += step)
      fields.push({ offset: at, size: 8 });
  }
  return fields;
}
