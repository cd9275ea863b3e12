/** The DWARF reader: a kernel image whose debug sections are changed, asked for types, functions, variables, lines and frames. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource } from '../../../dump-format/byte-source.ts';
import type { CType } from '../../../dump-format/ctype.ts';
import type { DebugInfo } from '../../../dump-format/debug-info.ts';
import { openElf } from '../../../dump-format/elf/elf.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { openTarget } from '../../../debug-adapter/target/open-target.ts';
import { projectRoot } from '../../support/grammars.ts';
import { attempt, type Field, type FuzzTarget } from '../fuzz-target.ts';

const image = join(projectRoot, 'sample-dumps/kernels/lostwakeup/images/buggy.elf');

/** Names of the image that are asked for, whatever became of them. */
const typeLimit = 40;
const nodeLimit = 2000;

export const dwarf: FuzzTarget = {
  name: 'dwarf',
  seeds: () => [new Uint8Array(readFileSync(image))],
  fields: debugFields,
  reaches: [
    'dwarf.ts:openDwarf',
    'abbreviations.ts:readAbbreviations',
    'line-table.ts:runLineProgram',
    'expression.ts:runExpression',
  ],
  run(bytes) {
    attempt(() => {
      const dump = openDump(bytesSource(bytes, 'kernel'));
      const { debugInfo } = dump;
      if (!debugInfo) return;
      explore(debugInfo);
      const target = openTarget(dump);
      const registers = new Map([
        ['rip', 0xffffffff80100040n],
        ['rsp', 0xffffffff80105000n],
        ['rbp', 0xffffffff80105010n],
      ]);
      for (const frame of target.stack({ kind: 'registers', registers })) {
        for (const scope of debugInfo.scopesAt(frame.lookupAddress))
          for (const variable of scope.variables) {
            attempt(() => variable.locate(frame.registers));
            attempt(() => walk(variable.type, new Counter()));
          }
        if (frame.index > 20) break;
      }
    });
  },
};

function explore(info: DebugInfo): void {
  let count = 0;
  for (const { name, kind } of info.names()) {
    if (++count > typeLimit) break;
    const isPlain = kind === 'typedef' || kind === 'base';
    attempt(() => {
      const type = info.lookup(isPlain ? name : `${kind} ${name}`);
      if (type) walk(type, new Counter());
    });
  }
  for (let pc = 0xffffffff80100000n; pc < 0xffffffff80101000n; pc += 0x71n) {
    attempt(() => info.lineAt(pc));
    attempt(() => info.scopesAt(pc));
  }
  for (const file of attempt(() => info.sourceFiles()) ?? [])
    attempt(() => info.addressesOf(file, 14));
  for (const name of ['panic', 'start_kernel', 'cpus']) {
    attempt(() => info.variable(name)?.type.size);
    attempt(() => info.functionNamed(name));
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

/** Bytes and words of the debug sections, a sample of them: an image has hundreds of thousands. */
function debugFields(bytes: Uint8Array): Field[] {
  const sections = attempt(() => openElf(bytesSource(bytes, 'kernel')).sections) ?? [];
  const fields: Field[] = [];
  for (const { name, offset, size } of sections) {
    if (!name.startsWith('.debug_') && name !== '.eh_frame') continue;
    const end = Math.min(bytes.length, offset + size);
    const step = Math.max(1, Math.floor(size / 400));
    for (let at = offset; at + 8 <= end; at += step)
      fields.push({ offset: at, size: ([1, 1, 2, 4] as const)[at & 3] ?? 1 });
  }
  return fields;
}
