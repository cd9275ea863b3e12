/** The least that the core writer takes, for tests that need no compiler. */
import { bytesSource } from '../../dump-format/byte-source.ts';
import { writeCore, type CoreSpecification } from '../../dump-format/core-writer.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { buildElf, join as joinBytes, symbolSections } from './elf-builder.ts';

/** A dump that needs no compiler. */
export function plainDump(changes: Partial<CoreSpecification> = {}): CoreSpecification {
  const image = buildElf({
    type: 2,
    segments: [
      { virtualAddress: 0x1000n, physicalAddress: 0x1000n, bytes: new Uint8Array(64).fill(0x90) },
    ],
    sections: symbolSections([{ name: 'panic', value: 0x1000n, size: 64n }]),
  });
  return {
    image: openElf(bytesSource(image, 'unix')),
    imageName: 'unix',
    panickingCpu: 0,
    signal: 6,
    cpus: [{ cpu: 0, registers: new Map([['rip', 0x1004n]]), fxsave: undefined }],
    segments: [],
    info: new Map(),
    notes: [],
    sources: new Map(),
    ...changes,
  };
}

/** The dump as one piece. */
export function bytesOf(specification: CoreSpecification): Uint8Array {
  return joinBytes([...writeCore(specification)]);
}
