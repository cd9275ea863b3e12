/** The ELF reader: headers, notes, segments, symbols, sources, and the kernel image that a dump carries. */
import { bytesSource } from '../../../dump-format/byte-source.ts';
import { writeCore } from '../../../dump-format/core-writer.ts';
import { openElf } from '../../../dump-format/elf/elf.ts';
import { extractKernel } from '../../../dump-format/kernel-image.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { buildElf, join, noteSegment, symbolSections } from '../../dump-format/elf-builder.ts';
import { elfFields } from '../elf-fields.ts';
import { attempt, type FuzzTarget } from '../fuzz-target.ts';

export const elf: FuzzTarget = {
  name: 'elf',
  seeds: () => [smallCore(), buildElf({ order: 'big', segments: [{ bytes: new Uint8Array(9) }] })],
  fields: elfFields,
  lines: ['::status', '$C', '::nm', '::mappings', '1000,80::dump', '::check'],
  words: ['\x7fELF', 'CORE\0', 'GNU\0', 'VMCOREINFO\0', 'OSRELEASE=', 'SYMBOL(', '.debug_info\0'],
  reaches: [
    'elf.ts:openElf',
    'memory.ts:elfMemory',
    'registers.ts:readCpus',
    'symbol-table.ts:elfSymbols',
    'kernel-image.ts:extractKernel',
    'source-archive.ts:unpackSources',
    'text-note.ts:readInfo',
  ],
  run(bytes) {
    attempt(() => {
      const dump = openDump(bytesSource(bytes, 'vmcore'), { program: bytesSource(bytes, 'unix') });
      const { symbols } = dump;
      attempt(() => [...symbols.all()].length);
      attempt(() => symbols.byName('panic'));
      attempt(() => symbols.nearestBelow(0x1040n));
      attempt(() => symbols.withPrefix('', 10));
      attempt(() => dump.sourceText('/src/a.c'));
      attempt(() => dump.debugInfo?.lookup('struct ctxop'));
      for (const memory of [dump.virtual, dump.physical])
        for (const address of [0n, 0x1000n, 0x1078n, 0xffffffff80001000n, -8n]) {
          attempt(() => memory.readU64(address));
          attempt(() => memory.read(address, 70_000));
          attempt(() => memory.readAvailable(address, 70_000));
          attempt(() => memory.rangeAtOrAbove(address));
        }
      for (const { text } of dump.warnings)
        if (/[^ -~]|undefined|NaN|\[object/.test(text)) throw new Error(`a warning: ${text}`);
    });
    attempt(() => extractKernel(bytesSource(bytes, 'vmcore')));
  },
};

/** A core with everything in it, as small as it can be. */
export function smallCore(): Uint8Array {
  const symbols = symbolSections([
    { name: 'panic', value: 0x1000n, size: 64n },
    { name: 'list', value: 0x1040n, size: 8n, type: 1 },
  ]);
  const buildId = noteSegment([{ owner: 'GNU', type: 3, data: Uint8Array.of(1, 2, 3, 4) }]);
  const image = buildElf({
    type: 2,
    segments: [
      { virtualAddress: 0x1000n, physicalAddress: 0x1000n, bytes: new Uint8Array(80) },
      buildId,
    ],
    sections: symbols,
  });
  const cpu = (
    index: number,
  ): { cpu: number; registers: Map<string, bigint>; fxsave: Uint8Array } => ({
    cpu: index,
    registers: new Map([['rip', 0x1004n]]),
    fxsave: new Uint8Array(512),
  });
  const contents = new Uint8Array(128).fill(0x41);
  const segment = { physicalAddress: 0x1000n, size: 128, flags: 6, contents };
  return join([
    ...writeCore({
      image: openElf(bytesSource(image, 'unix')),
      imageName: 'unix',
      panickingCpu: 1,
      signal: 6,
      cpus: [cpu(0), cpu(1)],
      segments: [
        { ...segment, virtualAddress: 0x1000n },
        { ...segment, virtualAddress: 0xffffffff80001000n },
      ],
      info: new Map([['OSRELEASE', '5.11']]),
      notes: [{ owner: 'SIMHW', type: 1, data: Uint8Array.of(1) }],
      sources: new Map([['/src/a.c', 'int a;\n']]),
    }),
  ]);
}
