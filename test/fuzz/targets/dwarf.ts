/** The DWARF reader: images of a small kernel whose debug sections are changed, asked for types, functions, variables, lines and frames. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource } from '../../../dump-format/byte-source.ts';
import type { CType } from '../../../dump-format/ctype.ts';
import type { DebugInfo } from '../../../dump-format/debug-info.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { openTarget } from '../../../debug-adapter/target/open-target.ts';
import type { Random } from '../../language/generator.ts';
import { projectRoot } from '../../support/grammars.ts';
import { changeDwarf, debugFields } from '../dwarf-fields.ts';
import { attempt, type FuzzTarget } from '../fuzz-target.ts';

/** Names of the image that are asked for, whatever became of them. */
const typeLimit = 40;
const nodeLimit = 150;
const frameLimit = 20;

/** Where the code of an image lies, and how far apart the places are that are asked about. */
interface Code {
  readonly low: bigint;
  readonly high: bigint;
  readonly step: bigint;
}

const reaches = [
  'dwarf.ts:openDwarf',
  'abbreviations.ts:readAbbreviations',
  'line-table.ts:runLineProgram',
  'expression.ts:runExpression',
];

const tinyCode: Code = { low: 0xffffffff80100000n, high: 0xffffffff80100090n, step: 0x11n };

export const dwarf: FuzzTarget = {
  name: 'dwarf',
  seeds: () => ['dwarf4', 'dwarf5', 'dwarf5-64'].map(tinyImage),
  fields: debugFields,
  change: changeDwarf,
  lines: [
    '::status',
    '$C',
    'nodes::print struct node',
    '::typelist',
    'nodes::list struct node next',
  ],
  reaches: [
    ...reaches,
    'address-lists.ts:entries',
    'members.ts:readMembers',
    'unwind.ts:step',
    'compressed-section.ts:decompressSection',
  ],
  run: (bytes, random) => explore(bytes, tinyCode, random),
};

const image = join(projectRoot, 'sample-dumps/kernels/lostwakeup/images/buggy.elf');

/** The same with an image of a kernel as we ship them: slower, and nearer to life. */
export const dwarfOfKernel: FuzzTarget = {
  name: 'dwarf-kernel',
  seeds: () => [new Uint8Array(readFileSync(image))],
  fields: debugFields,
  change: changeDwarf,
  reaches,
  run: (bytes, random) =>
    explore(bytes, { low: 0xffffffff80100000n, high: 0xffffffff80101000n, step: 0x71n }, random),
};

/** An image of `test/fuzz/images`. */
export function tinyImage(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(import.meta.dirname, `../images/${name}.elf`)));
}

function explore(bytes: Uint8Array, code: Code, random: Random): void {
  attempt(() => {
    const dump = openDump(bytesSource(bytes, 'kernel'));
    const { debugInfo } = dump;
    if (!debugInfo) return;
    askTypes(debugInfo);
    for (let pc = code.low; pc < code.high; pc += code.step) {
      attempt(() => debugInfo.lineAt(pc));
      attempt(() => debugInfo.scopesAt(pc));
    }
    const [file] = attempt(() => debugInfo.sourceFiles()) ?? [];
    if (file !== undefined) attempt(() => debugInfo.addressesOf(file, 14));
    for (const name of ['panic', 'start_kernel', 'nodes', 'walk']) {
      attempt(() => debugInfo.variable(name)?.type.size);
      attempt(() => debugInfo.functionNamed(name));
    }
    const size = Number(code.high - code.low);
    const registers = new Map([
      ['rip', code.low + BigInt(random.next(size))],
      ['rsp', code.low + 0x140n],
      ['rbp', code.low + 0x180n],
      ['rbx', code.low + 0x160n],
    ]);
    for (const frame of openTarget(dump).stack({ kind: 'registers', registers })) {
      for (const scope of debugInfo.scopesAt(frame.lookupAddress))
        for (const variable of scope.variables) {
          attempt(() => variable.locate(frame.registers));
          attempt(() => walk(variable.type, new Counter()));
        }
      if (frame.index > frameLimit) break;
    }
    for (const { text } of dump.warnings)
      if (/[^ -~]|undefined(?! for \d)|NaN|\[object/.test(text))
        throw new Error(`a warning: ${text}`);
  });
}

function askTypes(info: DebugInfo): void {
  let count = 0;
  for (const { name, kind } of info.names()) {
    if (++count > typeLimit) break;
    const isPlain = kind === 'typedef' || kind === 'base';
    attempt(() => {
      const type = info.lookup(isPlain ? name : `${kind} ${name}`);
      if (type) walk(type, new Counter());
    });
  }
}

class Counter {
  count = 0;
}

/** Follows a type as far as its nodes go, which hostile bytes can make a long way. */
function walk(type: CType, counter: Counter): void {
  if (++counter.count > nodeLimit) return;
  if (!(type.size >= 0)) throw new Error(`size of ${type.kind} is ${type.size}`);
  switch (type.kind) {
    case 'struct':
    case 'union':
      for (const member of type.members) {
        if (counter.count > nodeLimit) return;
        attempt(() => walk(member.type, counter));
      }
      return;
    case 'function':
      attempt(() => walk(type.returns, counter));
      return;
    case 'array':
      return walk(type.element, counter);
    case 'enum':
    case 'base':
    case 'void':
      return;
    case 'pointer':
      // Most pointers lead back.
      if (counter.count < 50) attempt(() => walk(type.target, counter));
      return;
    default:
      return walk(type.target, counter);
  }
}
